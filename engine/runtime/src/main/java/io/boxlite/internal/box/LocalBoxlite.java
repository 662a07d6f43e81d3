package io.boxlite.internal.box;

import io.boxlite.BoxNetwork;
import io.boxlite.BoxOptions;
import io.boxlite.Boxlite;
import io.boxlite.BoxliteOptions;
import io.boxlite.HostInfo;
import io.boxlite.Images;
import io.boxlite.LiteBox;
import io.boxlite.Templates;
import io.boxlite.Volumes;
import io.boxlite.internal.guest.AgentClient;
import io.boxlite.internal.guest.GuestIo;
import io.boxlite.internal.host.Home;
import io.boxlite.internal.host.ThreadEnd;
import io.boxlite.internal.host.cache.CachePruner;
import io.boxlite.internal.host.hypervisor.AcceleratorChoice;
import io.boxlite.internal.host.hypervisor.HostInspection;
import io.boxlite.internal.host.memory.MemoryLedger;
import io.boxlite.internal.host.settings.Settings;
import io.boxlite.internal.image.ImageStore;
import io.boxlite.internal.image.RootImage;
import io.boxlite.internal.network.Networks;
import io.boxlite.internal.vm.Hypervisors;
import io.boxlite.internal.vm.Machines;
import io.boxlite.internal.vm.StartedVm;
import io.boxlite.internal.vm.machine.Hypervisor;
import io.boxlite.internal.volume.NamedVolumes;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The engine on this machine: everything that its boxes share. */
public final class LocalBoxlite implements Boxlite {
  private final Settings settings;
  private final Home home;
  private final CachePruner pruner;
  private final ImageStore images;
  private final Hypervisors hypervisors;
  private final Machines machines;
  private final Networks networks;
  private final BoxNetworks boxNetworks = new BoxNetworks();
  private final NamedVolumes volumes;
  private final BoxTrust.Known knownTrust = new BoxTrust.Known();
  private final GuestIo io;
  private final Thread preload = new Thread(AgentClient::preload, "boxlite-preload");
  private final BoxRegistry boxes = new BoxRegistry();

  private LocalBoxlite(Settings settings) {
    this.settings = settings;
    home = Home.open(settings.home());
    pruner =
        new CachePruner(
            (long) settings.cacheLimitMib() << 20,
            List.of(ImageStore.rootImageCache(home), Machines.templateCache(home)));
    images = ImageStore.open(home.root(), settings.registries(), settings.proxies(), pruner::added);
    hypervisors = new Hypervisors(settings, home);
    volumes = new NamedVolumes(home.volumes());
    networks = new Networks(settings.trustedCertificates());
    machines =
        new Machines(
            home,
            MemoryLedger.open(home, settings.memoryLimitMib()),
            networks,
            settings.poolSize(),
            pruner::added);
    io = GuestIo.share();
    preload.setDaemon(true);
    preload.start();
  }

  /** Opens the engine; see {@link Boxlite#open(BoxliteOptions)}. */
  public static Boxlite open(BoxliteOptions options) {
    return new LocalBoxlite(Settings.resolve(options));
  }

  /** Returns the keys of all settings. */
  public static List<String> settings() {
    return Settings.keys();
  }

  /** Returns the options, completed from the settings; see {@link BoxliteOptions#resolved()}. */
  public static BoxliteOptions resolve(BoxliteOptions options) {
    Settings settings = Settings.resolve(options);
    BoxliteOptions.Builder resolved =
        BoxliteOptions.builder()
            .home(settings.home())
            .accelerator(settings.accelerator())
            .pullPolicy(settings.pullPolicy())
            .securityUnavailable(settings.securityUnavailable())
            .cacheLimitMib(settings.cacheLimitMib())
            .poolSize(settings.poolSize())
            .fallbackSettings(options.fallbackSettings());
    settings.qemu().ifPresent(resolved::qemu);
    settings.memoryLimitMib().ifPresent(resolved::memoryLimitMib);
    options
        .proxySelector()
        .ifPresent(
            selector -> resolved.proxies(selector, options.proxyAuthenticator().orElseThrow()));
    return resolved.build();
  }

