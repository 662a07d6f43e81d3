package io.boxlite.internal.vm.machine;

/**
 * How a machine's process ended.
 *
 * @param description a clause for messages, such as {@code QEMU ended with exit code 1}
 * @param byItself whether the process exited, rather than being killed by a signal
 * @param killedByUs whether this JVM killed it, and so knows why
 */
public record ExitReport(String description, boolean byItself, boolean killedByUs) {}
