/**
 * Records what runs in boxes, and reports it: of single results, of failed tests, of what tests
 * leave running, of the whole run.
 */
@NullMarked
package io.boxlite.junit.internal.report;

import org.jspecify.annotations.NullMarked;
