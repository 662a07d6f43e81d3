/** The settings of a user, and where they were set. */
@NullMarked
package io.boxlite.internal.host.settings;

import org.jspecify.annotations.NullMarked;
