package io.boxlite.internal.image;

import io.boxlite.BoxliteException;
import io.boxlite.ImageInfo;
import io.boxlite.ImageNotFoundException;
import io.boxlite.PullListener;
import io.boxlite.PullPolicy;
import io.boxlite.PullProgress;
import io.boxlite.internal.host.GuestManifest;
import io.boxlite.internal.host.Home;
import io.boxlite.internal.host.LockFile;
import io.boxlite.internal.host.cache.CacheDirectory;
import io.boxlite.internal.host.settings.ProxySettings;
import io.boxlite.internal.host.settings.RegistrySettings;
import io.boxlite.internal.image.layer.Digest;
import io.boxlite.internal.image.layer.Layer;
import io.boxlite.internal.image.layer.Limits;
import io.boxlite.internal.image.registry.Registries;
import io.boxlite.internal.image.source.DockerArchive;
import io.boxlite.internal.image.source.ImageName;
import io.boxlite.internal.image.source.OciArchive;
import io.boxlite.internal.image.source.OciLayout;
import io.boxlite.internal.image.source.RootfsArchive;
import io.boxlite.internal.image.source.SourceImage;
import io.boxlite.internal.image.store.ArchiveDigests;
import io.boxlite.internal.image.store.RootImages;
import io.boxlite.internal.image.store.StoredImages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The images of a home directory, and the read-only root file systems made from them.
 *
 * <p>Any number of threads and of JVMs may use the same home directory at once.
 */
public final class ImageStore {

  private static final Logger log = LoggerFactory.getLogger(ImageStore.class);

  private final StoredImages images;
  private final RootImages rootImages;
  private final ArchiveDigests digests;
  private final CacheDirectory rootImageCache;
  private final Registries registries;

  private ImageStore(Home home, Limits limits, Registries registries, Runnable onAdded) {
    images = new StoredImages(home.images(), limits);
    rootImages = new RootImages(home.rootfs(), limits, onAdded);
    digests = new ArchiveDigests(home.rootfs().resolve("digests"));
    rootImageCache = rootImageCache(home);
    this.registries = registries;
  }

  /**
   * Opens the store of a home directory, creating the directory if necessary.
   *
   * @param registries mirrors and protocols of registries
   * @param proxies the proxies for connections to registries
   * @param onAdded called after each new root image
   * @throws BoxliteException when the directory cannot be used
   */
  public static ImageStore open(
      Path home, RegistrySettings registries, ProxySettings proxies, Runnable onAdded) {
    return open(home, Limits.DEFAULT, registries, proxies, onAdded);
  }

  /** Opens the store of a home directory with default settings for registries. */
  public static ImageStore open(Path home) {
    return open(home, Limits.DEFAULT);
  }

  static ImageStore open(Path home, Limits limits) {
    return open(home, limits, RegistrySettings.DEFAULT, ProxySettings.OF_JVM, () -> {});
  }

  private static ImageStore open(
      Path home,
      Limits limits,
      RegistrySettings registries,
      ProxySettings proxies,
      Runnable onAdded) {
    ImageStore store =
        new ImageStore(Home.open(home), limits, Registries.of(registries, proxies), onAdded);
    store.rootImages.deleteLeftovers();
    return store;
  }

  /** Returns the cache of root images in a home directory. */
  public static CacheDirectory rootImageCache(Home home) {
    return RootImages.cache(home.rootfs());
  }

  /**
   * Finds the image of a reference, and makes its root image if it does not exist yet.
   *
   * <p>A local source ({@code oci:}, {@code oci-archive:}, {@code docker-archive:}, {@code
   * rootfs:}) is read each time, whatever the policy. It need not be imported.
   *
   * @return the root image, to be closed when no box uses it
   * @throws IllegalArgumentException when the reference is malformed
   * @throws ImageNotFoundException when the image does not exist
   * @throws io.boxlite.ImageIntegrityException when the image is damaged
   * @throws BoxliteException when a file cannot be read or written
   */
  public RootImage rootImage(String reference, PullPolicy policy) {
    ImageReference image = ImageReference.parse(reference);
    try (LockFile use = images.use()) {
      return rootImage(find(image, reference, policy, PullProgress.lines(log::info)));
    }
  }

  /**
   * Pulls an image into the store if the policy requires it. A local source is read, but not
   * copied.
   *
   * @throws IllegalArgumentException when the reference is malformed
   * @throws ImageNotFoundException when the image does not exist
   * @throws io.boxlite.ImagePullException when the registry cannot be reached, denies access, or
   *     fails
   * @throws io.boxlite.ImageIntegrityException when the image is damaged
   * @throws BoxliteException when a file cannot be read or written
   */
  public ImageInfo pull(String reference, PullPolicy policy, PullListener listener) {
    ImageReference image = ImageReference.parse(reference);
    try (LockFile use = images.use()) {
      return info(image, reference, find(image, reference, policy, listener));
    }
  }

  /**
   * Returns information on an image of the store or of a local source.
   *
   * @throws IllegalArgumentException when the reference is malformed
   * @throws ImageNotFoundException when the image does not exist
   * @throws io.boxlite.ImageIntegrityException when the image is damaged
   */
  public ImageInfo inspect(String reference) {
    return pull(reference, PullPolicy.NEVER, PullListener.NONE);
  }

  /**
   * Returns the root image of the built-in image.
   *
   * @return the root image, to be closed when no box uses it
   * @throws BoxliteException when the guest's jar is not on the class path
   */
  public RootImage builtInRootImage() {
    GuestManifest guest = GuestManifest.read();
    return rootImage(
        RootfsArchive.of(
            "the built-in image",
            guest.builtInImageSize(),
            new Digest(guest.builtInImageSha256()),
            guest::openBuiltInImage));
  }

