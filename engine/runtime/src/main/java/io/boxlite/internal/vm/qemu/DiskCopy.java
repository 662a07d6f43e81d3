package io.boxlite.internal.vm.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import io.boxlite.internal.host.Deadline;
import io.boxlite.internal.host.SparseFile;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Copies the scratch disk of a running machine into a file: a backup job of QEMU, which sees the
 * disk as it was when the job started (qapi/block-core.json, {@code blockdev-backup}).
 */
final class DiskCopy {
  private static final String NAME = "disk-copy";
  private static final long POLL_MILLIS = 20; // a disk of some MiB is copied in less

  private final QmpClient qmp;
  private final Path written;
  private final Deadline deadline;

  /**
   * Copies the disk of a machine.
   *
   * @param written a file that QEMU can write to
   */
  DiskCopy(QmpClient qmp, Path written, Deadline deadline) {
    this.qmp = qmp;
    this.written = written;
    this.deadline = deadline;
  }

  /**
   * Copies the disk.
   *
   * @param original the disk that the machine started from
   * @param copy the file to create
   */
  void run(Path original, Path copy) throws IOException, QmpException, InterruptedException {
    try (RandomAccessFile file = new RandomAccessFile(written.toFile(), "rw")) {
      try {
        // Blocks that the machine has not written are copied here, since QEMU would fill all holes.
        SparseFile.overwrite(original, written);
        backUp();
        SparseFile.copy(written, copy);
      } finally {
        file.setLength(0);
      }
    }
  }

  private void backUp() throws QmpException, InterruptedException {
    // Not drive-backup: it opens the copy with the options of the disk. For a temporary disk, it
    // would delete the copy when the machine ends.
    execute(
        "blockdev-add",
        Map.of(
            "node-name",
            NAME,
            "driver",
            "raw",
            "file",
            Map.of("driver", "file", "filename", QemuCommandLine.DISK_COPY)));
    try {
      execute(
          "blockdev-backup",
          Map.of(
              "job-id",
              NAME,
              "device",
              QemuCommandLine.SCRATCH_NODE,
              "target",
              NAME,
              "sync",
              "top",
              "auto-dismiss",
              false)); // so that an error can be queried
      awaitEnd();
    } finally {
      execute("blockdev-del", Map.of("node-name", NAME));
    }
  }

  private void awaitEnd() throws QmpException, InterruptedException {
    JsonNode job = job();
    while (!job.path("status").asText().equals("concluded")) {
      if (deadline.isOver()) {
        throw QmpException.noAnswer(
            "blockdev-backup",
            "the disk was not copied within " + deadline.whole().toMillis() + " ms",
            null);
      }
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      job = job();
    }
    execute("job-dismiss", Map.of("id", NAME));
    if (job.has("error")) {
      throw QmpException.refused("blockdev-backup", "GenericError", job.path("error").asText());
    }
  }

  private JsonNode job() throws QmpException, InterruptedException {
    for (JsonNode job : execute("query-jobs", Map.of())) {
      if (job.path("id").asText().equals(NAME)) {
        return job;
      }
    }
    throw QmpException.noAnswer("query-jobs", "there is no job " + NAME, null);
  }

  private JsonNode execute(String command, Map<String, ?> arguments)
      throws QmpException, InterruptedException {
    return qmp.execute(command, arguments, deadline.left());
  }
}