  /** Examines this machine with these options, without opening the engine. */
  public static HostInfo inspect(BoxliteOptions options) {
    return HostInspection.inspect(Settings.resolve(options));
  }

  @Override
  public LiteBox create(BoxOptions options) {
    long begin = System.nanoTime();
    boxes.reserve(options.name());
    ResourceStack resources = new ResourceStack();
    resources.add(() -> boxes.release(options.name()));
    try {
      BoxPlan plan = plan(options);
      resources.add(plan::close);
      LocalNetwork network = LocalNetwork.open(networks, boxNetworks, options, resources);
      BoxMounts mounts = BoxMounts.open(options, plan, volumes);
      resources.add(mounts::close);
      BoxTrust trust = new BoxTrust(network.secrets(), options, plan, knownTrust);
      StartedVm started =
          trust.install(
              mounts.attach(
                  machines.start(plan.template(), options.hostname(), plan.startTimeout())));
      resources.add(started.vm()::close); // in case the box cannot be used
      options.name().ifPresent(started.memory()::label);
      resources.add(() -> boxes.remove(started.vm().id()));
      // After a reset the guest keeps its host name.
      Optional<String> hostname = Optional.of(options.hostname().orElse(started.vm().id()));
      Duration startTime = Duration.ofNanos(System.nanoTime() - begin);
      LiteBox box =
          new LocalBox(
              options,
              plan.image(),
              started,
              () ->
                  trust.install(
                      mounts.attach(
                          machines.start(plan.template(), hostname, plan.startTimeout()))),
              mounts,
              plan.accelerator().reason(),
              plan.security(),
              network,
              startTime,
              resources::close);
      return adopt(box);
    } catch (RuntimeException | Error e) {
      resources.close();
      throw e;
    }
  }

  @Override
  public Optional<LiteBox> get(String idOrName) {
    return boxes.find(idOrName);
  }

  @Override
  public List<LiteBox> list() {
    return boxes.list();
  }

  @Override
  public BoxNetwork newNetwork() {
    return boxNetworks.create();
  }

  @Override
  public BoxNetwork newNetwork(String name) {
    return boxNetworks.create(name);
  }

  @Override
  public Images images() {
    return new LocalImages(images);
  }

  @Override
  public Templates templates() {
    return new LocalTemplates(machines, this::plan);
  }

  @Override
  public Volumes volumes() {
    return new LocalVolumes(volumes);
  }

  @Override
  public HostInfo host() {
    return HostInspection.inspect(settings);
  }

  @Override
  public void close() {
    ResourceStack all = new ResourceStack();
    all.add(io::close);
    // No thread of this instance may outlive it.
    all.add(() -> ThreadEnd.await(preload));
    all.add(pruner::close);
    all.add(hypervisors::close);
    all.add(machines::close);
    all.add(boxNetworks::close);
    boxes.close().forEach(box -> all.add(box::close));
    all.close();
  }

  private LiteBox adopt(LiteBox box) {
    if (!boxes.add(box)) {
      box.close();
      boxes.requireOpen();
    }
    return box;
  }

  /**
   * Resolves everything that the options leave open. The plan keeps the image in use until it is
   * closed.
   */
  private BoxPlan plan(BoxOptions options) {
    AcceleratorChoice accelerator =
        AcceleratorChoice.of(options.accelerator().orElse(settings.accelerator()));
    SecurityPlan security = SecurityPlan.of(options.security(), settings.securityUnavailable());
    Hypervisor hypervisor = hypervisors.choose(accelerator.accelerator());
    RootImage image =
        options
            .image()
            .map(
                reference ->
                    images.rootImage(reference, options.pullPolicy().orElse(settings.pullPolicy())))
            .orElseGet(images::builtInRootImage);
    try {
      return BoxPlan.of(options, image, accelerator, hypervisor, security, settings.startTimeout());
    } catch (RuntimeException | Error e) {
      image.close();
      throw e;
    }
  }
}
