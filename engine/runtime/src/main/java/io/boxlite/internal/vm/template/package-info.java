/** Templates: what a saved state is made from, its files, and the store that all JVMs share. */
@NullMarked
package io.boxlite.internal.vm.template;

import org.jspecify.annotations.NullMarked;
