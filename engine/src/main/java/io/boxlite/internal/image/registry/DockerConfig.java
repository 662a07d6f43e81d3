package io.boxlite.internal.image.registry;

import io.boxlite.BoxliteException;
import io.boxlite.ImagePullException;
import io.boxlite.internal.image.source.DefaultRegistry;
import io.boxlite.internal.image.source.Document;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where {@code docker login} leaves credentials (docker/cli, "config.json properties"). Looked at
 * when a registry wants to know who asks, never before.
 *
 * @param file the {@code config.json}, which need not exist
 * @param programs the folders in which to look for credential helpers, as in {@code PATH}
 */
record DockerConfig(Path file, String programs) {

  private record Content(
      @Nullable Map<String, Auth> auths,
      @Nullable Map<String, String> credHelpers,
      @Nullable String credsStore) {}

  private record Auth(
      @Nullable String auth,
      @Nullable String username,
      @Nullable String password,
      @Nullable String identitytoken) {}

  /** The user's own, or that of the folder {@code DOCKER_CONFIG}. */
  static DockerConfig ofUser(Map<String, String> environment, String userHome) {
    String folder = environment.getOrDefault("DOCKER_CONFIG", "");
    return new DockerConfig(
        (folder.isEmpty() ? Path.of(userHome, ".docker") : Path.of(folder)).resolve("config.json"),
        environment.getOrDefault("PATH", ""));
  }

  /**
   * Finds a registry's credentials: its own helper goes before the store of all, that before what
   * the file itself has.
   *
   * @param registry its host, with the port where its name has one
   */
  Optional<Credentials> find(String registry) throws InterruptedException {
    Content content = read();
    String address = registry.equals(DefaultRegistry.NAME) ? DefaultRegistry.CREDENTIALS : registry;
    Optional<String> helper =
        value(content.credHelpers, registry)
            .or(() -> Optional.ofNullable(content.credsStore))
            .filter(name -> !name.isEmpty());
    if (helper.isPresent()) {
      Optional<Credentials> found = new CredentialHelper(helper.get(), programs).get(address);
      if (found.isPresent()) {
        return found;
      }
    }
    return value(content.auths, registry).flatMap(auth -> credentials(auth, registry));
  }

  private Content read() {
    try {
      return new Document("Docker's configuration " + file, Files.readAllBytes(file))
          .parse(Content.class);
    } catch (NoSuchFileException e) {
      return new Content(null, null, null);
    } catch (IOException e) {
      throw new ImagePullException("Docker's configuration " + file + " cannot be read: " + e, e);
    } catch (BoxliteException e) {
      // Without the parser's words, which could show a secret.
      throw new ImagePullException(
          "Docker's configuration "
              + file
              + " is not the JSON it should be; mend it, or have DOCKER_CONFIG name another"
              + " folder");
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

  /** Keys are hosts, or addresses of an API's root as earlier versions wrote them. */
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

  private Optional<Credentials> credentials(Auth auth, String registry) {
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

  private Credentials decode(String base64, String registry) {
    try {
      String text = new String(Base64.getDecoder().decode(base64.strip()), StandardCharsets.UTF_8);
      int colon = text.indexOf(':');
      if (colon > 0) {
        // Docker's own writer once padded them with NULs.
        String secret = text.substring(colon + 1).replaceAll("\0+$", "");
        return new Credentials(text.substring(0, colon), secret, file.toString());
      }
    } catch (IllegalArgumentException e) {
      // Told below, without the text, which is a secret.
    }
    throw new ImagePullException(
        "the entry auth of "
            + registry
            + " in Docker's configuration "
            + file
            + " is not USER:PASSWORD in base64; run: docker login "
            + registry);
  }
}
