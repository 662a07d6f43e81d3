package io.boxlite.internal.image.layer;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import com.github.luben.zstd.util.Native;
import io.boxlite.BoxliteException;
import io.boxlite.ImageIntegrityException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Decompresses Zstandard (RFC 8878): any number of frames, including skippable ones, in which some
 * tools store tables of contents.
 *
 * <p>The decoder is native and allocates a frame's window outside the heap. The window is limited
 * to what {@code zstd --long} writes and the {@code zstd} command reads by default.
 */
final class Zstandard extends SinglePathStream {
  /** Base-2 logarithm of the largest window, 128 MiB. */
  private static final int MAX_WINDOW_LOG = 27;

  private Zstandard(InputStream decoder) {
    super(decoder);
  }

  /** Decompresses a stream, which is closed with the returned one. */
  static InputStream decompress(InputStream in) throws IOException {
    load();
    return new Zstandard(new ZstdInputStreamNoFinalizer(in).setLongMax(MAX_WINDOW_LOG));
  }

  @Override
  public int read(byte[] to, int offset, int length) throws IOException {
    try {
      return in.read(to, offset, length);
    } catch (ZstdIOException e) {
      if (e.getErrorCode() == Zstd.errMemoryAllocation()) {
        throw new IOException("there is not enough memory for the window of a Zstandard frame", e);
      }
      if (e.getErrorCode() == Zstd.errFrameParameterWindowTooLarge()) {
        throw new ImageIntegrityException(
            "a Zstandard frame requires a window of more than "
                + (1 << MAX_WINDOW_LOG >> 20)
                + " MiB, which is the limit; compress with --long="
                + MAX_WINDOW_LOG
                + " or less",
            e);
      }
      throw new ImageIntegrityException(
          "its Zstandard stream is damaged or truncated: " + e.getMessage(), e);
    }
  }

  /**
   * Loads the library, from the directory that JNA also uses when programs cannot be run from the
   * directory for temporary files.
   */
  private static void load() {
    try {
      Native.load();
    } catch (LinkageError e) {
      // user.home is "?" for a user that is not in the password database.
      String home = System.getProperty("user.home", "?");
      Path directory = Path.of(home.startsWith("/") ? home : "/", ".cache");
      try {
        Files.createDirectories(directory);
        Native.load(directory.toFile());
      } catch (LinkageError | IOException second) {
        e.addSuppressed(second);
        throw new BoxliteException(
            "the Zstandard library cannot be loaded: "
                + e.getMessage()
                + "; set the system property ZstdTempFolder to a directory from which programs can"
                + " be run",
            e);
      }
    }
  }
}
