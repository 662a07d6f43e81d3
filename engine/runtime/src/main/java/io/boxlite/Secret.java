package io.boxlite;

import io.boxlite.internal.check.Arguments;
import io.boxlite.text.Sha256;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A value that programs in a box can use and never see, such as the key of an API. Immutable; the
 * methods that change something return a copy.
 *
 * <p>Programs in the box have a {@linkplain #placeholder() placeholder} instead of the value. When
 * one of them sends it in a header of an HTTP request to one of the secret's {@linkplain #forHosts
 * hosts}, the engine puts the value in its place on the way out.
 *
 * <pre><code class="java">
 * BoxOptions.image("python:slim")
 *     .network(Network.allow("api.example.com:443"))
 *     .secret(Secret.ofEnvironment("API_KEY").forHosts("api.example.com"))
 * </code></pre>
 *
 * <p>Commands of the box, and its main command, have an environment variable of the secret's name,
 * whose value is the placeholder. So programs that take a key from their environment need no
 * change.
 */
public final class Secret {
  private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,99}");
  private static final Pattern PLACEHOLDER = Pattern.compile("[A-Za-z0-9._~+/-]{8,200}");

  /** RFC 9110, section 5.6.2. */
  private static final Pattern HEADER = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}");

  private static final int MOST_VALUE = 8192;
  private static final int RANDOM_DIGITS = 16;

  private final String name;
  private final SecretSource source;
  private final List<SecretHost> hosts;
  private final Set<String> headers;
  private final @Nullable String placeholder;

  private Secret(
      String name,
      SecretSource source,
      List<SecretHost> hosts,
      Set<String> headers,
      @Nullable String placeholder) {
    this.name = name;
    this.source = source;
    this.hosts = hosts;
    this.headers = headers;
    this.placeholder = placeholder;
  }

  private static Secret of(String name, SecretSource source) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "secret name is \""
              + Arguments.shown(name)
              + "\"; it must be the name of an environment variable: at most 100 letters, digits"
              + " and underscores, the first no digit");
    }
    return new Secret(name, source, List.of(), Set.of(), null);
  }

  /**
   * Returns a secret with a value, which is sent to no host yet.
   *
   * @param name of the environment variable that has the placeholder: letters, digits and
   *     underscores, at most 100
   * @param value 1 to 8192 visible ASCII characters, with spaces between them
   * @throws IllegalArgumentException if the name or the value is invalid; the message does not
   *     contain the value
   */
  public static Secret of(String name, String value) {
    Secret secret = of(name, new SecretSource(SecretSource.Kind.VALUE, value));
    checkValue(name, value);
    return secret;
  }

  /**
   * Returns a secret whose value is that of an environment variable of this JVM with the same name.
   * It is read when a box with the secret is created.
   *
   * @param name of the variable, here and in the box
   */
  public static Secret ofEnvironment(String name) {
    return ofEnvironment(name, name);
  }

  /**
   * Returns a secret whose value is that of an environment variable of this JVM. It is read when a
   * box with the secret is created.
   *
   * @param name of the environment variable in the box, which has the placeholder
   * @param variable the environment variable of this JVM
   */
  public static Secret ofEnvironment(String name, String variable) {
    return of(
        name, new SecretSource(SecretSource.Kind.ENVIRONMENT, Arguments.environmentName(variable)));
  }

  /**
   * Returns a secret whose value is that of a system property of this JVM. It is read when a box
   * with the secret is created.
   *
   * @param name of the environment variable in the box, which has the placeholder
   */
  public static Secret ofProperty(String name, String property) {
    return of(
        name,
        new SecretSource(SecretSource.Kind.PROPERTY, Arguments.notBlank("property", property)));
  }

  /**
   * Parses the text form: {@code NAME=SOURCE -> HOST, HOST}. The source is {@code env:VARIABLE} or
   * {@code property:NAME}; without {@code =SOURCE}, it is the environment variable with the name of
   * the secret.
   *
   * @throws IllegalArgumentException if the text has another form; the message says what to write
   *     instead
   */
  public static Secret parse(String text) {
    return SecretText.parse(text);
  }

  /**
   * Returns a copy that is sent to these hosts and no others.
   *
   * <p>{@code api.example.com} is a host, {@code *.example.org} all hosts below a name, {@code
   * host.boxlite.internal} this machine, each at all ports or at those that follow it, as in {@code
   * api.example.com:8443}. The value is sent over TLS only. {@code http://api.example.com:8080} is
   * for requests without TLS, which anybody on the way can read. For {@code host.boxlite.internal},
   * both are the same.
   *
   * @param hosts at least one
   * @throws IllegalArgumentException if there is none, or one is not the name of a host
   */
  public Secret forHosts(String... hosts) {
    List<SecretHost> parsed =
        Arrays.stream(hosts).map(host -> SecretHost.parse(name, host)).distinct().toList();
    if (parsed.isEmpty()) {
      throw noHosts();
    }
    return new Secret(name, source, parsed, headers, placeholder);
  }

  /**
   * Returns a copy whose value is put into these headers only, such as {@code Authorization}. By
   * default, it is put into all but those that servers often send back or that say what is sent:
   * {@code Accept*}, {@code Access-Control-*}, {@code Content-*}, {@code If-*}, {@code Forwarded},
   * {@code X-Forwarded-*}, {@code Origin}, {@code Range}, {@code Referer}, {@code User-Agent}. It
   * is never put into those by which a request is read and routed, such as {@code Host}.
   *
   * @throws IllegalArgumentException if one is not the name of a header
   */
  public Secret inHeaders(String... headers) {
    Set<String> names = new TreeSet<>();
    for (String header : headers) {
      if (!HEADER.matcher(header).matches()) {
        throw new IllegalArgumentException(
            "secret "
                + name
                + " has the header \""
                + Arguments.shown(header)
                + "\"; write the name of a header, such as Authorization");
      }
      names.add(header.toLowerCase(Locale.ROOT));
    }
    return new Secret(name, source, hosts, Set.copyOf(names), placeholder);
  }

  /**
   * Returns a copy with another placeholder, for programs that check the form of a key.
   *
   * @param placeholder 8 to 200 letters, digits and {@code ._~+/-}; must not appear by accident
   * @throws IllegalArgumentException if it has another form
   */
  public Secret placeholder(String placeholder) {
    if (!PLACEHOLDER.matcher(placeholder).matches()) {
      throw new IllegalArgumentException(
          "secret "
              + name
              + " has the placeholder \""
              + Arguments.shown(placeholder)
              + "\"; it must be 8 to 200 letters, digits and ._~+/-");
    }
    return new Secret(name, source, hosts, headers, placeholder);
  }

  /** Returns the name, which is also that of the environment variable in the box. */
  public String name() {
    return name;
  }

  /**
   * Returns what programs in the box have instead of the value. If none was set, it is derived from
   * the name: it says nothing about the value, and is the same in each box.
   */
  public String placeholder() {
    return Objects.requireNonNullElseGet(
        placeholder,
        () ->
            "boxlite-secret-"
                + name
                + "-"
                + Sha256.hex("boxlite secret " + name).substring(0, RANDOM_DIGITS));
  }

  /**
   * Returns the value.
   *
   * @throws IllegalArgumentException if the environment variable or system property with the value
   *     is not set, or is not a valid value; the message does not contain the value
   */
  public String value() {
    String value =
        source
            .find()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "secret "
                            + name
                            + " is to have the value of the "
                            + source.where()
                            + ", which is not set; set it in the JVM that creates the box"));
    checkValue(name, value);
    return value;
  }

  /** Returns the hosts, as {@link #forHosts} takes them. */
  public List<String> hosts() {
    return hosts.stream().map(SecretHost::toString).toList();
  }

  /** Returns the headers in lower case, as {@link #inHeaders} takes them; empty for the default. */
  public Set<String> headers() {
    return headers;
  }

  /**
   * Returns whether the value is sent to a host.
   *
   * @param host a name in lower case, without a final dot
   * @param port 1 to 65535
   * @param tls whether over a connection with TLS
   */
  public boolean isFor(String host, int port, boolean tls) {
    return hosts.stream().anyMatch(one -> one.has(host, port, tls));
  }

  /**
   * Returns the first host, as {@link #forHosts} takes it, that a network does not allow. A rule
   * for an address does not allow a host.
   */
  public Optional<String> hostBeyond(Network network) {
    return hosts.stream()
        .filter(host -> !host.isAllowedBy(network))
        .map(SecretHost::toString)
        .findFirst();
  }

  /** Checks the secrets of a box. */
  static List<Secret> checked(List<Secret> secrets) {
    Set<String> names = new LinkedHashSet<>();
    for (Secret secret : secrets) {
      if (!names.add(secret.name)) {
        throw new IllegalArgumentException(
            "secrets has two named " + secret.name + "; remove one of them");
      }
      if (secret.hosts.isEmpty()) {
        throw secret.noHosts();
      }
      for (Secret other : secrets) {
        if (!other.name.equals(secret.name) && other.placeholder().contains(secret.placeholder())) {
          throw new IllegalArgumentException(
              "the placeholder of secret "
                  + other.name
                  + " contains that of "
                  + secret.name
                  + "; give one of them another placeholder");
        }
      }
    }
    return List.copyOf(secrets);
  }

  private IllegalArgumentException noHosts() {
    return new IllegalArgumentException(
        "secret "
            + name
            + " has no hosts to which it is sent; add them with forHosts(\"api.example.com\")");
  }

  private static void checkValue(String name, String value) {
    if (value.isEmpty() || value.length() > MOST_VALUE) {
      throw new IllegalArgumentException(
          "the value of secret "
              + name
              + " has "
              + value.length()
              + " characters; it must have 1 to "
              + MOST_VALUE);
    }
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      boolean inner = i > 0 && i < value.length() - 1;
      if (c <= ' ' && !(inner && c == ' ') || c > '~') {
        throw new IllegalArgumentException(
            "the value of secret "
                + name
                + " has a character at index "
                + i
                + " that no header can have; it must consist of visible ASCII characters, with"
                + " spaces between them"
                + (c == '\n' || c == '\r' ? ", so remove the line break" : ""));
      }
    }
  }

  /** Returns what a template depends on: the variable of the main command. */
  Secret ofTemplate() {
    return new Secret(
        name,
        new SecretSource(SecretSource.Kind.VALUE, ""),
        List.of(SecretHost.parse(name, NetworkRule.HOST)),
        Set.of(),
        placeholder);
  }

  /**
   * Compares everything. The values of environment variables and system properties are not read.
   */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Secret secret
        && name.equals(secret.name)
        && source.equals(secret.source)
        && hosts.equals(secret.hosts)
        && headers.equals(secret.headers)
        && placeholder().equals(secret.placeholder());
  }

  @Override
  public int hashCode() {
    return Objects.hash(name, source, hosts, headers);
  }

  /** Returns the text form, in which a given value is shown as {@code ***}. */
  @Override
  public String toString() {
    return SecretText.format(this, source);
  }
}
