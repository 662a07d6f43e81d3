package io.boxlite.internal.vm.template;

import java.io.IOException;
import java.nio.file.Path;

/** A template whose description was made to agree with files that were changed. */
public final class Redescribed {
  private Redescribed() {}

  /**
   * Describes the files of a template as they are now.
   *
   * @param directory the template's directory
   */
  public static void asItIs(TemplateSpec spec, Path directory) throws IOException {
    TemplateDescription.of(spec, directory).write(directory);
  }
}
