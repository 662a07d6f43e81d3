package io.boxlite;

import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.IsolationReport.Grade;
import io.boxlite.IsolationReport.Namespace;
import io.boxlite.internal.host.cgroup.HostCgroups;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;

/** What a box reports about its isolation, compared with what the kernel says of its QEMU. */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(120)
class IsolationIT {
  private Boxlite boxlite;

  @BeforeAll
  void open() {
    boxlite = Boxlite.open();
  }

  @AfterAll
  void close() {
    boxlite.close();
  }

  @Test
  void aBoxIsConfinedByDefault() throws IOException {
    try (LiteBox box = boxlite.create(BoxOptions.builder().build())) {
      IsolationReport report = box.isolation();
      Grade expected = HostCgroups.detect().isPresent() ? Grade.STRONG : Grade.REDUCED;
      assertThat(report.grade()).isEqualTo(expected);
      assertThat(report.namespaces()).containsExactly(Namespace.values());
      assertThat(report.allowedSystemCalls().orElseThrow()).isBetween(50, 100);
      assertThat(report.visiblePaths())
          .contains("/kernel (read-only)", "/root-image (read-only)", "/box (read-only)")
          .contains("/box/scratch.qcow2 (writable)")
          .noneMatch(path -> path.startsWith("/etc ") || path.startsWith("/home"));
      assertThat(report.shortfalls()).isEmpty();
      assertThat(box.info().isolation()).contains(report);
      assertThat(report.toJson()).contains("\"grade\":\"" + expected + "\"");

      Path process = Path.of("/proc", Long.toString(box.info().hypervisorPid()));
      String status = Files.readString(process.resolve("status"));
      assertThat(status)
          .contains("CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1")
          .contains("Seccomp:\t2")
          .contains("Uid:\t" + report.hypervisorUid().orElseThrow() + "\t");
      assertThat(report.hypervisorUid().orElseThrow()).isNotZero();
      assertThat(Files.readString(process.resolve("environ"))).isEqualTo("PWD=/box\0");
      for (String namespace : new String[] {"user", "mnt", "pid", "net", "ipc", "uts", "cgroup"}) {
        assertThat(link(process, namespace))
            .as(namespace)
            .isNotEqualTo(link(Path.of("/proc/self"), namespace));
      }
      HostCgroups.detect()
          .ifPresent(
              any -> assertThat(report.resourceLimits()).anyMatch(text -> text.contains("memory")));
    }
  }

  private static String link(Path process, String namespace) throws IOException {
    return Files.readSymbolicLink(process.resolve("ns").resolve(namespace)).toString();
  }

  @Test
  void aBoxForDevelopmentIsNot() {
    SecurityOptions development = SecurityOptions.development();
    try (LiteBox box = boxlite.create(BoxOptions.builder().security(development).build())) {
      IsolationReport report = box.isolation();
      assertThat(report.grade()).isEqualTo(Grade.WEAK);
      assertThat(report.namespaces()).isEmpty();
      assertThat(report.improvements()).anyMatch(text -> text.contains("Enable the jail"));
      assertThat(box.exec("echo", "works").stdout()).isEqualTo("works\n");
    }
  }

  @Test
  void aBoxWithoutAFilterSaysSo() {
    SecurityOptions options = SecurityOptions.standard().seccompEnabled(false);
    try (LiteBox box = boxlite.create(BoxOptions.builder().security(options).build())) {
      assertThat(box.isolation().grade()).isEqualTo(Grade.REDUCED);
      assertThat(box.isolation().allowedSystemCalls()).isEmpty();
    }
  }

  @Test
  void boxesWithDifferentConfinementShareATemplate() {
    int before = boxlite.templates().list().size();
    Stream.of(SecurityOptions.standard(), SecurityOptions.development(), SecurityOptions.maximum())
        .forEach(
            security -> {
              BoxOptions options = BoxOptions.builder().memoryMib(144).security(security).build();
              boxlite.create(options).close();
            });
    assertThat(boxlite.templates().list()).hasSizeLessThanOrEqualTo(before + 1);
  }

  @Test
  void theHostSaysWhatCanConfineBoxes() {
    assertThat(boxlite.host().isolation()).startsWith("jail and system call filter; ");
    assertThat(boxlite.host().describe()).containsPattern("isolation +jail and system call filter");
  }
}
