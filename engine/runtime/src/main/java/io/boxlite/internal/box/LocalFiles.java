package io.boxlite.internal.box;

import io.boxlite.BoxFileSystem;
import io.boxlite.FileAttributes;
import io.boxlite.internal.check.Arguments;
import io.boxlite.internal.guest.BoxFiles;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** The files of a {@link LocalBox}, in the VM currently behind it. */
final class LocalFiles implements BoxFileSystem {
  private final Consumer<Consumer<BoxFiles>> guest;
  private final LongSupplier capacity;

  /**
   * Creates the handle.
   *
   * @param guest runs an action on the files of the current VM
   * @param capacity returns how many bytes the box can hold
   */
  LocalFiles(Consumer<Consumer<BoxFiles>> guest, LongSupplier capacity) {
    this.guest = guest;
    this.capacity = capacity;
  }

  @Override
  public void copyIn(Path source, String target, FileAttributes attributes) {
    Arguments.absolutePath("target", target);
    Path name = source.toAbsolutePath().normalize().getFileName();
    String place = target.endsWith("/") && name != null ? target + name : target;
    guest.accept(files -> files.copyIn(source, place, attributes));
  }

  @Override
  public void copyOut(String source, Path target) {
    Arguments.absolutePath("source", source);
    guest.accept(files -> files.copyOut(source, target, capacity.getAsLong()));
  }

  @Override
  public byte[] read(String path) {
    Arguments.absolutePath("path", path);
    byte[][] content = new byte[1][];
    guest.accept(files -> content[0] = files.read(path, MAX_READ_BYTES));
    return content[0];
  }

  @Override
  public void write(String path, byte[] content, FileAttributes attributes) {
    Arguments.absolutePath("path", path);
    guest.accept(files -> files.write(path, content, attributes));
  }
}
