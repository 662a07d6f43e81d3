/**
 * Assertions on boxes and on what ran in them. {@link io.boxlite.junit.BoxAssertions} is their
 * entry point.
 */
@NullMarked
package io.boxlite.junit.assertions;

import org.jspecify.annotations.NullMarked;