  /**
   * Copies an image of a local source into the store under a name, by which it is then found
   * offline. An image that had the name loses it.
   *
   * @param source {@code oci:DIR[:TAG]}, {@code oci-archive:FILE[:TAG]}, {@code
   *     docker-archive:FILE[:NAME]} or {@code rootfs:FILE.tar[.gz|.zst]}
   * @param name a name as in a registry, without a digest
   * @throws IllegalArgumentException when either argument is malformed
   * @throws ImageNotFoundException when the source has no such image
   * @throws io.boxlite.ImageIntegrityException when the image is damaged
   * @throws BoxliteException when a file cannot be read or written
   */
  public void importImage(String source, String name) {
    ImageReference reference = ImageReference.parse(source);
    if (reference instanceof ImageReference.Named) {
      throw new IllegalArgumentException(
          "source is \""
              + source
              + "\"; it must be oci:DIR[:TAG], oci-archive:FILE[:TAG],"
              + " docker-archive:FILE[:NAME] or rootfs:FILE.tar[.gz|.zst]");
    }
    ImageName target = ImageName.parse(name);
    if (target.digest().isPresent()) {
      throw new IllegalArgumentException(
          "name is \"" + name + "\"; leave out the digest, which follows from the image");
    }
    images.add(find(reference, source, PullPolicy.NEVER, PullListener.NONE), target);
  }

  /**
   * Removes an image from the store.
   *
   * @throws IllegalArgumentException when the name is malformed
   * @throws ImageNotFoundException when the image does not exist
   */
  public void remove(String name) {
    images.remove(ImageName.parse(name));
  }

  /**
   * Deletes images, and then root images, the least recently used first, until all together are
   * within a limit. Imported images are kept.
   *
   * @return the number of bytes freed
   */
  public long prune(long maxBytes) {
    long freed = images.prune(maxBytes);
    long left = Math.max(0, maxBytes - images.size());
    return freed + CacheDirectory.prune(left, List.of(rootImageCache));
  }

  /** Returns the names of all images in the store, sorted. */
  public List<String> list() {
    return images.names();
  }

  private SourceImage find(
      ImageReference reference, String text, PullPolicy policy, PullListener listener) {
    if (reference instanceof ImageReference.Oci oci) {
      return new OciLayout(oci.directory(), text).find(oci.tag().orElse(null));
    }
    if (reference instanceof ImageReference.OciArchive archive) {
      return new OciArchive(archive.file(), text).find(archive.tag().orElse(null));
    }
    if (reference instanceof ImageReference.Docker docker) {
      return new DockerArchive(docker.file(), text).find(docker.name().orElse(null));
    }
    if (reference instanceof ImageReference.Rootfs rootfs) {
      return rootfs(rootfs.file(), text);
    }
    return named(((ImageReference.Named) reference).name(), policy, listener);
  }

  private SourceImage named(ImageName name, PullPolicy policy, PullListener listener) {
    if (policy != PullPolicy.ALWAYS) {
      Optional<SourceImage> stored = images.find(name);
      if (stored.isPresent()) {
        return stored.get();
      }
    }
    if (policy == PullPolicy.NEVER) {
      throw notStored(name);
    }
    try (LockFile lock = images.lockPull(name)) {
      // A pull of the same name that this one waited for may have stored it by now.
      if (policy == PullPolicy.ALWAYS || images.find(name).isEmpty()) {
        registries.pull(name, images, listener);
      }
    }
    return images.find(name).orElseThrow(() -> notStored(name));
  }

  private ImageNotFoundException notStored(ImageName name) {
    return new ImageNotFoundException(
        "image "
            + name
            + " is not in the store, which has "
            + (list().isEmpty() ? "no images" : list())
            + "; pull it with images().pull(\""
            + name
            + "\") or use another pull policy than never, or import it, for instance with"
            + " images().importImage(\"oci:DIR\", \""
            + name
            + "\") or from oci-archive:FILE, docker-archive:FILE or rootfs:FILE.tar.gz");
  }

  private static ImageInfo info(ImageReference reference, String text, SourceImage image) {
    ImageConfig config = ImageConfig.of(image.configFile());
    ImageInfo.Builder info =
        ImageInfo.builder(
                reference instanceof ImageReference.Named named ? named.name().toString() : text,
                image.digest().toString())
            .layers(
                image.layers().stream()
                    .map(layer -> Objects.requireNonNullElse(layer.digest(), layer.diffId()))
                    .map(String::valueOf)
                    .toList())
            .sizeBytes(image.layers().stream().mapToLong(Layer::size).sum())
            .environment(config.environment())
            .entrypoint(config.entrypoint())
            .cmd(config.cmd());
    config.workingDir().ifPresent(info::workingDir);
    config.user().ifPresent(info::user);
    return info.build();
  }

  private SourceImage rootfs(Path file, String text) {
    if (!Files.isRegularFile(file)) {
      throw new ImageNotFoundException(
          text
              + (Files.isDirectory(file)
                  ? " is a directory; pack it with: tar -C " + file + " -czf ROOTFS.tar.gz ."
                  : ": there is no file " + file.toAbsolutePath()));
    }
    try {
      return RootfsArchive.of(
          text, Files.size(file), digests.digest(file, text), () -> Files.newInputStream(file));
    } catch (IOException e) {
      throw new BoxliteException(text + " cannot be read: " + e, e);
    }
  }

  private RootImage rootImage(SourceImage image) {
    // Read the configuration first, so that errors in it are reported before an image is made.
    ImageConfig config = ImageConfig.of(image.configFile());
    return new RootImage(rootImages.rootImage(image), image.digest().toString(), config);
  }
}
