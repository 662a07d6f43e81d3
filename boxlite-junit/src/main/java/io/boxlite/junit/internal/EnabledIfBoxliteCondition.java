package io.boxlite.junit.internal;

import io.boxlite.HostInfo;
import io.boxlite.junit.EnabledIfBoxlite;
import io.boxlite.junit.internal.sharing.BoxSessions;
import io.boxlite.junit.internal.sharing.JUnitSettings;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Skips tests where no box can start, as {@link EnabledIfBoxlite} and the setting {@code
 * boxlite.unavailable} say.
 */
public final class EnabledIfBoxliteCondition implements ExecutionCondition {
  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    return evaluate(context, true);
  }

  /**
   * Decides whether a test is skipped.
   *
   * @param skip whether to skip the test where no box can start, if the setting is absent
   */
  static ConditionEvaluationResult evaluate(ExtensionContext context, boolean skip) {
    if (!JUnitSettings.skipUnavailable(context).orElse(skip)) {
      return ConditionEvaluationResult.enabled("tests with boxes are not skipped");
    }
    HostInfo host = BoxSessions.of(context).host();
    if (host.canStartBoxes()) {
      return ConditionEvaluationResult.enabled("boxes can start here");
    }
    String reason = "no box can start here: " + String.join("; ", host.problems());
    BoxSessions.printOnce(context, "BoxLite: skipping tests, because " + reason);
    return ConditionEvaluationResult.disabled(reason);
  }
}
