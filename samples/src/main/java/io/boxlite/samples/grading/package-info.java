/**
 * Grades untrusted Python programs in boxes.
 *
 * <p>{@link io.boxlite.samples.grading.Demo} is the entry point. Start reading with {@link
 * io.boxlite.samples.grading.Grader}.
 */
@NullMarked
package io.boxlite.samples.grading;

import org.jspecify.annotations.NullMarked;
