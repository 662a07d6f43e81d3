package io.boxlite.internal.vm.qemu;

import io.boxlite.internal.host.ChildProcess;
import io.boxlite.internal.host.jail.Bind;
import io.boxlite.internal.host.jail.Bind.Access;
import io.boxlite.internal.host.jail.Jail;
import io.boxlite.internal.host.jail.JailSpec;
import io.boxlite.internal.host.jail.ProgramFiles;
import io.boxlite.internal.vm.machine.BoxDirectory;
import io.boxlite.internal.vm.machine.ProcessIsolation;
import java.io.IOException;
import io.boxlite.BoxStartException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Starts QEMU in a jail. */
final class JailedLauncher implements QemuLauncher {
  /** Where QEMU runs: the directory of its box. */
  private static final Path BOX = Path.of("/box");

  private static final List<Path> DEVICES = List.of(Path.of("/dev/null"), Path.of("/dev/urandom"));
  private static final Path KVM = Path.of("/dev/kvm");

  private final Jail jail;
  private final QemuFiles onHost;
  private final ProgramFiles program;
  private final TemplateMemories memories;
  private final Optional<QemuFilter> filter;
  private final boolean kvm;
  private final long maxFileBytes;
  private TemplateMemories.@Nullable Use memory;
  private @Nullable ProcessIsolation isolation;

  /**
   * Creates a launcher for one machine.
   *
   * @param filter the system call filter; empty for none
   * @param kvm whether QEMU uses KVM
   * @param maxFileBytes the size to which QEMU may extend a file
   */
  JailedLauncher(
      Jail jail,
      QemuFiles onHost,
      ProgramFiles program,
      TemplateMemories memories,
      Optional<QemuFilter> filter,
      boolean kvm,
      long maxFileBytes) {
    this.jail = jail;
    this.onHost = onHost;
    this.program = program;
    this.memories = memories;
    this.filter = filter;
    this.kvm = kvm;
    this.maxFileBytes = maxFileBytes;
  }

  @Override
  public QemuFiles files() {
    return onHost.inJail();
  }

  @Override
  public Path memory(Path state) throws IOException {
    memory = memories.of(state);
    return JailSpec.MEMORY;
  }

  @Override
  public ChildProcess start(
      BoxDirectory directory, List<String> argv, Path input, List<Path> writable)
      throws IOException {
    jail.open(directory.id(), directory.path(), writable);
    for (Bind bind : onHost.binds()) {
      if (!Files.exists(bind.source())) {
        throw new BoxStartException(
            "box " + directory.id() + " did not start: there is no file " + bind.source(), "", null);
      }
      jail.openForReading(bind.source());
    }
    JailSpec spec =
        new JailSpec(
            directory.id(),
            argv,
            BOX,
            input,
            binds(directory, writable),
            program.links(),
            filter.map(QemuFilter::file),
            Optional.ofNullable(memory).map(TemplateMemories.Use::file),
            maxFileBytes);
    isolation =
        new ProcessIsolation(
            Jail.namespaces(),
            jail.user(directory.id()),
            Jail.visible(spec),
            filter.isPresent()
                ? OptionalInt.of(filter.get().allowedCalls())
                : OptionalInt.empty(),
            "limits of the process: files of at most " + (maxFileBytes >> 20) + " MiB");
    return jail.start(spec);
  }

  private List<Bind> binds(BoxDirectory directory, List<Path> writable) {
    List<Bind> binds = new ArrayList<>(program.binds());
    DEVICES.forEach(device -> binds.add(new Bind(device, device, Access.DEVICE)));
    if (kvm) {
      binds.add(new Bind(KVM, KVM, Access.DEVICE));
    }
    binds.addAll(onHost.binds());
    // A directory that can be written to could be filled; a file is limited in size.
    binds.add(new Bind(directory.path(), BOX, Access.READ_ONLY));
    for (Path file : writable) {
      binds.add(new Bind(file, BOX.resolve(file.getFileName()), Access.READ_WRITE));
    }
    return binds;
  }

  @Override
  public ProcessIsolation isolation() {
    if (isolation == null) {
      throw new IllegalStateException("QEMU was not started");
    }
    return isolation;
  }

  @Override
  public void close() {
    if (memory != null) {
      memory.close();
    }
  }
}
