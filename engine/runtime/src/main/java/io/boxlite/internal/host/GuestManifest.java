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
 * What the guest's jar says about its files: for each {@code NAME.sha256} and {@code NAME.size},
 * and {@code kernel.release} and {@code agent.version}.
 */
public final class GuestManifest {
  private static final String FOLDER = "io/boxlite/guest/linux-x86_64/";
  private static final String DEFAULT_IMAGE = "default-image.tar";
  private static final Predicate<String> SHA256 =
      Pattern.compile("[0-9a-f]{64}").asMatchPredicate();
  private static final Predicate<String> SIZE = Pattern.compile("[0-9]{1,12}").asMatchPredicate();
  private static final Predicate<String> WORD = Pattern.compile("\\S+").asMatchPredicate();

  /** Read once: a jar that a JVM runs from does not change, and each box asks for it. */
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
   * Reads the manifest of the guest that comes with this engine.
   *
   * @throws BoxliteException when there is none on the class path
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

  /** Names this very guest: SHA-256 of the manifest, in hexadecimal digits. */
  public String hash() {
    return hash;
  }

  /** The release of the guest's kernel, as {@code uname -r} says it. */
  public String kernelRelease() {
    return value("kernel.release", WORD);
  }

  /** The version of the guest's agent. */
  public String agentVersion() {
    return value("agent.version", WORD);
  }

  /** Opens the root file system of the built-in default image, an uncompressed tar archive. */
  public InputStream openDefaultImage() {
    return open(DEFAULT_IMAGE);
  }

  /** SHA-256 of the built-in default image's archive, in hexadecimal digits. */
  public String defaultImageSha256() {
    return sha256(DEFAULT_IMAGE);
  }

  /** Whether the jar has such a file. */
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
    InputStream in = loader.getResourceAsStream(FOLDER + name);
    if (in == null) {
      throw new BoxliteException(
          "the guest is not on the class path ("
              + FOLDER
              + name
              + " is missing); add io.boxlite:boxlite-guest-linux-x86_64 in the engine's version");
    }
    return in;
  }
}
