package io.boxlite.internal.image.source;

import java.io.IOException;
import java.io.InputStream;

/** The files of an OCI image layout, in a directory or in an archive. */
interface LayoutContent {
  /**
   * Opens a file.
   *
   * @param path from the layout's top, with slashes
   * @throws java.nio.file.NoSuchFileException when there is none
   */
  InputStream open(String path) throws IOException;

  /** Where a file is or would be, for messages: {@code there is no …}. */
  String describe(String path);
}
