/** Files, locks and processes of this machine, and the home directory that all JVMs share. */
@NullMarked
package io.boxlite.internal.host;

import org.jspecify.annotations.NullMarked;
