package io.boxlite;

import io.boxlite.internal.guest.AgentClient;
import io.boxlite.internal.guest.GuestIo;
import io.boxlite.internal.host.GuestFiles;
import io.boxlite.internal.host.Home;
import io.boxlite.internal.host.ThreadEnd;
import io.boxlite.internal.host.cache.CachePruner;
import io.boxlite.internal.host.hypervisor.AcceleratorChoice;
import io.boxlite.internal.host.hypervisor.HostInspection;
import io.boxlite.internal.host.hypervisor.QemuBinary;
import io.boxlite.internal.host.memory.MemoryLedger;
import io.boxlite.internal.host.settings.Settings;
import io.boxlite.internal.image.ImageStore;
import io.boxlite.internal.image.RootImage;
import io.boxlite.internal.vm.Machines;
import io.boxlite.internal.vm.StartedVm;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Makes boxes, and is their owner: closing it ends them all.
 *
 * <pre>{@code
 * try (Boxlite boxlite = Boxlite.open();
 *     LiteBox box = boxlite.create(BoxOptions.image("python:slim").build())) {
 *   ExecResult hello = box.exec("python3", "-c", "print('hi')");
 * }
 * }</pre>
 *
 * <p>All methods may be called by any thread. Any number may be open at once, in one JVM or many.
 */
public final class Boxlite implements AutoCloseable {
  private final Settings settings;
  private final Home home;
  private final CachePruner pruner;
  private final ImageStore images;
  private final Machines machines;
  private final GuestIo io;
  private final Thread preload = new Thread(AgentClient::preload, "boxlite-preload");
  private final BoxRegistry boxes = new BoxRegistry();

  private Boxlite(Settings settings) {
    this.settings = settings;
    home = Home.open(settings.home());
    pruner =
        new CachePruner(
            (long) settings.cacheLimitMib() << 20,
            List.of(ImageStore.rootImageCache(home), Machines.templateCache(home)));
    images = ImageStore.open(home.root(), settings.registries(), settings.proxies(), pruner::added);
    machines =
        new Machines(
            home,
            MemoryLedger.open(home, settings.memoryLimitMib()),
            settings.poolSize(),
            pruner::added);
    io = GuestIo.share();
    preload.setDaemon(true);
    preload.start();
  }

  /**
   * Opens with what the settings say: the system properties and environment variables named in
   * {@link BoxliteOptions}.
   *
   * @throws BoxliteException when a setting is wrong or the home directory cannot be used
   */
  public static Boxlite open() {
    return open(BoxliteOptions.defaults());
  }

  /**
   * Opens with options, which go before the settings.
   *
   * @throws BoxliteException when a setting is wrong or the home directory cannot be used
   */
  public static Boxlite open(BoxliteOptions options) {
    return new Boxlite(Settings.resolve(options));
  }

  /**
   * The keys of all settings, such as {@code boxlite.home}: the system properties that are looked
   * at, and what {@link BoxliteOptions.Builder#fallbackSettings} takes.
   */
  public static List<String> settings() {
    return Settings.keys();
  }

  /**
   * Starts a box and returns when it takes commands.
   *
   * <p>Where this machine has no memory left for it, the box waits until others have ended, those
   * of other JVMs included: first come, first served, and no longer than its {@linkplain
   * BoxOptions#startTimeout() start timeout}.
   *
   * @param options what the box is made of
   * @return the box, to be closed
   * @throws ImageNotFoundException when the image reference leads to no image
   * @throws ImagePullException when the image is to be fetched and its registry cannot be reached,
   *     refuses, or fails
   * @throws ImageIntegrityException when the image is damaged
   * @throws HypervisorUnavailableException when there is no usable QEMU, or not the accelerator
   *     that was asked for
   * @throws BoxStartException when the box does not start, or not in time, or there is not memory
   *     enough for it, saying who has it
   * @throws IllegalArgumentException when another box has the name
   * @throws IllegalStateException when this is closed
   */
  public LiteBox create(BoxOptions options) {
    long begin = System.nanoTime();
    boxes.reserve(options.name());
    ResourceStack holdings = new ResourceStack();
    holdings.add(() -> boxes.release(options.name()));
    try {
      BoxPlan plan = plan(options);
      holdings.add(plan::close);
      StartedVm started = machines.start(plan.template(), options.hostname(), plan.startTimeout());
      options.name().ifPresent(started.memory()::label);
      holdings.add(() -> boxes.remove(started.vm().id()));
      // The guest of a box that is reset keeps the name that it had.
      Optional<String> hostname = Optional.of(options.hostname().orElse(started.vm().id()));
      Duration startTime = Duration.ofNanos(System.nanoTime() - begin);
      LiteBox box =
          new LiteBox(
              options,
              plan.image(),
              started,
              () -> machines.start(plan.template(), hostname, plan.startTimeout()),
              plan.accelerator().reason(),
              startTime,
              holdings::close);
      return adopt(box);
    } catch (RuntimeException | Error e) {
      holdings.close();
      throw e;
    }
  }

  /** The box with this id or name, if it is one of this Boxlite's and not closed. */
  public Optional<LiteBox> get(String idOrName) {
    return boxes.find(idOrName);
  }

  /** All boxes of this Boxlite that are not closed, the oldest first. */
  public List<LiteBox> list() {
    return boxes.list();
  }

  /**
   * Closes a box.
   *
   * @param idOrName its id or name
   * @param force whether to end it when it is running
   * @throws IllegalArgumentException when there is no such box
   * @throws IllegalStateException when it is running and {@code force} is false
   */
  public void remove(String idOrName, boolean force) {
    LiteBox box =
        get(idOrName)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "idOrName is \""
                            + Arguments.shown(idOrName)
                            + "\"; no box has this id or name"));
    if (!force && box.info().state() == BoxState.RUNNING) {
      throw new IllegalStateException(box + " is running; stop it first, or remove it with force");
    }
    box.close();
  }

  /** The images in the home directory. */
  public Images images() {
    return new Images(images);
  }

  /** The saved states in the home directory that boxes start from. */
  public Templates templates() {
    return new Templates(machines, this::plan);
  }

  /** What this machine can do for boxes, and why. */
  public HostInfo host() {
    return HostInspection.inspect(settings);
  }

  /** Ends all boxes. Returns when nothing of them is left; a second call does nothing. */
  @Override
  public void close() {
    RuntimeException failure = null;
    for (LiteBox box : boxes.close()) {
      try {
        box.close();
      } catch (RuntimeException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    machines.close();
    pruner.close();
    // Nothing of this is left afterwards, threads included.
    ThreadEnd.await(preload);
    io.close();
    if (failure != null) {
      throw failure;
    }
  }

  private LiteBox adopt(LiteBox box) {
    if (!boxes.add(box)) {
      box.close();
      boxes.requireOpen();
    }
    return box;
  }

  /** Resolves all that the options leave open; the plan holds the image until it is closed. */
  private BoxPlan plan(BoxOptions options) {
    AcceleratorChoice accelerator =
        AcceleratorChoice.of(options.accelerator().orElse(settings.accelerator()));
    QemuBinary qemu = QemuBinary.find(settings.qemu());
    GuestFiles guest = GuestFiles.extract(home);
    RootImage image =
        options
            .image()
            .map(
                reference ->
                    images.rootImage(reference, options.pullPolicy().orElse(settings.pullPolicy())))
            .orElseGet(images::defaultRootImage);
    try {
      return BoxPlan.of(options, image, accelerator, qemu, guest, settings.startTimeout());
    } catch (RuntimeException | Error e) {
      image.close();
      throw e;
    }
  }
}
