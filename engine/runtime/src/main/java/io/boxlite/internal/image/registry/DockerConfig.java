package io.boxlite.internal.image.registry;

import io.boxlite.BoxliteException;
import io.boxlite.internal.image.source.DefaultRegistry;
import io.boxlite.internal.image.source.Document;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The configuration file in which {@code docker login} stores credentials (docker/cli, "config.json
 * properties"). It is read only when a registry requires credentials.
 *
 * @param file the {@code config.json}, which need not exist
 * @param programs the directories to search for credential helpers, as in {@code PATH}
 */
record DockerConfig(Path file, String programs) {
  private static final Logger log = LoggerFactory.getLogger(DockerConfig.class);

  /** The problems that have been logged, so that they are not logged for each pull. */
  private static final Set<String> LOGGED = ConcurrentHashMap.newKeySet();

  private record Content(
      @Nullable Map<String, Auth> auths,
      @Nullable Map<String, String> credHelpers,
      @Nullable String credsStore) {}

  private record Auth(
      @Nullable String auth,
      @Nullable String username,
      @Nullable String password,
      @Nullable String identitytoken) {}

  /** Returns the file of the user, or of the directory {@code DOCKER_CONFIG}. */
  static DockerConfig ofUser(Map<String, String> environment, String userHome) {
    String directory = environment.getOrDefault("DOCKER_CONFIG", "");
    return new DockerConfig(
        (directory.isEmpty() ? Path.of(userHome, ".docker") : Path.of(directory))
            .resolve("config.json"),
        environment.getOrDefault("PATH", ""));
  }

  /**
   * Finds the credentials for a registry: in the helper for this registry, then in the common
   * credential store, then in the file. Problems are not errors, because the registry may allow
   * anonymous access; each is logged once.
   *
   * @param registry its host, with the port if its name has one
   */
  CredentialLookup find(String registry) throws InterruptedException {
    Content content;
    try {
      content = read();
    } catch (CredentialsException e) {
      return problem(Optional.empty(), e);
    }
    CredentialLookup helped = askHelper(content, registry);
    if (helped.credentials().isPresent()) {
      return helped;
    }
    try {
      Optional<Auth> auth = value(content.auths, registry);
      return auth.isPresent()
          ? new CredentialLookup(credentials(auth.get(), registry), helped.problem())
          : helped;
    } catch (CredentialsException e) {
      return problem(helped.problem(), e);
    }
  }

  private CredentialLookup askHelper(Content content, String registry) throws InterruptedException {
    String address = registry.equals(DefaultRegistry.NAME) ? DefaultRegistry.CREDENTIALS : registry;
    Optional<String> helper =
        value(content.credHelpers, registry)
            .or(() -> Optional.ofNullable(content.credsStore))
            .filter(name -> !name.isEmpty());
    if (helper.isEmpty()) {
      return CredentialLookup.NOTHING;
    }
    try {
      return new CredentialLookup(
          new CredentialHelper(helper.get(), programs).get(address), Optional.empty());
    } catch (CredentialsException e) {
      return problem(Optional.empty(), e);
    }
  }

  private static CredentialLookup problem(Optional<String> before, CredentialsException problem) {
    String message = String.valueOf(problem.getMessage());
    if (LOGGED.add(message)) {
      log.warn("{}; continuing without credentials from it", message);
    }
    return new CredentialLookup(
        Optional.empty(), Optional.of(before.map(text -> text + "; ").orElse("") + message));
  }

  private Content read() throws CredentialsException {
    String what = "Docker's configuration " + file;
    try {
      byte[] bytes = Files.readAllBytes(file);
      if (new String(bytes, StandardCharsets.UTF_8).isBlank()) {
        throw new CredentialsException(what + " is empty");
      }
      return new Document(what, bytes).parse(Content.class);
    } catch (NoSuchFileException e) {
      return new Content(null, null, null);
    } catch (IOException e) {
      throw new CredentialsException(
          what
              + " cannot be read: "
              + (e instanceof AccessDeniedException
                  ? "permission denied"
                  : Files.isDirectory(file) ? "it is a directory" : e.getMessage()));
    } catch (BoxliteException e) {
      throw new CredentialsException(
          e.getMessage() + "; fix it, or set DOCKER_CONFIG to another directory");
    }
  }

  private static <T> Optional<T> value(@Nullable Map<String, T> values, String registry) {
    if (values == null) {
      return Optional.empty();
    }
    return values.entrySet().stream()
        .filter(entry -> entry.getValue() != null && isFor(entry.getKey(), registry))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  /**
   * Returns whether a key is for a registry. Keys are hosts, or addresses of API roots from earlier
   * versions.
   */
  private static boolean isFor(String key, String registry) {
    String host = key;
    for (String scheme : List.of("https://", "http://")) {
      host = host.startsWith(scheme) ? host.substring(scheme.length()) : host;
    }
    for (String root : List.of("/", "/v1", "/v2")) {
      host = host.endsWith(root) ? host.substring(0, host.length() - root.length()) : host;
    }
    return host.equals(registry)
        || registry.equals(DefaultRegistry.NAME) && DefaultRegistry.HOSTS.contains(host);
  }

  private Optional<Credentials> credentials(Auth auth, String registry)
      throws CredentialsException {
    if (auth.identitytoken != null && !auth.identitytoken.isEmpty()) {
      return Optional.of(new Credentials("", auth.identitytoken, file.toString()));
    }
    if (auth.auth != null && !auth.auth.isEmpty()) {
      return Optional.of(decode(auth.auth, registry));
    }
    if (auth.username != null && !auth.username.isEmpty() && auth.password != null) {
      return Optional.of(new Credentials(auth.username, auth.password, file.toString()));
    }
    return Optional.empty();
  }

  private Credentials decode(String base64, String registry) throws CredentialsException {
    try {
      // Go's decoder ignores line breaks.
      byte[] decoded = Base64.getDecoder().decode(base64.replaceAll("\\s", ""));
      String text = new String(decoded, StandardCharsets.UTF_8);
      int colon = text.indexOf(':');
      if (colon > 0) {
        // Docker once padded entries with NULs.
        String secret = text.substring(colon + 1).replaceAll("\0+$", "");
        return new Credentials(text.substring(0, colon), secret, file.toString());
      }
    } catch (IllegalArgumentException e) {
      // Reported below, without the text, which is a secret.
    }
    throw new CredentialsException(
        "the entry auth of "
            + registry
            + " in Docker's configuration "
            + file
            + " is not USER:PASSWORD in base64; run: docker login "
            + registry);
  }
}
