/** This machine's files, locks and processes, and the home directory that all JVMs share. */
@NullMarked
package io.boxlite.internal.host;

import org.jspecify.annotations.NullMarked;
