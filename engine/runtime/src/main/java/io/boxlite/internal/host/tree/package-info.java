/** Files below a directory of this machine, reached so that no link leads out of it. */
@NullMarked
package io.boxlite.internal.host.tree;

import org.jspecify.annotations.NullMarked;
