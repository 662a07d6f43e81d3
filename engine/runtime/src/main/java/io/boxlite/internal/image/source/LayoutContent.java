package io.boxlite.internal.image.source;

import java.io.IOException;
import java.io.InputStream;

/** The files of an OCI image layout, in a directory or in an archive. */
interface LayoutContent {
  /**
   * Opens a file.
   *
   * @param path the path within the layout, with slashes
   * @throws java.nio.file.NoSuchFileException when the file does not exist
   */
  InputStream open(String path) throws IOException;

  /** Returns the location of a file, to complete the message {@code there is no …}. */
  String describe(String path);
}
