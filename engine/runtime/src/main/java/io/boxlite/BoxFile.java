package io.boxlite;

import io.boxlite.internal.check.Arguments;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A file, or a directory with everything below it, that is put into a box before it starts; see
 * {@link BoxOptions.Builder#files}. Immutable.
 *
 * <p>The owner is root. Directories, and files that their owner may execute on the host, have mode
 * 0755; other files have mode 0644. {@link #attributes(FileAttributes)} overrides this. Symbolic
 * links in a directory stay links; sockets, pipes and devices are skipped.
 *
 * <p>Two instances are equal if their sources, targets and attributes are equal. The content of a
 * source on the host is not compared.
 */
public final class BoxFile {
  private static final String ARROW = "->";
  private static final String CLASS_PATH = "classpath:";

  private final @Nullable Path source;
  private final byte[] content;
  private final String target;
  private final FileAttributes attributes;

  private BoxFile(@Nullable Path source, byte[] content, String target, FileAttributes attributes) {
    this.source = source;
    this.content = content;
    this.target = target;
    this.attributes = attributes;
  }

  /**
   * Returns a file or directory of this machine for a box.
   *
   * @param source the file or directory; a symbolic link is followed. It is read when a box with it
   *     is created, and must not change meanwhile
   * @param target an absolute path in the box: the path that the source gets, or, if it ends with
   *     {@code /}, the directory to copy it into. Missing parent directories are created
   * @throws IllegalArgumentException if the target is not an absolute path
   */
  public static BoxFile of(Path source, String target) {
    Arguments.absolutePath("target", target);
    Path whole = source.toAbsolutePath().normalize();
    Path name = whole.getFileName();
    String place = target.endsWith("/") && name != null ? target + name : target;
    return new BoxFile(whole, new byte[0], place, FileAttributes.unchanged());
  }

  /**
   * Returns a file with the given content for a box.
   *
   * @param target the absolute path of the file in the box. Missing parent directories are created
   * @throws IllegalArgumentException if the target is not an absolute path, or ends with {@code /}
   */
  public static BoxFile of(byte[] content, String target) {
    if (Arguments.absolutePath("target", target).endsWith("/")) {
      throw new IllegalArgumentException(
          "target is \"" + Arguments.shown(target) + "\"; it must be the path of a file");
    }
    return new BoxFile(null, content.clone(), target, FileAttributes.unchanged());
  }

  /**
   * Reads {@code "SOURCE -> TARGET"}. The source is a path on this machine or {@code
   * classpath:NAME}; the target is an absolute path in the box. If the source is a file and the
   * target ends with {@code /}, the file is copied into that directory. If the source is a
   * directory, its content is copied into the target.
   *
   * @throws IllegalArgumentException if the text has another form, or the source does not exist
   */
  static BoxFile read(String text, OptionContext context) {
    int arrow = text.lastIndexOf(ARROW);
    String source = arrow < 0 ? "" : text.substring(0, arrow).strip();
    String target = arrow < 0 ? "" : text.substring(arrow + ARROW.length()).strip();
    if (source.isEmpty() || !target.startsWith("/")) {
      throw new IllegalArgumentException(
          entry(text)
              + " must be of the form \"SOURCE -> TARGET\", the target an absolute path in the box");
    }
    try {
      return source.startsWith(CLASS_PATH)
          ? ofResource(text, source.substring(CLASS_PATH.length()), target, context)
          : ofPath(text, context.directory().resolve(source), target);
    } catch (IOException | InvalidPathException e) {
      throw new IllegalArgumentException(entry(text) + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static BoxFile ofPath(String text, Path source, String target) {
    if (Files.isRegularFile(source)) {
      return of(source, target);
    }
    if (!Files.isDirectory(source)) {
      throw new IllegalArgumentException(
          entry(text) + " names no file or directory: there is no " + source.toAbsolutePath());
    }
    String into = target.replaceFirst("/+$", "");
    Arguments.absolutePath("target", target);
    return of(source, "/any").at(into.isEmpty() ? "/" : into);
  }

  private static BoxFile ofResource(String text, String name, String target, OptionContext context)
      throws IOException {
    String relative = name.startsWith("/") ? name.substring(1) : name;
    @Nullable URL resource =
        context.classPath().map(loader -> loader.getResource(relative)).orElse(null);
    if (resource == null) {
      throw new IllegalArgumentException(
          entry(text)
              + (context.classPath().isPresent()
                  ? " names no resource on the class path"
                  : " names a resource, but there is no class path here"));
    }
    if (resource.getProtocol().equals("file")) {
      try {
        return ofPath(text, Path.of(resource.toURI()), target);
      } catch (URISyntaxException e) {
        throw new IOException("not a path: " + resource, e);
      }
    }
    URLConnection connection = resource.openConnection();
    connection.setUseCaches(false); // a cached connection would keep the jar open
    try (InputStream in = connection.getInputStream()) {
      if (connection instanceof JarURLConnection jar && jar.getJarEntry().isDirectory()) {
        throw new IllegalArgumentException(
            entry(text) + " names a directory in a jar; name the files in it");
      }
      Path file = Path.of(name).getFileName();
      return of(in.readAllBytes(), target.endsWith("/") ? target + file : target);
    }
  }

  private static String entry(String text) {
    return "files entry \"" + text + "\"";
  }

  /**
   * Returns a copy with another target: the path that the source gets, never a directory to copy it
   * into.
   */
  BoxFile at(String target) {
    return new BoxFile(source, content, target, attributes);
  }

  /** Returns a copy with the given owner and modes. */
  public BoxFile attributes(FileAttributes attributes) {
    return new BoxFile(source, content, target, attributes);
  }

  /** Returns the file or directory on this machine; empty if the content was given as bytes. */
  public Optional<Path> source() {
    return Optional.ofNullable(source);
  }

  /** Returns a copy of the content; empty if it is read from a {@link #source()}. */
  public byte[] content() {
    return content.clone();
  }

  /** Returns the absolute path in the box. */
  public String target() {
    return target;
  }

  /** Returns the owner and modes that differ from the defaults. */
  public FileAttributes attributes() {
    return attributes;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof BoxFile file
        && Objects.equals(source, file.source)
        && Arrays.equals(content, file.content)
        && target.equals(file.target)
        && attributes.equals(file.attributes);
  }

  @Override
  public int hashCode() {
    return Objects.hash(source, Arrays.hashCode(content), target, attributes);
  }

  /** Returns {@code "SOURCE -> TARGET"}, for messages. */
  @Override
  public String toString() {
    return (source == null ? content.length + " bytes" : source) + " " + ARROW + " " + target;
  }
}
