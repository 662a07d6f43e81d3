package io.boxlite.maven;

import io.boxlite.Boxlite;
import io.boxlite.text.SizeText;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/**
 * Frees disk space by deleting the least recently used images, root images and templates. Keeps
 * those in use, and imported images, which cannot be pulled. Images are pulled again, and templates
 * made again, when a box needs them.
 */
@Mojo(name = "prune", requiresProject = false, threadSafe = true)
public final class PruneMojo extends EngineMojo {
  /**
   * The size up to which images, and likewise templates, are kept, with a unit: 512MiB, 10GiB.
   * Defaults to 0B, which keeps nothing.
   */
  @Parameter(property = "boxlite.maven.prune.keep", defaultValue = "0B")
  @Nullable String keep;

  /** Called by Maven, which then sets the parameters. */
  public PruneMojo() {}

  @Override
  void perform() {
    long most;
    try {
      most = SizeText.parse(keep == null ? "0B" : keep);
    } catch (IllegalArgumentException e) {
      throw new InvalidConfigurationException("<keep>: is \"" + keep + "\": " + e.getMessage(), e);
    }
    try (Boxlite boxlite = Boxlite.open(options())) {
      long templates = boxlite.templates().prune(most);
      long images = boxlite.images().prune(most);
      getLog()
          .info(
              "freed "
                  + SizeText.format(images)
                  + " of images and "
                  + SizeText.format(templates)
                  + " of templates");
    }
  }
}
