/**
 * Boxes for JUnit tests.
 *
 * <p>Most users need two names: {@link io.boxlite.junit.Box} puts a box into a test, {@link
 * io.boxlite.junit.BoxAssertions#assertThat(io.boxlite.ExecResult)} judges what ran in it.
 */
@NullMarked
package io.boxlite.junit;

import org.jspecify.annotations.NullMarked;
