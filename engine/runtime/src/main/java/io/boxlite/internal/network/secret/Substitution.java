package io.boxlite.internal.network.secret;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.boxlite.internal.network.secret.HttpHead.Field;
import io.boxlite.text.HostNameText;
import io.boxlite.text.VisibleText;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Puts secrets into the requests to a destination, and takes them out of its responses. */
final class Substitution {
  /** A request may grow by its secrets, but not without a limit. */
  private static final int MAX_HEAD_BYTES = 2 * HeadReader.MAX_BYTES;

  /** A shorter value could be anything. */
  private static final int MIN_MASKED = 8;

  private static final int MOST_SHOWN = 100;
  private static final String BASIC = "basic ";

  /** They say how the message is read and where it goes. */
  private static final Set<String> OF_THE_MESSAGE =
      Set.of(
          "host",
          "connection",
          "keep-alive",
          "proxy-connection",
          "transfer-encoding",
          "content-length",
          "upgrade",
          "te",
          "trailer",
          "expect",
          "via",
          "max-forwards");

  /** Servers send them back, or derive something from them that they send back. */
  private static final Set<String> SENT_BACK =
      Set.of("forwarded", "origin", "range", "referer", "user-agent", "date", "from");

  private static final List<String> SENT_BACK_PREFIXES =
      List.of("accept", "access-control-", "content-", "if-", "x-forwarded-", "sec-");

  private final List<KnownSecret> secrets;
  private final Destination destination;
  private final SecretLog log;

  Substitution(List<KnownSecret> secrets, Destination destination, SecretLog log) {
    this.secrets = secrets;
    this.destination = destination;
    this.log = log;
  }

  /** Returns the head of a request with the secrets that may be in it. */
  HttpHead of(HttpRequest request) throws HttpViolation {
    HttpHead head = request.head();
    for (KnownSecret known : secrets) {
      if (head.fields().stream().anyMatch(field -> in(field, known).isPresent())) {
        Optional<String> problem = problem(request, known);
        if (problem.isPresent()) {
          log.problem(known.name() + " was not put into a request: " + problem.get());
        } else {
          head = withSecret(head, known);
        }
      }
    }
    if (head.fields().stream().mapToInt(f -> f.content().length()).sum() > MAX_HEAD_BYTES) {
      throw new HttpViolation(431, "with its secrets, the header of the request is too long");
    }
    return head;
  }

  /** Returns why a secret may not be in any field of a request. */
  private Optional<String> problem(HttpRequest request, KnownSecret known) {
    if (request.method().equals("TRACE")) {
      return Optional.of("a server sends a TRACE request back as it is");
    }
    Optional<String> host = HostNameText.canonical(destination.host(request.host()));
    if (host.filter(destination.names()::contains).isEmpty()) {
      return Optional.of(
          "its field Host is "
              + VisibleText.quoted(request.host(), MOST_SHOWN)
              + ", but the connection is to "
              + String.join(", ", destination.names())
              + " at port "
              + destination.port());
    }
    if (!known.secret().isFor(host.get(), destination.port(), destination.tls())) {
      return Optional.of("it is not for " + host.get() + " at port " + destination.port());
    }
    return Optional.empty();
  }

  private HttpHead withSecret(HttpHead head, KnownSecret known) {
    List<Field> fields = new ArrayList<>(head.fields().size());
    for (Field field : head.fields()) {
      Optional<String> content = in(field, known);
      if (content.isPresent() && !mayBeIn(field.key(), known)) {
        log.problem(
            known.name()
                + " was not put into the field "
                + VisibleText.quoted(field.name(), MOST_SHOWN)
                + "; name the fields that may have it with Secret.inHeaders");
        content = Optional.empty();
      }
      content.ifPresent(changed -> log.used(known.name()));
      fields.add(content.map(changed -> new Field(field.name(), changed)).orElse(field));
    }
    return new HttpHead(head.startLine(), fields);
  }

  private static boolean mayBeIn(String key, KnownSecret known) {
    if (OF_THE_MESSAGE.contains(key)) {
      return false;
    }
    Set<String> chosen = known.secret().headers();
    return chosen.isEmpty()
        ? !SENT_BACK.contains(key) && SENT_BACK_PREFIXES.stream().noneMatch(key::startsWith)
        : chosen.contains(key);
  }

  /** Returns the content of a field with a secret; empty if it has no placeholder for it. */
  private static Optional<String> in(Field field, KnownSecret known) {
    String content = field.content();
    if (content.contains(known.placeholder())) {
      return Optional.of(content.replace(known.placeholder(), known.value()));
    }
    String value = field.value();
    return value.toLowerCase(Locale.ROOT).startsWith(BASIC)
        ? inBasic(value.substring(0, BASIC.length()), value.substring(BASIC.length()), known)
        : Optional.empty();
  }

  /** User and password are in Base64 (RFC 7617, section 2). */
  private static Optional<String> inBasic(String scheme, String encoded, KnownSecret known) {
    String plain;
    try {
      plain = new String(Base64.getDecoder().decode(encoded.strip()), ISO_8859_1);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    if (!plain.contains(known.placeholder())) {
      return Optional.empty();
    }
    byte[] changed = plain.replace(known.placeholder(), known.value()).getBytes(ISO_8859_1);
    return Optional.of(" " + scheme + Base64.getEncoder().encodeToString(changed));
  }

  /** Returns the head of a response with placeholders in place of secrets. */
  HttpHead masked(HttpHead head) {
    HttpHead masked = head;
    for (KnownSecret known : secrets) {
      if (known.value().length() >= MIN_MASKED) {
        masked = masked(masked, known);
      }
    }
    return masked;
  }

  private static HttpHead masked(HttpHead head, KnownSecret known) {
    return new HttpHead(
        head.startLine().replace(known.value(), known.placeholder()),
        head.fields().stream()
            .map(
                field ->
                    new Field(
                        field.name(), field.content().replace(known.value(), known.placeholder())))
            .toList());
  }
}
