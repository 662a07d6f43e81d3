/** Goals that show and prepare what boxes need. */
@NullMarked
package io.boxlite.maven;

import org.jspecify.annotations.NullMarked;
