/** Maven goals that run checks in boxes, pull images and inspect the host. */
@NullMarked
package io.boxlite.maven;

import org.jspecify.annotations.NullMarked;
