/** Runs a program in a jail of namespaces, made by bubblewrap. */
@NullMarked
package io.boxlite.internal.host.jail;

import org.jspecify.annotations.NullMarked;
