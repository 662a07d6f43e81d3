package io.boxlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.boxlite.IsolationReport.Boundary;
import io.boxlite.IsolationReport.Grade;
import io.boxlite.IsolationReport.Namespace;
import io.boxlite.IsolationReport.ResourceControl;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class IsolationReportTest {
  private static final SecurityOptions LIMITS =
      SecurityOptions.maximum().maxCpuTime(Duration.ofMillis(1500));

  private static IsolationReport.Builder plain() {
    return IsolationReport.builder(SecurityOptions.standard(), Boundary.HARDWARE_VIRTUALIZATION);
  }

  private static IsolationReport.Builder strong(SecurityOptions security, Boundary boundary) {
    return IsolationReport.builder(security, boundary)
        .jail(
            List.of(Namespace.PID, Namespace.USER, Namespace.MOUNT),
            List.of("/kernel (read-only)", "/box"))
        .hypervisorUid(65534)
        .allowedSystemCalls(92)
        .resources(ResourceControl.CGROUP_V2, List.of("memory 608 MiB", "64 processes"));
  }

  private static IsolationReport strong() {
    return strong(LIMITS, Boundary.HARDWARE_VIRTUALIZATION).build();
  }

  @Test
  void aJailAndAFilterAndACgroupAroundAVirtualMachineAreStrong() {
    assertThat(strong().grade()).isEqualTo(Grade.STRONG);
    assertThat(strong().improvements()).isEmpty();
    assertThat(strong(LIMITS, Boundary.EMULATION).build().grade()).isEqualTo(Grade.STRONG);
    assertThat(
            strong(LIMITS, Boundary.EMULATION)
                .resources(ResourceControl.CGROUP_V1, List.of())
                .build()
                .grade())
        .isEqualTo(Grade.STRONG);
  }

  @Test
  void aVirtualMachineAloneIsWeak() {
    assertThat(plain().build().grade()).isEqualTo(Grade.WEAK);
    assertThat(plain().resources(ResourceControl.CGROUP_V2, List.of()).build().grade())
        .isEqualTo(Grade.WEAK);
  }

  static List<IsolationReport> reduced() {
    return List.of(
        plain().allowedSystemCalls(92).resources(ResourceControl.RLIMITS, List.of()).build(),
        plain()
            .jail(List.of(Namespace.USER), List.of())
            .resources(ResourceControl.RLIMITS, List.of())
            .build(),
        strong(LIMITS, Boundary.EMULATION).resources(ResourceControl.NONE, List.of()).build(),
        strong(LIMITS, Boundary.EMULATION).resources(ResourceControl.RLIMITS, List.of()).build(),
        strong(LIMITS, Boundary.EMULATION).shortfall("There is no network namespace.").build());
  }

  @ParameterizedTest
  @MethodSource("reduced")
  void anyLayerThatIsMissingReducesIt(IsolationReport report) {
    assertThat(report.grade()).isEqualTo(Grade.REDUCED);
  }

  @Test
  void tellsWhatWouldIsolateTheBoxMoreStrongly() {
    IsolationReport report =
        IsolationReport.builder(SecurityOptions.development(), Boundary.EMULATION)
            .improvement("Install bubblewrap.")
            .build();
    assertThat(report.improvements()).hasSize(3);
    assertThat(report.improvements().get(0)).isEqualTo("Install bubblewrap.");
    assertThat(report.improvements().get(1)).contains("SecurityOptions.standard()");
    assertThat(report.improvements().get(2)).contains("KVM");
    assertThat(
            strong(LIMITS.seccompEnabled(false), Boundary.HARDWARE_VIRTUALIZATION)
                .build()
                .improvements())
        .singleElement()
        .asString()
        .contains("seccompEnabled(true)");
  }

  @Test
  void isSummedUpOnOneLine() {
    assertThat(strong())
        .hasToString(
            "STRONG: hardware virtualization, jail, seccomp filter, cgroup v2, no network");
    assertThat(
            IsolationReport.builder(SecurityOptions.standard(), Boundary.EMULATION)
                .shortfall("There is no jail.")
                .build())
        .hasToString(
            "WEAK: emulation, no jail, no seccomp filter, no resource limits, no network,"
                + " 1 shortfall");
    assertThat(plain().network(Network.outbound()).build()).asString().endsWith("outbound network");
    assertThat(plain().network(Network.outbound().and("10.0.0.0/8")).build())
        .asString()
        .endsWith("outbound network and 1 rule");
    assertThat(plain().network(Network.allow("a.example", "b.example")).build())
        .asString()
        .endsWith("network of 2 rules");
    IsolationReport joined = plain().boxNetwork("backend").build();
    assertThat(joined).asString().endsWith("no network, network with other boxes");
    assertThat(joined.describe()).contains("none, and the boxes on backend");
    assertThat(joined).isNotEqualTo(plain().build());
  }

  @Test
  void isDescribedLineByLine() {
    assertThat(strong().describe())
        .isEqualToNormalizingNewlines(
            """
            grade      STRONG
            boundary   hardware virtualization
            jail       namespaces: user, mount, pid
            visible    /kernel (read-only)
            visible    /box
            runs as    uid 65534
            seccomp    92 system calls are allowed
            resources  cgroup v2: memory 608 MiB, 64 processes
            network    none
            commands   maxOpenFiles=1024, maxFileSize=1GiB, maxProcesses=100, maxCpuTime=1.50s\
            """);
    assertThat(plain().shortfall("There is no jail.").improvement("Install it.").build().describe())
        .isEqualToNormalizingNewlines(
            """
            grade      WEAK
            boundary   hardware virtualization
            jail       none
            runs as    unknown
            seccomp    none
            resources  none
            network    none
            commands   no common limits
            missing    There is no jail.
            advice     Install it.\
            """);
  }

  @Test
  void isWrittenAsJson() throws Exception {
    ObjectMapper json = new ObjectMapper();
    assertThat(json.readTree(strong().toJson()))
        .isEqualTo(
            json.readTree(
                """
                {"grade": "STRONG", "boundary": "HARDWARE_VIRTUALIZATION", "jailed": true,
                 "namespaces": ["USER", "MOUNT", "PID"], "hypervisorUid": 65534,
                 "visiblePaths": ["/kernel (read-only)", "/box"], "allowedSystemCalls": 92,
                 "resourceControl": "CGROUP_V2", "resourceLimits": ["memory 608 MiB", "64 processes"],
                 "network": "none", "boxNetwork": null, "security": "maximum, maxCpuTime=1.50s",
                 "commandLimits": {"maxOpenFiles": 1024, "maxFileSize": 1073741824,
                   "maxProcesses": 100, "maxCpuTime": "PT1.5S"},
                 "shortfalls": [], "improvements": []}
                """));
    JsonNode none = json.readTree(plain().shortfall("a \"quoted\"\n word").build().toJson());
    assertThat(none.get("hypervisorUid").isNull()).isTrue();
    assertThat(none.get("allowedSystemCalls").isNull()).isTrue();
    assertThat(none.get("commandLimits")).isEmpty();
    assertThat(none.get("shortfalls").get(0).asText()).isEqualTo("a \"quoted\"\n word");
  }

  @Test
  void theJsonHasAMemberForEachGetter() throws Exception {
    Set<String> getters =
        Arrays.stream(IsolationReport.class.getDeclaredMethods())
            .filter(method -> Modifier.isPublic(method.getModifiers()))
            .filter(method -> !Modifier.isStatic(method.getModifiers()))
            .filter(method -> method.getParameterCount() == 0)
            .map(Method::getName)
            .filter(name -> !Set.of("describe", "toJson", "toString", "hashCode").contains(name))
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> members = new TreeSet<>();
    new ObjectMapper().readTree(strong().toJson()).fieldNames().forEachRemaining(members::add);
    assertThat(members).isEqualTo(getters);
  }

  static List<UnaryOperator<IsolationReport.Builder>> changes() {
    return List.of(
        b -> b.jail(List.of(Namespace.IPC), List.of()),
        b -> b.jail(List.of(), List.of("/")),
        b -> b.hypervisorUid(0),
        b -> b.allowedSystemCalls(1),
        b -> b.resources(ResourceControl.CGROUP_V1, List.of()),
        b -> b.resources(ResourceControl.NONE, List.of("x")),
        b -> b.shortfall("x"),
        b -> b.improvement("x"));
  }

  @ParameterizedTest
  @MethodSource("changes")
  void isAValue(UnaryOperator<IsolationReport.Builder> change) {
    IsolationReport changed = change.apply(plain()).build();
    assertThat(changed).isNotEqualTo(plain().build());
    assertThat(changed).isEqualTo(change.apply(plain()).build());
    assertThat(changed).hasSameHashCodeAs(change.apply(plain()).build());
  }

  @Test
  void refusesValuesThatNoReportCanHave() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> plain().allowedSystemCalls(0))
        .withMessageContaining("allowedSystemCalls is 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> plain().hypervisorUid(-1))
        .withMessageContaining("hypervisorUid is -1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> plain().shortfall(" "))
        .withMessageContaining("shortfall is blank");
  }
}
