/** What a user of BoxLite would write. */
@NullMarked
package io.boxlite.samples;

import org.jspecify.annotations.NullMarked;
