package io.boxlite.internal.network.secret;

/** Records what has become of secrets on a connection. Any thread may call it. */
public interface SecretLog {
  /** Records that a secret was put into a request. */
  void used(String secret);

  /** Records why something was not done, for people. */
  void problem(String text);
}
