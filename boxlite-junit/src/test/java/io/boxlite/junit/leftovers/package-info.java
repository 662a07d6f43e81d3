/** What is left when all tests are over: nothing, or the build fails. */
@NullMarked
package io.boxlite.junit.leftovers;

import org.jspecify.annotations.NullMarked;
