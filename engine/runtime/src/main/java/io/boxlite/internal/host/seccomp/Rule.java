package io.boxlite.internal.host.seccomp;

import java.util.List;

/**
 * A line of an allow-list.
 *
 * @param number the number of the system call
 * @param tests what its arguments must be, all of it
 * @param errno the error that the call fails with instead of being executed; 0 to execute it
 */
record Rule(int number, List<ArgumentTest> tests, int errno) {}
