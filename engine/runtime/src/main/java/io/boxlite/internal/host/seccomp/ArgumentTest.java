package io.boxlite.internal.host.seccomp;

/**
 * A condition on an argument of a system call: {@code (argument & mask) == value}, or {@code !=}.
 *
 * <p>Only the low 32 bits are compared. That is exact for arguments that the kernel takes as an
 * {@code int} or an {@code unsigned int}, and for the flags of clone: it ignores the other bits, in
 * which a caller may leave anything. A pointer or a length cannot be tested like this.
 *
 * @param argument the index of the argument, 0 to 5
 * @param mask the bits that count
 * @param value the value of these bits
 * @param equal whether they must have this value; otherwise, they must not
 */
record ArgumentTest(int argument, int mask, int value, boolean equal) {
  static final int ALL_BITS = -1;
}
