package io.boxlite.internal.vm.qemu;

import io.boxlite.BoxStartException;
import io.boxlite.IsolationReport.Namespace;
import io.boxlite.IsolationReport.ResourceControl;
import io.boxlite.internal.host.ChildProcess;
import io.boxlite.internal.host.cgroup.CgroupLimits;
import io.boxlite.internal.host.cgroup.HostCgroup;
import io.boxlite.internal.host.cgroup.HostCgroups;
import io.boxlite.internal.host.jail.Bind;
import io.boxlite.internal.host.jail.Bind.Access;
import io.boxlite.internal.host.jail.Jail;
import io.boxlite.internal.host.jail.JailSpec;
import io.boxlite.internal.host.jail.ProgramFiles;
import io.boxlite.internal.vm.machine.BoxDirectory;
import io.boxlite.internal.vm.machine.ProcessIsolation;
import io.boxlite.text.SizeText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Starts QEMU in a jail. */
final class JailedLauncher implements QemuLauncher {
  /** Where QEMU runs: the directory of its box. */
  private static final Path BOX = Path.of("/box");

  private static final List<Path> DEVICES = List.of(Path.of("/dev/null"), Path.of("/dev/urandom"));
  private static final String WITHOUT_MEMORY =
      "Let this user create cgroups with the controller memory: those that it can create lack it.";

  private static final String WITHOUT_CGROUP =
      "Let this user create cgroups, to limit the hypervisor's memory and processor time: ";

  private static final Path KVM = Path.of("/dev/kvm");

  private final Jail jail;
  private final QemuFiles onHost;
  private final ProgramFiles program;
  private final TemplateMemories memories;
  private final Optional<QemuFilter> filter;
  private final boolean kvm;
  private final long maxFileBytes;
  private final CgroupLimits limits;
  private TemplateMemories.@Nullable Use memory;
  private @Nullable HostCgroup cgroup;
  private CompletableFuture<Void> inCgroup = CompletableFuture.completedFuture(null);
  private @Nullable ProcessIsolation isolation;

  /**
   * Creates a launcher for one machine.
   *
   * @param filter the system call filter; empty for none
   * @param kvm whether QEMU uses KVM
   * @param maxFileBytes the size to which QEMU may extend a file
   * @param limits the limits of its cgroup, where this machine has cgroups for it
   */
  JailedLauncher(
      Jail jail,
      QemuFiles onHost,
      ProgramFiles program,
      TemplateMemories memories,
      Optional<QemuFilter> filter,
      boolean kvm,
      long maxFileBytes,
      CgroupLimits limits) {
    this.jail = jail;
    this.onHost = onHost;
    this.program = program;
    this.memories = memories;
    this.filter = filter;
    this.kvm = kvm;
    this.maxFileBytes = maxFileBytes;
    this.limits = limits;
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
            "box " + directory.id() + " did not start: there is no file " + bind.source(),
            "",
            null);
      }
      jail.openForReading(bind.source());
    }
    HostCgroup group =
        HostCgroups.detect().map(all -> all.create(directory.id(), limits)).orElse(null);
    cgroup = group;
    List<Path> entries = group == null ? List.of() : group.entryFiles();
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
            entries,
            maxFileBytes);
    isolation = isolation(jail.user(directory.id()), Jail.visible(spec), group);
    ChildProcess process = jail.start(spec);
    if (group != null && entries.isEmpty()) {
      inCgroup = group.addLater(process.identity().pid());
    }
    return process;
  }

  @Override
  public void awaitConfined(Duration timeout) throws IOException, InterruptedException {
    try {
      inCgroup.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw new IOException("QEMU cannot be moved into its cgroup: " + e.getCause(), e);
    } catch (TimeoutException e) {
      throw new IOException("QEMU was not moved into its cgroup within " + timeout, e);
    }
  }

  @Override
  public boolean ranOutOfMemory() {
    return cgroup != null && cgroup.ranOutOfMemory();
  }

  private ProcessIsolation isolation(long uid, List<String> visible, @Nullable HostCgroup group) {
    List<String> limits = new ArrayList<>();
    limits.add("files of " + SizeText.format(maxFileBytes));
    if (group != null) {
      limits.addAll(group.limits());
    }
    return new ProcessIsolation(
        EnumSet.allOf(Namespace.class),
        uid,
        visible,
        filter.isPresent() ? OptionalInt.of(filter.get().allowedCalls()) : OptionalInt.empty(),
        control(group),
        limits,
        improvements(group));
  }

  private static List<String> improvements(@Nullable HostCgroup group) {
    if (group == null) {
      return List.of(WITHOUT_CGROUP + HostCgroups.unavailableReason() + ".");
    }
    return group.limitsMemory() ? List.of() : List.of(WITHOUT_MEMORY);
  }

  private static ResourceControl control(@Nullable HostCgroup group) {
    if (group == null || !group.limitsMemory()) {
      return ResourceControl.RLIMITS;
    }
    return group.version() == 1 ? ResourceControl.CGROUP_V1 : ResourceControl.CGROUP_V2;
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
    if (cgroup != null) {
      cgroup.close();
    }
  }
}
