package io.boxlite.internal.box;

import io.boxlite.BoxOptions;
import io.boxlite.BoxVolume;
import io.boxlite.BoxliteException;
import io.boxlite.VolumeMode;
import io.boxlite.internal.guest.AgentClient;
import io.boxlite.internal.guest.GuestVolume;
import io.boxlite.internal.guest.proto.Tmpfs;
import io.boxlite.internal.guest.proto.VolumeStart;
import io.boxlite.internal.host.Deadline;
import io.boxlite.internal.host.tree.HostTree;
import io.boxlite.internal.vm.StartedVm;
import io.boxlite.internal.volume.NamedVolumes;
import io.boxlite.internal.volume.VolumeServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a box has mounted besides its root: volumes, and file systems in memory. It is attached to
 * each VM of the box after its start, so it is not a part of any template.
 */
final class BoxMounts implements AutoCloseable {
  private final BoxOptions options;
  private final String owner;
  private final Duration timeout;
  private final Map<BoxVolume, Path> directories;
  private final ResourceStack named;
  private List<VolumeServer> serving = List.of(); // guarded by this

  private BoxMounts(
      BoxOptions options,
      String owner,
      Duration timeout,
      Map<BoxVolume, Path> directories,
      ResourceStack named) {
    this.options = options;
    this.owner = owner;
    this.timeout = timeout;
    this.directories = directories;
    this.named = named;
  }

  /**
   * Finds the directories, and keeps named volumes in use until this is closed.
   *
   * @throws IllegalArgumentException if a directory does not exist, or two mounts have one path
   */
  static BoxMounts open(BoxOptions options, BoxPlan plan, NamedVolumes volumes) {
    requireDistinct(options);
    ResourceStack named = new ResourceStack();
    try {
      Map<BoxVolume, Path> directories =
          options.volumes().stream()
              .collect(
                  Collectors.toMap(volume -> volume, volume -> directory(volume, volumes, named)));
      String owner = options.user().or(plan.image().config()::user).orElse("");
      return new BoxMounts(options, owner, plan.startTimeout(), directories, named);
    } catch (RuntimeException | Error e) {
      named.close();
      throw e;
    }
  }

  private static void requireDistinct(BoxOptions options) {
    Set<String> tmpfs = options.tmpfs().keySet();
    options.volumes().stream()
        .map(BoxVolume::path)
        .filter(tmpfs::contains)
        .findFirst()
        .ifPresent(
            path -> {
              throw new IllegalArgumentException(
                  "volumes and tmpfs both have an entry for " + path + "; remove one of them");
            });
  }

  private static Path directory(BoxVolume volume, NamedVolumes volumes, ResourceStack named) {
    if (volume.name().isPresent()) {
      NamedVolumes.Use use = volumes.use(volume.name().get());
      named.add(use::close);
      return use.data();
    }
    Path directory = volume.directory().orElseThrow();
    if (!directory.toFile().isDirectory()) {
      throw new IllegalArgumentException(
          "the volume " + volume + " names no directory: there is no directory " + directory);
    }
    return directory;
  }

  /**
   * Attaches everything to a VM that has started, and returns it. Closes the VM if that fails.
   *
   * @throws BoxliteException if something cannot be mounted
   */
  StartedVm attach(StartedVm started) {
    List<VolumeServer> servers = new ArrayList<>();
    try {
      mount(started.vm().agent(), servers);
    } catch (RuntimeException | Error e) {
      started.vm().close();
      servers.forEach(VolumeServer::close);
      throw e;
    }
    List<VolumeServer> before;
    synchronized (this) {
      before = serving;
      serving = List.copyOf(servers);
    }
    before.forEach(VolumeServer::close);
    return started;
  }

  private void mount(AgentClient agent, List<VolumeServer> servers) {
    Deadline deadline = Deadline.in(timeout);
    for (String path : paths()) {
      Integer mib = options.tmpfs().get(path);
      if (mib != null) {
        Tmpfs tmpfs = Tmpfs.newBuilder().setPath(path).setSizeBytes((long) mib << 20).build();
        agent.mountTmpfs(List.of(tmpfs), deadline.left());
      }
      options.volumes().stream()
          .filter(volume -> volume.path().equals(path))
          .forEach(volume -> servers.add(serve(agent, volume, deadline)));
    }
  }

  /** Makes the box see everything that was changed in its volumes before. */
  void refresh() {
    List<VolumeServer> now;
    synchronized (this) {
      now = serving;
    }
    now.forEach(VolumeServer::refresh);
  }

  /** Returns all paths, what is above others first. */
  private List<String> paths() {
    List<String> paths = new ArrayList<>(options.tmpfs().keySet());
    options.volumes().forEach(volume -> paths.add(volume.path()));
    paths.sort(Comparator.comparingInt((String path) -> path.split("/").length));
    return paths;
  }

  private VolumeServer serve(AgentClient agent, BoxVolume volume, Deadline deadline) {
    boolean readOnly = volume.mode() == VolumeMode.READ_ONLY;
    VolumeStart start =
        VolumeStart.newBuilder()
            .setPath(volume.path())
            .setReadOnly(readOnly)
            .setOwner(owner)
            .build();
    HostTree tree = HostTree.open(Objects.requireNonNull(directories.get(volume)));
    GuestVolume guest;
    try {
      guest = agent.attach(start, deadline.left());
    } catch (RuntimeException | Error e) {
      tree.close();
      throw e;
    }
    return VolumeServer.start(tree, volume.mode(), guest);
  }

  /** Ends the servers of all volumes, and no longer keeps named volumes in use. */
  @Override
  public void close() {
    List<VolumeServer> servers;
    synchronized (this) {
      servers = serving;
      serving = List.of();
    }
    ResourceStack all = new ResourceStack();
    all.add(named::close);
    servers.forEach(server -> all.add(server::close));
    all.close();
  }
}
