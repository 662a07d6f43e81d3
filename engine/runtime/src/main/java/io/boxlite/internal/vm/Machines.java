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
import io.boxlite.internal.vm.qemu.BoxDirectories;
import io.boxlite.internal.vm.template.Template;
import io.boxlite.internal.vm.template.TemplateSpec;
import io.boxlite.internal.vm.template.TemplateStore;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a home directory's machines come from: from the warm pool, else from the template of their
 * kind, which the first of a kind makes.
 */
public final class Machines implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Machines.class);

  /** What the pool's machines get; nobody waits for them. */
  private static final Duration POOL_TIMEOUT = Duration.ofSeconds(60);

  /** What those are called that ask who has the memory. */
  private static final String KEPT_READY = "kept ready";

  private static final String TEMPLATE = "a template";

  private final BoxDirectories directories;
  private final MemoryLedger memory;
  private final TemplateStore templates;
  private final WarmPool pool;
  private final Runnable shortageEnd;

  /** Opens a home directory with the memory that this machine has. */
  public Machines(Home home, int poolSize, Runnable onTemplate) {
    this(home, MemoryLedger.open(home, Optional.empty()), poolSize, onTemplate);
  }

  /**
   * Opens a home directory, and clears away what dead JVMs have left in it.
   *
   * @param memory shares the machine's memory out
   * @param poolSize how many machines may be kept ready, 0 for none
   * @param onTemplate is told of each template that was made
   */
  public Machines(Home home, MemoryLedger memory, int poolSize, Runnable onTemplate) {
    this.memory = memory;
    directories = new BoxDirectories(home);
    directories.sweep();
    templates = new TemplateStore(home, onTemplate);
    templates.deleteLeftovers();
    pool =
        new WarmPool(
            poolSize, this::restoreAhead, () -> HostMemory.now().isShort() || memory.isShort());
    shortageEnd = memory.onShortage(pool::giveUp);
  }

  /** The templates of a home directory, as what can be made again. */
  public static CacheDirectory templateCache(Home home) {
    return TemplateStore.cache(home);
  }

  /**
   * Starts a machine whose guest is ready for use.
   *
   * @param hostname its host name; its id when empty
   * @param startTimeout how long it may wait for memory, and then the guest may take until it is
   *     ready
   * @throws HypervisorUnavailableException when no child process can be run as it must be
   * @throws BoxStartException when QEMU or the guest ends, the guest is not ready in time, there is
   *     no memory for it, or this thread is interrupted, which it then stays; nothing of the
   *     machine is left
   * @throws BoxliteException when the template cannot be made, such as on a full disk
   */
  public StartedVm start(TemplateSpec spec, Optional<String> hostname, Duration startTimeout) {
    StartedVm started =
        fromPool(spec, hostname, Deadline.in(startTimeout))
            .orElseGet(() -> clone(spec, hostname, startTimeout));
    pool.asked(spec);
    return started;
  }

  /** Makes the template of a kind where there is none; see {@link #start} for the errors. */
  public void prepare(TemplateSpec spec, Duration startTimeout) {
    Optional<Template> found = templates.find(spec);
    if (found.isPresent()) {
      found.get().close();
      return;
    }
    MemoryReservation admission =
        memory.admit(BoxId.fresh(), TEMPLATE, spec.kind().memoryMib(), startTimeout);
    try {
      templates.findOrMake(spec, new TemplateMaker(directories, startTimeout)).close();
    } finally {
      admission.close();
    }
  }

  /** How many machines are ready to be asked for. */
  public int waiting() {
    return pool.size();
  }

  /** The templates of the home directory, the one used last first. */
  public List<TemplateInfo> templates() {
    return templates.list();
  }

  /**
   * Deletes the templates that were not used for longest, but none that is in use, those of waiting
   * machines among them.
   *
   * @return how many bytes were given back
   */
  public long pruneTemplates(long maxBytes) {
    return templates.prune(maxBytes);
  }

  /** Ends the machines that nobody has taken; those in use are their users'. */
  @Override
  public void close() {
    shortageEnd.run();
    pool.close();
  }

  private Optional<StartedVm> fromPool(
      TemplateSpec spec, Optional<String> hostname, Deadline deadline) {
    RestoredVm ready = pool.take(spec);
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
      // It may have died while it waited; another one need not.
      log.warn("a box of the pool is of no use, and another one is restored: {}", e.getMessage());
      return Optional.empty();
    }
  }

  private StartedVm clone(TemplateSpec spec, Optional<String> hostname, Duration startTimeout) {
    try {
      return cloneOnce(spec, hostname, startTimeout);
    } catch (StateRefusedException e) {
      log.warn("a template is of no use and is made anew: {}", e.getMessage());
    }
    try {
      return cloneOnce(spec, hostname, startTimeout);
    } catch (StateRefusedException e) {
      throw e.failure();
    }
  }

  private StartedVm cloneOnce(TemplateSpec spec, Optional<String> hostname, Duration startTimeout)
      throws StateRefusedException {
    String id = BoxId.fresh();
    // It is enough for the machine that a template is made with as well: that one ends before.
    MemoryReservation admission = memory.admit(id, "", spec.kind().memoryMib(), startTimeout);
    try {
      Deadline deadline = Deadline.in(startTimeout);
      Template template = templates.findOrMake(spec, new TemplateMaker(directories, startTimeout));
      // Making one, and waiting for others who make it, has time limits of its own.
      Deadline rest = template.fresh() ? Deadline.in(startTimeout) : deadline;
      return new StartedVm(
          restore(id, spec, template, admission, hostname, rest).vm(),
          template.fresh() ? BoxOrigin.COLD_BOOT : BoxOrigin.TEMPLATE,
          admission);
    } catch (StateRefusedException | RuntimeException | Error e) {
      admission.close();
      throw e;
    }
  }

  /** Restores a machine, which takes the template and the memory over. */
  private RestoredVm restore(
      String id,
      TemplateSpec spec,
      Template template,
      MemoryReservation admission,
      Optional<String> hostname,
      Deadline deadline)
      throws StateRefusedException {
    try {
      return RestoredVm.restore(
          directories, id, spec.kind(), template, admission, hostname, deadline);
    } catch (StateRefusedException e) {
      templates.condemn(template);
      throw e;
    }
  }

  private Optional<RestoredVm> restoreAhead(TemplateSpec spec) {
    Optional<Template> template = templates.find(spec);
    if (template.isEmpty()) {
      return Optional.empty();
    }
    String id = BoxId.fresh();
    Optional<MemoryReservation> admission =
        memory.tryAdmit(id, KEPT_READY, spec.kind().memoryMib());
    if (admission.isEmpty()) {
      template.get().close();
      return Optional.empty();
    }
    Deadline deadline = Deadline.in(POOL_TIMEOUT);
    try {
      return Optional.of(
          restore(id, spec, template.get(), admission.get(), Optional.empty(), deadline)
              .warmUp(POOL_TIMEOUT));
    } catch (StateRefusedException e) {
      throw e.failure();
    }
  }
}
