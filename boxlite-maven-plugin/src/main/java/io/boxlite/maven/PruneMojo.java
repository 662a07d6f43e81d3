package io.boxlite.maven;

import io.boxlite.Boxlite;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/**
 * Frees disk space: deletes the least recently used cached images, root images and templates. Those
 * in use are kept, and so are imported images, which cannot be pulled. Other images are pulled
 * again, and templates made again, when a box needs them.
 */
@Mojo(name = "prune", requiresProject = false, threadSafe = true)
public final class PruneMojo extends EngineMojo {
  /**
   * How much to keep, of images and of templates each, with its unit: 0B (nothing, the default),
   * 512MiB, 10GiB.
   */
  @Parameter(property = "boxlite.maven.prune.keep", defaultValue = "0B")
  @Nullable String keep;

  /** Made by Maven, which sets the parameters. */
  public PruneMojo() {}

  @Override
  void perform() {
    long most;
    try {
      most = Quantity.bytes(keep == null ? "0B" : keep);
    } catch (IllegalArgumentException e) {
      throw new BadConfiguration("<keep>: is \"" + keep + "\": " + e.getMessage());
    }
    try (Boxlite boxlite = Boxlite.open(options())) {
      long templates = boxlite.templates().prune(most);
      long images = boxlite.images().prune(most);
      getLog()
          .info(
              "freed "
                  + Quantity.size(images)
                  + " of images and "
                  + Quantity.size(templates)
                  + " of templates");
    }
  }
}
