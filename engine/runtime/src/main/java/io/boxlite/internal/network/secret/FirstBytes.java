package io.boxlite.internal.network.secret;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * The first stage of each connection, which waits for what the guest sends first. It then hands the
 * connection over to the stage for what is spoken.
 */
final class FirstBytes implements Stage {
  /** More is never needed to tell. */
  private static final int MOST = 16 << 10;

  private static final int TLS_HANDSHAKE = 22;
  private static final Pattern REQUEST = Pattern.compile("[A-Z]+ [^ ]+ HTTP/1\\.[0-9]\r?");

  /** A connection that begins with another method is not recognized. */
  private static final Set<String> METHODS =
      Set.of(
          "GET",
          "HEAD",
          "POST",
          "PUT",
          "DELETE",
          "PATCH",
          "OPTIONS",
          "TRACE",
          "CONNECT",
          "QUERY",
          "PROPFIND",
          "PROPPATCH",
          "MKCOL",
          "COPY",
          "MOVE",
          "LOCK",
          "UNLOCK",
          "REPORT",
          "SEARCH");

  /** What is spoken. */
  sealed interface Protocol {
    /** HTTP/1, without TLS. */
    record Http() implements Protocol {}

    /** TLS, with a server of this name, if one is named. */
    record Tls(Optional<String> serverName) implements Protocol {}

    /** Something else. */
    record Other() implements Protocol {}
  }

  private final StageEnd guest;
  private final StageEnd host;
  private final Function<Protocol, Stage> next;

  /**
   * Creates the stage.
   *
   * @param next makes the stage that the connection is handed over to
   */
  FirstBytes(StageEnd guest, StageEnd host, Function<Protocol, Stage> next) {
    this.guest = guest;
    this.host = host;
    this.next = next;
  }

  @Override
  public void proceed() {
    byte[] first = guest.peek(MOST);
    boolean all = guest.hasInputEnded() || first.length == MOST;
    // In HTTP and TLS, a server does not speak first.
    boolean serverFirst = host.available() > 0 || host.hasInputEnded();
    Optional<Protocol> protocol =
        serverFirst ? Optional.of(new Protocol.Other()) : protocol(first, all);
    if (protocol.isPresent()) {
      next.apply(protocol.get()).proceed();
    } else {
      guest.acknowledgeWaiting();
    }
  }

  /**
   * Returns what the first bytes are.
   *
   * @param all whether no more come that could tell
   * @return empty if more bytes are needed
   */
  static Optional<Protocol> protocol(byte[] first, boolean all) {
    Optional<Protocol> protocol =
        first.length == 0
            ? Optional.empty()
            : first[0] == TLS_HANDSHAKE ? tls(first) : http(new String(first, ISO_8859_1), all);
    return protocol.isPresent() || !all ? protocol : Optional.of(new Protocol.Other());
  }

  private static Optional<Protocol> tls(byte[] first) {
    ClientHello.Reading reading = ClientHello.read(first);
    return reading instanceof ClientHello.Reading.Complete complete
        ? Optional.of(new Protocol.Tls(complete.hello().serverName()))
        : reading instanceof ClientHello.Reading.Invalid
            ? Optional.of(new Protocol.Other())
            : Optional.empty();
  }

  private static Optional<Protocol> http(String text, boolean all) {
    String first = text.startsWith("\r\n") ? text.substring(2) : text;
    int end = first.indexOf('\n');
    if (end >= 0) {
      boolean request = REQUEST.matcher(first.substring(0, end)).matches();
      return Optional.of(request && hasMethod(first) ? new Protocol.Http() : new Protocol.Other());
    }
    if (all) {
      return Optional.of(hasMethod(first) ? new Protocol.Http() : new Protocol.Other());
    }
    // Waits for the end of the line only if the line is likely to be a request.
    return hasMethod(first) || "\r\n".startsWith(text) ? Optional.empty() : other();
  }

  private static Optional<Protocol> other() {
    return Optional.of(new Protocol.Other());
  }

  private static boolean hasMethod(String line) {
    int space = line.indexOf(' ');
    return space >= 0
        ? METHODS.contains(line.substring(0, space))
        : METHODS.stream().anyMatch(method -> method.startsWith(line));
  }

  @Override
  public void broken(StageEnd end) {
    (end == guest ? host : guest).breakOff();
  }
}
