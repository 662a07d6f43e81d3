package io.boxlite.internal.vm;

import io.boxlite.BoxOrigin;
import io.boxlite.BoxStartException;
import io.boxlite.BoxliteException;
import io.boxlite.HypervisorUnavailableException;
import io.boxlite.TemplateInfo;
import io.boxlite.internal.host.Deadline;
import io.boxlite.internal.host.Home;
import io.boxlite.internal.host.cache.CacheDirectory;
import io.boxlite.internal.host.memory.HostMemory;
import io.boxlite.internal.host.memory.MemoryLedger;
import io.boxlite.internal.host.memory.MemoryReservation;
import io.boxlite.internal.network.Networks;
import io.boxlite.internal.vm.machine.BoxDirectories;
import io.boxlite.internal.vm.machine.StateSaving;
import io.boxlite.internal.vm.template.Template;
import io.boxlite.internal.vm.template.TemplateSpec;
import io.boxlite.internal.vm.template.TemplateStore;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts the VMs of a home directory: from the warm pool, else from the template of their kind,
 * which the first start of a kind makes. Boots them where the hypervisor cannot save machines.
 */
public final class Machines implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Machines.class);

  /**
   * How long each step of a pooled VM's start may take. Generous, because no caller waits for it.
   */
  private static final Duration POOL_TIMEOUT = Duration.ofSeconds(60);

  /** Labels of reservations in messages about who has the memory. */
  private static final String KEPT_READY = "kept ready";

  private static final String TEMPLATE = "a template";

  private final BoxDirectories directories;
  private final MemoryLedger memory;
  private final Networks networks;
  private final TemplateStore templates;
  private final WarmPool pool;
  private final Runnable shortageEnd;

  /** Opens a home directory, and allocates the memory of this machine to its VMs. */
  public Machines(Home home, int poolSize, Runnable onTemplate) {
    this(
        home,
        MemoryLedger.open(home, Optional.empty()),
        new Networks(Optional.empty()),
        poolSize,
        onTemplate);
  }

  /**
   * Opens a home directory, and deletes what dead JVMs have left in it.
   *
   * @param memory allocates the machine's memory
   * @param networks serves what preparations reach; closed with this
   * @param poolSize how many VMs may be kept ready, 0 for none
   * @param onTemplate runs after each template that was made
   */
  public Machines(
      Home home, MemoryLedger memory, Networks networks, int poolSize, Runnable onTemplate) {
    this.memory = memory;
    this.networks = networks;
    directories = new BoxDirectories(home);
    directories.sweep();
    templates = new TemplateStore(home, onTemplate);
    templates.deleteLeftovers();
    pool =
        new WarmPool(
            poolSize, this::makeReady, () -> HostMemory.now().isShort() || memory.isShort());
    shortageEnd = memory.onShortage(pool::giveUp);
  }

  /** Returns the cache of a home directory's templates. */
  public static CacheDirectory templateCache(Home home) {
    return TemplateStore.cache(home);
  }

  /**
   * Starts a VM, and returns when its guest is ready for use.
   *
   * @param hostname its host name; its id when empty
   * @param startTimeout how long it may wait for memory, and then the guest may take until it is
   *     ready
   * @throws HypervisorUnavailableException when no child process can be run as it must be
   * @throws BoxStartException when QEMU or the guest ends, the guest is not ready in time, there is
   *     no memory for it, or this thread is interrupted; its interrupt status is then set; nothing
   *     of the machine is left
   * @throws BoxliteException when the template cannot be made, such as on a full disk
   */
  public StartedVm start(TemplateSpec spec, Optional<String> hostname, Duration startTimeout) {
    StartedVm started =
        fromPool(spec, hostname, Deadline.in(startTimeout))
            .orElseGet(() -> startNow(spec, hostname, startTimeout));
    pool.asked(spec);
    return started;
  }

  /**
   * Makes the template of a kind if there is none; see {@link #start} for the errors. Does nothing
   * when the hypervisor cannot save machines.
   */
  public void prepare(TemplateSpec spec, Duration startTimeout) {
    Optional<StateSaving> saving = spec.kind().hypervisor().stateSaving();
    if (saving.isEmpty()) {
      log.debug("no template is made: the hypervisor cannot save machines");
      return;
    }
    Optional<Template> found = templates.find(spec);
    if (found.isPresent()) {
      found.get().close();
      return;
    }
    MemoryReservation reservation =
        memory.admit(BoxId.fresh(), TEMPLATE, spec.kind().machine().memoryMib(), startTimeout);
    try {
      templates
          .findOrMake(spec, new TemplateMaker(directories, saving.get(), networks, startTimeout))
          .close();
    } finally {
      reservation.close();
    }
  }

  /** Returns how many VMs wait in the pool. */
  public int waiting() {
    return pool.size();
  }

  /** Returns the templates of the home directory, most recently used first. */
  public List<TemplateInfo> templates() {
    return templates.list();
  }

  /**
   * Deletes the least recently used templates until the rest is within a limit. Templates in use,
   * including those of pooled VMs, are kept.
   *
   * @return how many bytes were freed
   */
  public long pruneTemplates(long maxBytes) {
    return templates.prune(maxBytes);
  }

  /** Ends the VMs in the pool; those in use belong to their users. */
  @Override
  public void close() {
    shortageEnd.run();
    pool.close();
    networks.close();
  }

  private Optional<StartedVm> fromPool(
      TemplateSpec spec, Optional<String> hostname, Deadline deadline) {
    ReadyVm ready = pool.take(spec);
    if (ready == null) {
      return Optional.empty();
    }
    try {
      Vm vm = ready.resume(hostname, deadline);
      ready.memory().label("");
      return Optional.of(new StartedVm(vm, BoxOrigin.POOL, ready.memory()));
    } catch (BoxStartException e) {
      if (Thread.currentThread().isInterrupted() || deadline.isOver()) {
        throw e;
      }
      // It may have died while it waited.
      log.warn("discarding an unusable pooled box; starting another: {}", e.getMessage());
      return Optional.empty();
    }
  }

  private StartedVm startNow(TemplateSpec spec, Optional<String> hostname, Duration startTimeout) {
    Optional<StateSaving> saving = spec.kind().hypervisor().stateSaving();
    return saving.isPresent()
        ? restore(spec, saving.get(), hostname, startTimeout)
        : boot(spec, hostname, startTimeout);
  }

  private StartedVm restore(
      TemplateSpec spec, StateSaving saving, Optional<String> hostname, Duration startTimeout) {
    try {
      return restoreOnce(spec, saving, hostname, startTimeout);
    } catch (StateRefusedException e) {
      log.warn("the hypervisor refused a template, making it again: {}", e.getMessage());
    }
    try {
      return restoreOnce(spec, saving, hostname, startTimeout);
    } catch (StateRefusedException e) {
      throw e.failure();
    }
  }

  private StartedVm restoreOnce(
      TemplateSpec spec, StateSaving saving, Optional<String> hostname, Duration startTimeout)
      throws StateRefusedException {
    String id = BoxId.fresh();
    // Enough for the machine that makes the template as well, which ends before this one starts.
    MemoryReservation reserved =
        memory.admit(id, "", spec.kind().machine().memoryMib(), startTimeout);
    try {
      Deadline deadline = Deadline.in(startTimeout);
      Template template =
          templates.findOrMake(
              spec, new TemplateMaker(directories, saving, networks, startTimeout));
      // Making a template, or waiting for others who make it, has time limits of its own.
      Deadline rest = template.fresh() ? Deadline.in(startTimeout) : deadline;
      return new StartedVm(
          restoreFrom(template, saving, id, spec, reserved, hostname, rest).vm(),
          template.fresh() ? BoxOrigin.COLD_BOOT : BoxOrigin.TEMPLATE,
          reserved);
    } catch (StateRefusedException | RuntimeException | Error e) {
      reserved.close();
      throw e;
    }
  }

  /** Restores a machine, which owns the template and the memory from now on. */
  private ReadyVm restoreFrom(
      Template template,
      StateSaving saving,
      String id,
      TemplateSpec spec,
      MemoryReservation reserved,
      Optional<String> hostname,
      Deadline deadline)
      throws StateRefusedException {
    try {
      return new Restore(directories, spec.kind(), saving)
          .run(id, template, reserved, hostname, deadline);
    } catch (StateRefusedException e) {
      templates.discard(template);
      throw e;
    }
  }

  private StartedVm boot(TemplateSpec spec, Optional<String> hostname, Duration startTimeout) {
    String id = BoxId.fresh();
    MemoryReservation reserved =
        memory.admit(id, "", spec.kind().machine().memoryMib(), startTimeout);
    ReadyVm ready = bootPrepared(id, spec, reserved, hostname, startTimeout);
    return new StartedVm(ready.vm(), BoxOrigin.COLD_BOOT, reserved);
  }

  /** Boots a machine of a kind that has no template; it owns the memory from now on. */
  private ReadyVm bootPrepared(
      String id,
      TemplateSpec spec,
      MemoryReservation reserved,
      Optional<String> hostname,
      Duration startTimeout) {
    VmSpec vmSpec = new VmSpec(id, hostname.orElse(id), spec.kind(), startTimeout);
    Vm vm = new ColdBoot(directories, vmSpec).run(reserved::close);
    try {
      vm.prepare(spec, networks, startTimeout);
      return new ReadyVm(vm, reserved);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      // Handled like any other failed start.
      throw vm.startFailure(e, Deadline.in(startTimeout));
    } catch (RuntimeException | Error e) {
      vm.close();
      throw e;
    }
  }

  /** Makes a paused VM for the pool; empty when its template or the memory for it is missing. */
  private Optional<ReadyVm> makeReady(TemplateSpec spec) {
    Optional<StateSaving> saving = spec.kind().hypervisor().stateSaving();
    Optional<Template> template = saving.flatMap(any -> templates.find(spec));
    if (saving.isPresent() && template.isEmpty()) {
      return Optional.empty();
    }
    String id = BoxId.fresh();
    Optional<MemoryReservation> reserved =
        memory.tryAdmit(id, KEPT_READY, spec.kind().machine().memoryMib());
    if (reserved.isEmpty()) {
      template.ifPresent(Template::close);
      return Optional.empty();
    }
    Optional<String> noName = Optional.empty();
    try {
      ReadyVm ready =
          saving.isPresent()
              ? restoreFrom(
                  template.orElseThrow(),
                  saving.get(),
                  id,
                  spec,
                  reserved.get(),
                  noName,
                  Deadline.in(POOL_TIMEOUT))
              : bootPrepared(id, spec, reserved.get(), noName, POOL_TIMEOUT);
      return Optional.of(ready.warmUp(spec.preparation(), POOL_TIMEOUT));
    } catch (StateRefusedException e) {
      throw e.failure();
    }
  }
}
