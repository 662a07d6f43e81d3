package io.boxlite.internal.network.secret;

/** Something between two ends of a connection. Its methods are called by {@link SerialTasks}. */
interface Stage {
  /** Does what can be done now: something has come, has been passed on, or has ended. */
  void proceed();

  /** The far side of an end has broken the connection. */
  void broken(StageEnd end);
}
