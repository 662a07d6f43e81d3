/**
 * Micro-VMs for running untrusted code.
 *
 * <p>Most users need two classes: {@link io.boxlite.Boxlite} creates boxes, and {@link
 * io.boxlite.LiteBox} runs commands in a box. Each command has an {@link io.boxlite.ExecResult}.
 */
@NullMarked
package io.boxlite;

import org.jspecify.annotations.NullMarked;
