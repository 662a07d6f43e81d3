/**
 * Grades Python programs that nobody has looked at, each in a box.
 *
 * <p>{@link io.boxlite.samples.grading.Demo} is the whole job; {@link
 * io.boxlite.samples.grading.Grader} is the part to start reading with.
 */
@NullMarked
package io.boxlite.samples.grading;

import org.jspecify.annotations.NullMarked;
