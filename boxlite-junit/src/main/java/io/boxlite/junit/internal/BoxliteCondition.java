package io.boxlite.junit.internal;

import io.boxlite.HostInfo;
import io.boxlite.junit.EnabledIfBoxlite;
import io.boxlite.junit.internal.sharing.BoxSessions;
import io.boxlite.junit.internal.sharing.JUnitSettings;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Decides for {@link EnabledIfBoxlite}, and for all tests with boxes what the setting says. */
public final class BoxliteCondition implements ExecutionCondition {
  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    return evaluate(context, true);
  }

  /**
   * Decides whether a test is skipped.
   *
   * @param skip whether it is where no box can start and the setting says nothing
   */
  static ConditionEvaluationResult evaluate(ExtensionContext context, boolean skip) {
    if (!JUnitSettings.skipUnavailable(context).orElse(skip)) {
      return ConditionEvaluationResult.enabled("tests fail where no box can start");
    }
    HostInfo host = BoxSessions.of(context).host();
    if (host.canStartBoxes()) {
      return ConditionEvaluationResult.enabled("boxes can start here");
    }
    String reason = "no box can start here: " + String.join("; ", host.problems());
    BoxSessions.printOnce(context, "BoxLite: tests are skipped, for " + reason);
    return ConditionEvaluationResult.disabled(reason);
  }
}
