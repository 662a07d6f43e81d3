package io.boxlite.internal.box;

import io.boxlite.BoxOptions;
import io.boxlite.TemplateInfo;
import io.boxlite.Templates;
import io.boxlite.internal.check.Arguments;
import io.boxlite.internal.vm.Machines;
import java.util.List;
import java.util.function.Function;

/** The templates in the home directory of a {@link LocalBoxlite}. */
final class LocalTemplates implements Templates {
  private final Machines machines;
  private final Function<BoxOptions, BoxPlan> plans;

  LocalTemplates(Machines machines, Function<BoxOptions, BoxPlan> plans) {
    this.machines = machines;
    this.plans = plans;
  }

  @Override
  public void make(BoxOptions options) {
    try (BoxPlan plan = plans.apply(options)) {
      machines.prepare(plan.template(), plan.startTimeout());
    }
  }

  @Override
  public List<TemplateInfo> list() {
    return machines.templates();
  }

  @Override
  public long prune(long maxBytes) {
    return machines.pruneTemplates(Arguments.inRange("maxBytes", maxBytes, 0, Long.MAX_VALUE));
  }
}
