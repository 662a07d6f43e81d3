package io.boxlite;

import io.boxlite.internal.vm.Machines;
import java.util.List;
import java.util.function.Function;

/**
 * The saved states in the home directory that boxes start from, one for each kind of box. They are
 * made when they are needed; who wants no test to wait for that makes them ahead of time.
 */
public final class Templates {
  private final Machines machines;
  private final Function<BoxOptions, BoxPlan> plans;

  Templates(Machines machines, Function<BoxOptions, BoxPlan> plans) {
    this.machines = machines;
    this.plans = plans;
  }

  /**
   * Makes the template of boxes with these options, unless there is one already. Name and host name
   * make no difference to it, nor do environment, user and working directory where nothing is
   * prepared.
   *
   * @throws BoxliteException as {@link Boxlite#create} does
   */
  public void make(BoxOptions options) {
    try (BoxPlan plan = plans.apply(options)) {
      machines.prepare(plan.template(), plan.startTimeout());
    }
  }

  /** All templates in the home directory, the one used last first. */
  public List<TemplateInfo> list() {
    return machines.templates();
  }

  /**
   * Deletes templates that no box runs from, the least recently used first, until those left take
   * no more than a number of bytes together.
   *
   * @param maxBytes how much may be left, 0 or more
   * @return how many bytes were given back
   */
  public long prune(long maxBytes) {
    return machines.pruneTemplates(Arguments.inRange("maxBytes", maxBytes, 0, Long.MAX_VALUE));
  }
}
