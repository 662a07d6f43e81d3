/**
 * Text for people: sizes, durations and untrusted text, as every module of BoxLite reads and writes
 * them. This package depends on the JDK alone.
 */
@NullMarked
package io.boxlite.text;

import org.jspecify.annotations.NullMarked;
