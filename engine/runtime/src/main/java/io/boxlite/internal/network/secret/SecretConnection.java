package io.boxlite.internal.network.secret;

import io.boxlite.internal.guest.StreamEnd;
import io.boxlite.text.HostNameText;
import io.boxlite.text.VisibleText;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One connection of a box to a host that a secret is for. */
final class SecretConnection {
  private static final Logger logger = LoggerFactory.getLogger(SecretConnection.class);
  private static final Pattern CERTIFICATE_ALERT =
      Pattern.compile("unknown_ca|bad_certificate|certificate_unknown|unsupported_certificate");
  private static final Pattern PROTOCOL_ALERT =
      Pattern.compile("application layer protocol|no_application_protocol");
  private static final int MOST_SHOWN = 100;

  private final List<KnownSecret> secrets;
  private final Destination destination;
  private final Supplier<BoxAuthority> authority;
  private final Supplier<ServerTrust> trust;
  private final Executor executor;
  private final SecretLog log;

  private final SerialTasks tasks;
  private final StageEnd guest;
  private final StageEnd host;

  /**
   * Creates a connection.
   *
   * @param thread runs all that the connection does but computations
   * @param executor runs computations that take long
   */
  SecretConnection(
      List<KnownSecret> secrets,
      Destination destination,
      Supplier<BoxAuthority> authority,
      Supplier<ServerTrust> trust,
      Executor thread,
      Executor executor,
      SecretLog log) {
    this.secrets = secrets;
    this.destination = destination;
    this.authority = authority;
    this.trust = trust;
    this.executor = executor;
    this.log = log;
    tasks = new SerialTasks(thread, this::failed);
    guest = new StageEnd(tasks);
    host = new StageEnd(tasks);
  }

  /** Couples the connection with its host, and returns the end for the guest. */
  StreamEnd between(StreamEnd end) {
    FirstBytes unused = between(guest, new FirstBytes(guest, host, this::next), host);
    StreamEnd.couple(host, end);
    return guest;
  }

  private Stage next(FirstBytes.Protocol protocol) {
    if (protocol instanceof FirstBytes.Protocol.Tls tls) {
      return tls(tls.serverName());
    }
    if (protocol instanceof FirstBytes.Protocol.Other) {
      return passing(
          "nothing was put in: the program and the server speak neither HTTP/1.1 nor TLS");
    }
    if (secrets.stream().noneMatch(destination::has)) {
      return passing(
          "nothing was put in, because the connection is without TLS; to send "
              + names(destination.overTls())
              + " without TLS, write its host as http://"
              + destination.names().get(0)
              + ":"
              + destination.port());
    }
    return http(guest, host, destination);
  }

  private HttpStage http(StageEnd guest, StageEnd host, Destination to) {
    HttpStage stage = new HttpStage(guest, host, new Substitution(secrets, to, log), log);
    return between(guest, stage, host);
  }

  private String names(Destination to) {
    return secrets.stream()
        .filter(to::has)
        .map(KnownSecret::name)
        .collect(Collectors.joining(", "));
  }

  private Stage passing(String problem) {
    log.problem(problem);
    return passing();
  }

  private Stage passing() {
    return between(guest, new PassingStage(guest, host), host);
  }

  private static <S extends Stage> S between(StageEnd one, S stage, StageEnd other) {
    one.belongTo(stage);
    other.belongTo(stage);
    return stage;
  }

  private Stage tls(Optional<String> serverName) {
    if (serverName.isEmpty()) {
      return passing("nothing was put in: the program has not named the server to TLS (SNI)");
    }
    Optional<String> name = HostNameText.canonical(serverName.get());
    if (name.isEmpty() || !destination.names().contains(name.get())) {
      return passing(
          "nothing was put in: the program has named the server "
              + VisibleText.quoted(serverName.get(), MOST_SHOWN)
              + " to TLS, but the connection is to "
              + String.join(", ", destination.names()));
    }
    Destination named = destination.overTls(name.get());
    return secrets.stream().anyMatch(named::has) ? intercepted(named) : passing();
  }

  /** The guest speaks TLS with the engine, and the engine with the server. */
  private Stage intercepted(Destination named) {
    String name = named.names().get(0);
    StageEnd fromGuest = new StageEnd(tasks);
    StageEnd toHost = new StageEnd(tasks);
    HttpStage http = http(fromGuest, toHost, named);
    StageEnd guestPlain = new StageEnd(tasks);
    StageEnd hostPlain = new StageEnd(tasks);
    TlsStage ofGuest =
        new TlsStage(guest, guestPlain, false, tasks, executor, e -> log.problem(ofGuest(e)));
    TlsStage ofHost =
        new TlsStage(
            host, hostPlain, true, tasks, executor, e -> http.serverFailed(ofHost(name, e)));
    between(guest, ofGuest, guestPlain);
    between(host, ofHost, hostPlain);
    StreamEnd.couple(guestPlain, fromGuest);
    StreamEnd.couple(toHost, hostPlain);
    ofGuest.start(() -> authority.get().server(name).createSSLEngine());
    ofHost.start(() -> trust.get().context().createSSLEngine(name, destination.port()));
    return ofGuest;
  }

  private static String ofGuest(Exception problem) {
    String text = String.valueOf(problem.getMessage());
    if (CERTIFICATE_ALERT.matcher(text).find()) {
      return "the program did not accept the certificate of the box's authority ("
          + text
          + "): it pins certificates, or has a list of authorities of its own";
    }
    return PROTOCOL_ALERT.matcher(text).find()
        ? "the program insists on another protocol than HTTP/1.1 (ALPN), such as HTTP/2"
        : "TLS with the program failed: " + text;
  }

  private static String ofHost(String name, Exception problem) {
    Throwable cause = problem;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return "TLS with "
        + name
        + " failed: "
        + cause.getMessage()
        + (cause instanceof GeneralSecurityException
            ? "; if it has a certificate of an authority of your own, add that with the setting"
                + " boxlite.trusted.certificates"
            : "");
  }

  private void failed(RuntimeException problem) {
    logger.error("a connection of a box with secrets was broken", problem);
    guest.breakOff();
    host.breakOff();
  }
}
