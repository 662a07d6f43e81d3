package io.boxlite.maven;

import io.boxlite.Boxlite;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/**
 * Frees disk space: deletes cached images, root images and templates that were not used for
 * longest. What is in use stays, and so do imported images, whatever their name, since they cannot
 * be fetched. Other images are fetched again, and templates made again, when a box needs them.
 */
@Mojo(name = "prune", requiresProject = false, threadSafe = true)
public final class PruneMojo extends EngineMojo {
  /**
   * How much of images and how much of templates may stay, each, with its unit: 0B (all goes, the
   * default), 512MiB, 10GiB.
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
