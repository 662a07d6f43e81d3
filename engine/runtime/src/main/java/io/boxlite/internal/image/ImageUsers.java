package io.boxlite.internal.image;

import io.boxlite.internal.image.erofs.ErofsLookup;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The users and groups of a root image that are known without a box: those of its {@code
 * /etc/passwd} and {@code /etc/group}, which the agent uses too.
 */
final class ImageUsers {
  private static final int MAX_BYTES = 1 << 20;
  private static final int SHOWN = 12;
  private static final Logger log = LoggerFactory.getLogger(ImageUsers.class);

  private ImageUsers() {}

  /**
   * Looks up a user, {@code name} or {@code uid}, optionally with {@code :group} or {@code :gid}.
   *
   * @return what the image lacks; empty when it lacks nothing, or this cannot be determined
   */
  static Optional<String> missing(Path rootImage, String user) {
    int colon = user.indexOf(':');
    String name = colon < 0 ? user : user.substring(0, colon);
    String group = colon < 0 ? "" : user.substring(colon + 1);
    try (ErofsLookup image = ErofsLookup.open(rootImage)) {
      Optional<String> noUser = missing(image, "user", "passwd", name);
      return noUser.isPresent() ? noUser : missing(image, "group", "group", group);
    } catch (IOException e) {
      log.debug("cannot look up users in {}", rootImage, e);
      return Optional.empty();
    }
  }

  private static Optional<String> missing(
      ErofsLookup image, String what, String database, String name) throws IOException {
    if (name.isEmpty() || name.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return Optional.empty(); // a number need not be listed
    }
    return image
        .read(List.of("etc", database), MAX_BYTES)
        .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
        .filter(text -> names(text).noneMatch(name::equals))
        .map(
            text ->
                "no "
                    + what
                    + " \""
                    + name
                    + "\" in its /etc/"
                    + database
                    + (text.isBlank()
                        ? ", which is missing or empty"
                        : ", which has " + shown(text)));
  }

  private static Stream<String> names(String database) {
    return database
        .lines()
        .filter(line -> line.indexOf(':') > 0)
        .map(line -> line.substring(0, line.indexOf(':')));
  }

  private static String shown(String database) {
    List<String> names = names(database).toList();
    return names.stream().limit(SHOWN).collect(Collectors.joining(", "))
        + (names.size() > SHOWN ? " and " + (names.size() - SHOWN) + " more" : "");
  }
}
