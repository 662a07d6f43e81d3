/** The engine of a test run, the boxes that tests share, and the locks on them. */
@NullMarked
package io.boxlite.junit.internal.sharing;

import org.jspecify.annotations.NullMarked;
