package io.boxlite.internal.host;

import io.boxlite.BoxliteException;
import io.boxlite.text.Sha256;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The manifest of the guest's jar: {@code NAME.sha256} and {@code NAME.size} of each file, {@code
 * kernel.release} and {@code agent.version}.
 */
public final class GuestManifest {
  private static final String DIRECTORY = "io/boxlite/guest/linux-x86_64/";
  private static final String BUILT_IN_IMAGE = "default-image.tar";
  private static final Predicate<String> SHA256 =
      Pattern.compile("[0-9a-f]{64}").asMatchPredicate();
  private static final Predicate<String> SIZE = Pattern.compile("[0-9]{1,12}").asMatchPredicate();
  private static final Predicate<String> WORD = Pattern.compile("\\S+").asMatchPredicate();

  /** Read once: every box needs it, and a jar does not change while a JVM uses it. */
  private static volatile @Nullable GuestManifest own;

  private final ClassLoader loader;
  private final String hash;
  private final Properties values;

  private GuestManifest(ClassLoader loader, String hash, Properties values) {
    this.loader = loader;
    this.hash = hash;
    this.values = values;
  }

  /**
   * Reads the manifest of the guest on the class path.
   *
   * @throws BoxliteException when the guest is not on the class path
   */
  public static GuestManifest read() {
    GuestManifest known = own;
    if (known == null) {
      known = read(GuestManifest.class.getClassLoader());
      own = known;
    }
    return known;
  }

  static GuestManifest read(ClassLoader loader) {
    try (InputStream in = open(loader, "manifest.properties")) {
      byte[] bytes = in.readAllBytes();
      Properties values = new Properties();
      values.load(new ByteArrayInputStream(bytes));
      return new GuestManifest(loader, Sha256.hex(bytes), values);
    } catch (IOException e) {
      throw new BoxliteException("cannot read the manifest in the guest's jar: " + e, e);
    }
  }

  /**
   * Returns the identity of this guest build: the SHA-256 of the manifest, in hexadecimal digits.
   */
  public String hash() {
    return hash;
  }

  /** Returns the release of the guest's kernel, as {@code uname -r} prints it. */
  public String kernelRelease() {
    return value("kernel.release", WORD);
  }

  /** Returns the version of the guest's agent. */
  public String agentVersion() {
    return value("agent.version", WORD);
  }

  /** Opens the built-in image, an uncompressed tar archive of a root file system. */
  public InputStream openBuiltInImage() {
    return open(BUILT_IN_IMAGE);
  }

  /** Returns the size of the built-in image's archive in bytes. */
  public long builtInImageSize() {
    return size(BUILT_IN_IMAGE);
  }

  /** Returns the SHA-256 of the built-in image's archive, in hexadecimal digits. */
  public String builtInImageSha256() {
    return sha256(BUILT_IN_IMAGE);
  }

  /** Returns whether the jar has a file of this name. */
  boolean has(String name) {
    return values.containsKey(name + ".size");
  }

  String sha256(String name) {
    return value(name + ".sha256", SHA256);
  }

  long size(String name) {
    return Long.parseLong(value(name + ".size", SIZE));
  }

  InputStream open(String name) {
    return open(loader, name);
  }

  private String value(String key, Predicate<String> allowed) {
    String value = values.getProperty(key, "");
    if (!allowed.test(value)) {
      throw new BoxliteException(
          "the manifest in the guest's jar is damaged: " + key + " is \"" + value + "\"");
    }
    return value;
  }

  private static InputStream open(ClassLoader loader, String name) {
    InputStream in = loader.getResourceAsStream(DIRECTORY + name);
    if (in == null) {
      throw new BoxliteException(
          "the guest is not on the class path ("
              + DIRECTORY
              + name
              + " is missing); add io.boxlite:boxlite-guest-linux-x86_64 in the same version as the"
              + " engine");
    }
    return in;
  }
}
