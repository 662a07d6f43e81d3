/**
 * Micro-VMs for running code one does not trust.
 *
 * <p>Most users need two classes: {@link io.boxlite.Boxlite} makes boxes, {@link
 * io.boxlite.LiteBox} runs commands in one. What ran is told by an {@link io.boxlite.ExecResult}.
 */
@NullMarked
package io.boxlite;

import org.jspecify.annotations.NullMarked;
