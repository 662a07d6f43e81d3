/** What this machine can do: accelerators, settings, the home folder, processes and file locks. */
@NullMarked
package io.boxlite.internal.host;

import org.jspecify.annotations.NullMarked;
