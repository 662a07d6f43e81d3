package io.boxlite.bench;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** The built-in image with one more program: the timer of fork and exec inside the guest. */
final class ForkExecImage {
  private static final String DEFAULT_IMAGE = "/io/boxlite/guest/linux-x86_64/default-image.tar";

  private ForkExecImage() {}

  /** Writes the image's tar, with the program as {@code /bin/fork_exec}. */
  static void write(Path program, Path tar) throws IOException {
    try (InputStream base = ForkExecImage.class.getResourceAsStream(DEFAULT_IMAGE);
        TarArchiveInputStream in = new TarArchiveInputStream(new BufferedInputStream(base));
        OutputStream file = Files.newOutputStream(tar);
        TarArchiveOutputStream out = new TarArchiveOutputStream(file)) {
      for (TarArchiveEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        out.putArchiveEntry(entry);
        in.transferTo(out);
        out.closeArchiveEntry();
      }
      TarArchiveEntry entry = new TarArchiveEntry(program.toFile(), "bin/fork_exec");
      entry.setMode(0100755);
      out.putArchiveEntry(entry);
      Files.copy(program, out);
      out.closeArchiveEntry();
    }
  }
}
