/**
 * The JUnit extension behind {@link io.boxlite.junit.Box}: {@link
 * io.boxlite.junit.internal.BoxExtension} is where JUnit enters. Not for use outside this module.
 */
@NullMarked
package io.boxlite.junit.internal;

import org.jspecify.annotations.NullMarked;
