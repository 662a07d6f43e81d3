/** What a user may set, and where it was set. */
@NullMarked
package io.boxlite.internal.host.settings;

import org.jspecify.annotations.NullMarked;
