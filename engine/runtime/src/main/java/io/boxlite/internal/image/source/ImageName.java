package io.boxlite.internal.image.source;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of an image, normalized: the host of the {@link DefaultRegistry} and its {@code
 * library/} are omitted, and a name with neither tag nor digest has the tag {@code latest}.
 *
 * @param repository the host, port and path, without the tag
 * @param tag the tag; empty when there is only a digest
 * @param digest {@code sha256:…}, which takes precedence over the tag
 */
public record ImageName(String repository, Optional<String> tag, Optional<String> digest) {
  private static final String LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
  private static final String HOST =
      "(?:" + LABEL + "(?:\\." + LABEL + ")*|\\[[0-9a-fA-F:.]+\\])(?::[0-9]{1,5})?";
  private static final String PATH = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
  private static final Pattern SYNTAX =
      Pattern.compile(
          "((?:"
              + HOST
              + "/)?"
              + PATH
              + "(?:/"
              + PATH
              + ")*)(?::(\\w[\\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?");
  private static final String LIBRARY = "library/";
  private static final int MAX_LENGTH = 255;

  /**
   * Parses a name.
   *
   * @throws IllegalArgumentException when the text is not a name
   */
  public static ImageName parse(String text) {
    return find(text)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "image is \""
                        + text
                        + "\"; it must be a name in lower case such as python:slim,"
                        + " localhost:5000/team/judge:1.2 or python@sha256:… with 64 hexadecimal"
                        + " digits"));
  }

  /** Parses a name; empty when the text is not one. */
  public static Optional<ImageName> find(String text) {
    Matcher matcher = SYNTAX.matcher(text);
    if (!matcher.matches() || matcher.group(1).length() > MAX_LENGTH) {
      return Optional.empty();
    }
    String repository = shortForm(matcher.group(1));
    Optional<String> tag = Optional.ofNullable(matcher.group(2));
    Optional<String> digest = Optional.ofNullable(matcher.group(3));
    if (tag.isEmpty() && digest.isEmpty()) {
      tag = Optional.of("latest");
    }
    return Optional.of(new ImageName(repository, tag, digest));
  }

  /** Returns the name without the registry's host, if it has one. */
  public ImageName withoutHost() {
    String host = hostOf(repository);
    return host.isEmpty()
        ? this
        : new ImageName(withoutLibrary(repository.substring(host.length() + 1)), tag, digest);
  }

  /** Returns the registry: its host, with the port if the name has one. */
  public String registry() {
    String host = hostOf(repository);
    return host.isEmpty() ? DefaultRegistry.NAME : host;
  }

  /** Returns the path of the repository within its registry. */
  public String path() {
    String host = hostOf(repository);
    if (!host.isEmpty()) {
      return repository.substring(host.length() + 1);
    }
    return repository.indexOf('/') < 0 ? LIBRARY + repository : repository;
  }

  private static String hostOf(String repository) {
    String first = repository.substring(0, Math.max(repository.indexOf('/'), 0));
    boolean host =
        first.indexOf('.') >= 0
            || first.indexOf(':') >= 0
            || first.equals("localhost")
            || !first.equals(first.toLowerCase(Locale.ROOT));
    return host ? first : "";
  }

  private static String shortForm(String repository) {
    String host = hostOf(repository);
    if (host.isEmpty()) {
      return withoutLibrary(repository);
    }
    return DefaultRegistry.HOSTS.contains(host)
        ? withoutLibrary(repository.substring(host.length() + 1))
        : repository;
  }

  private static String withoutLibrary(String path) {
    return path.startsWith(LIBRARY) && path.indexOf('/', LIBRARY.length()) < 0
        ? path.substring(LIBRARY.length())
        : path;
  }

  @Override
  public String toString() {
    return repository
        + tag.map(text -> ":" + text).orElse("")
        + digest.map(text -> "@" + text).orElse("");
  }
}
