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

  Wire() {
    this(List.of(HOST), PORT, SECRET);
  }

  /** A connection to an address that the box was given for these names. */
  Wire(List<String> names, int port, Secret... secrets) {
    try (SecretService service = new SecretService(Optional.empty())) {
      BoxSecrets box = service.box(List.of(secrets));
      StreamEnd.couple(program, box.between(server, names, port, this));
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
