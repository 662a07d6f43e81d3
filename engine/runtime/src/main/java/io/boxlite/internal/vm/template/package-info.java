/** Saved states: what one is made from, its files, and where they lie for all JVMs to share. */
@NullMarked
package io.boxlite.internal.vm.template;

import org.jspecify.annotations.NullMarked;
