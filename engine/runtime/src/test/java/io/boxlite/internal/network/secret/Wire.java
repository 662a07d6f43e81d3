package io.boxlite.internal.network.secret;

import io.boxlite.Secret;
import io.boxlite.internal.guest.StreamEnd;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** A connection of a program in a box to a server, with secrets between both. */
final class Wire implements SecretLog {
  static final String HOST = "host.boxlite.internal";
  static final int PORT = 8080;
  static final String VALUE = "sk-the-real-value";
  static final Secret SECRET = Secret.of("API_KEY", VALUE).forHosts(HOST);
  static final String PLACEHOLDER = SECRET.placeholder();

  final TestEnd program = new TestEnd();
  final TestEnd server = new TestEnd();
  final List<String> used = new CopyOnWriteArrayList<>();
  final List<String> problems = new CopyOnWriteArrayList<>();

  private static final BoxSecrets DEFAULT = box(SECRET);

  Wire() {
    this(List.of(HOST), PORT, DEFAULT);
  }

  /** A connection to an address that the box was given for these names. */
  Wire(List<String> names, int port, Secret... secrets) {
    this(names, port, box(secrets));
  }

  private Wire(List<String> names, int port, BoxSecrets secrets) {
    StreamEnd.couple(program, secrets.between(server, Runnable::run, names, port, this));
  }

  /** Without TLS, no threads are needed. */
  private static BoxSecrets box(Secret... secrets) {
    try (SecretService service = new SecretService(Optional.empty())) {
      return service.box(List.of(secrets));
    }
  }

  @Override
  public void used(String secret) {
    used.add(secret);
  }

  @Override
  public void problem(String text) {
    problems.add(text);
  }
}
