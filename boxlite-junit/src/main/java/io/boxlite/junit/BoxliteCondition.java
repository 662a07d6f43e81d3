package io.boxlite.junit;

import io.boxlite.HostInfo;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Decides for {@link EnabledIfBoxlite}. */
final class BoxliteCondition implements ExecutionCondition {
  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    if (!JUnitSettings.skipUnavailable(context).orElse(true)) {
      return ConditionEvaluationResult.enabled("boxlite.unavailable=fail is set");
    }
    HostInfo host = BoxSessions.of(context).host();
    if (host.canStartBoxes()) {
      return ConditionEvaluationResult.enabled("boxes can start here");
    }
    String reason = "no box can start here: " + String.join("; ", host.problems());
    BoxSessions.tellOnce(context, "BoxLite: tests with @EnabledIfBoxlite are skipped, " + reason);
    return ConditionEvaluationResult.disabled(reason);
  }
}
