package io.boxlite;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.boxlite.IsolationReport.ResourceControl;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The text forms of {@link IsolationReport}. */
final class IsolationText {
  private static final ObjectMapper JSON = new ObjectMapper();

  private IsolationText() {}

  static String summary(IsolationReport report) {
    List<String> parts = new ArrayList<>();
    parts.add(report.boundary().toString());
    parts.add(report.jailed() ? "jail" : "no jail");
    parts.add(report.allowedSystemCalls().isPresent() ? "seccomp filter" : "no seccomp filter");
    parts.add(
        report.resourceControl() == ResourceControl.NONE
            ? "no resource limits"
            : report.resourceControl().toString());
    parts.add(network(report.network()));
    report.boxNetwork().ifPresent(name -> parts.add("network with other boxes"));
    int missing = report.shortfalls().size();
    if (missing > 0) {
      parts.add(missing + (missing == 1 ? " shortfall" : " shortfalls"));
    }
    return report.grade() + ": " + String.join(", ", parts);
  }

  private static String network(Network network) {
    int rules = network.rules().size();
    String counted = rules == 0 ? "" : rules + (rules == 1 ? " rule" : " rules");
    if (network.isOutbound()) {
      return "outbound network" + (rules == 0 ? "" : " and " + counted);
    }
    return network.isNone() ? "no network" : "network of " + counted;
  }

  static String describe(IsolationReport report) {
    List<String> lines = new ArrayList<>();
    OptionalLong uid = report.hypervisorUid();
    OptionalInt calls = report.allowedSystemCalls();
    add(lines, "grade", report.grade().toString());
    add(lines, "boundary", report.boundary().toString());
    add(
        lines,
        "jail",
        !report.jailed()
            ? "none"
            : "namespaces: "
                + (report.namespaces().isEmpty() ? "none" : joined(report.namespaces())));
    report.visiblePaths().forEach(path -> add(lines, "visible", path));
    add(lines, "runs as", uid.isPresent() ? "uid " + uid.getAsLong() : "unknown");
    add(
        lines,
        "seccomp",
        calls.isPresent() ? calls.getAsInt() + " system calls are allowed" : "none");
    add(
        lines,
        "resources",
        report.resourceControl()
            + (report.resourceLimits().isEmpty() ? "" : ": " + joined(report.resourceLimits())));
    add(
        lines,
        "network",
        report.network()
            + report.boxNetwork().map(name -> ", and the boxes on " + name).orElse(""));
    add(
        lines,
        "commands",
        report.commandLimits().isEmpty() ? "no common limits" : joined(report.commandLimits()));
    report.shortfalls().forEach(shortfall -> add(lines, "missing", shortfall));
    report.improvements().forEach(improvement -> add(lines, "advice", improvement));
    return String.join(System.lineSeparator(), lines);
  }

  private static void add(List<String> lines, String subject, String text) {
    lines.add(String.format(Locale.ROOT, "%-11s%s", subject, text));
  }

  private static String joined(Collection<?> values) {
    return values.stream().map(Object::toString).collect(Collectors.joining(", "));
  }

  static String json(IsolationReport report) {
    OptionalLong uid = report.hypervisorUid();
    OptionalInt calls = report.allowedSystemCalls();
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("grade", report.grade().name());
    all.put("boundary", report.boundary().name());
    all.put("jailed", report.jailed());
    all.put("namespaces", report.namespaces().stream().map(Enum::name).toList());
    all.put("hypervisorUid", uid.isPresent() ? uid.getAsLong() : null);
    all.put("visiblePaths", report.visiblePaths());
    all.put("allowedSystemCalls", calls.isPresent() ? calls.getAsInt() : null);
    all.put("resourceControl", report.resourceControl().name());
    all.put("resourceLimits", report.resourceLimits());
    all.put("network", report.network().toString());
    all.put("boxNetwork", report.boxNetwork().orElse(null));
    all.put("security", report.security().toString());
    all.put("commandLimits", commandLimits(report.security()));
    all.put("shortfalls", report.shortfalls());
    all.put("improvements", report.improvements());
    try {
      return JSON.writeValueAsString(all);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("strings and numbers cannot be written as JSON", e);
    }
  }

  private static Map<String, Object> commandLimits(SecurityOptions security) {
    Map<String, Object> limits = new LinkedHashMap<>();
    security
        .limits()
        .forEach(
            (property, value) ->
                limits.put(
                    property.label(), value instanceof Duration time ? time.toString() : value));
    return limits;
  }
}
