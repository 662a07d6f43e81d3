package io.boxlite.internal.vm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.boxlite.BoxLostException;
import io.boxlite.BoxliteException;
import io.boxlite.Outcome;
import io.boxlite.internal.guest.AgentClient;
import io.boxlite.internal.guest.GuestExec;
import io.boxlite.internal.guest.proto.ConfigureRequest;
import io.boxlite.internal.guest.proto.ExecRequest;
import io.boxlite.internal.guest.proto.ExecStart;
import io.boxlite.internal.guest.proto.HelloRequest;
import io.boxlite.internal.guest.proto.Root;
import io.boxlite.internal.vm.machine.RootDevices;
import io.boxlite.internal.vm.machine.SaveableMachine;
import io.boxlite.internal.vm.machine.StateSaving;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;

/** What a guest does when its host leaves and comes back, as it does around a template. */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(120)
class AgentSessionIT {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private TestGuest guest;
  private SaveableMachine machine;
  private AgentClient agent;

  @BeforeAll
  void boot() throws Exception {
    guest = TestGuest.open();
    VmSpec spec = guest.spec();
    StateSaving saving = spec.kind().hypervisor().stateSaving().orElseThrow();
    machine = saving.boot(guest.directories().create(spec.id()), spec.kind().machine());
    machine.begin(TIMEOUT);
    RootDevices devices = spec.kind().hypervisor().rootDevices().orElseThrow();
    agent = connect();
    agent.configure(
        ConfigureRequest.newBuilder()
            .setRoot(
                Root.newBuilder()
                    .setImageDevice(devices.image())
                    .setScratchDevice(devices.scratch()))
            .setIdentity(GuestIdentity.fresh("guest"))
            .build(),
        TIMEOUT);
    leave();
  }

  @BeforeEach
  void attach() {
    agent = connect();
  }

  /** As the engine leaves: what a guest still says to a host that is gone would reach the next. */
  @AfterEach
  void leave() throws InterruptedException {
    String token = agent.detach(TIMEOUT);
    assertThat(machine.awaitConsole("boxlite: detached " + token, TIMEOUT)).isTrue();
    agent.close();
  }

  @AfterAll
  void end() {
    machine.close();
    Leftovers.assertNone(guest.home());
  }

  @Test
  void aHostThatHasLeftCanComeBackAndFindsEverything() throws Exception {
    run("echo kept > /kept");
    leaveAndComeBack();
    assertThat(run("cat /kept")).isEqualTo("kept\n");
    leaveAndComeBack();
    assertThat(run("cat /kept")).isEqualTo("kept\n");
  }

  @Test
  void whatStillRanIsDeadWhenTheGuestHasNoticed() throws Exception {
    GuestExec exec = TestGuest.start(agent, "trap '' TERM HUP; echo $$ > /pid; sleep 1000");
    await().until(() -> run("cat /pid").matches("[0-9]+\n"));
    leaveAndComeBack();
    assertThat(exec.onEnd().get(30, TimeUnit.SECONDS).outcome()).isEqualTo(Outcome.BOX_LOST);
    assertThat(run("kill -0 $(cat /pid) 2>&1")).contains("No such process");
  }

  @Test
  void aGuestThatStandsStillIsToldToBeSilentAndOneThatIsKeptFromRunningIsNot() throws Exception {
    assertThat(machine.hostStalls().processors())
        .hasSize(1)
        .allMatch(schedule -> schedule.runNanos() > 0 && schedule.waitNanos() >= 0);
    agent.hello(TIMEOUT);
    signal("STOP");
    Thread late =
        new Thread(
            () -> {
              LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(7));
              signal("CONT");
            });
    late.start();
    assertThat(agent.hello(TIMEOUT).memoryBytes()).isPositive();
    late.join();
    machine.pause(TIMEOUT); // as if its kernel had halted
    assertThatExceptionOfType(BoxLostException.class)
        .isThrownBy(() -> agent.hello(TIMEOUT))
        .withMessageContaining("its guest has gone silent")
        .withMessageContaining("its kernel has halted or hangs");
    machine.resume();
    agent.close();
    attach();
    assertThat(run("echo alive")).isEqualTo("alive\n");
  }

  private void signal(String name) {
    try {
      new ProcessBuilder("kill", "-" + name, Long.toString(machine.pid())).start().waitFor();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void itsQemuHasNoCapabilities() throws IOException {
    assertThat(Files.readAllLines(Path.of("/proc", Long.toString(machine.pid()), "status")))
        .contains("CapPrm:\t0000000000000000", "CapEff:\t0000000000000000", "NoNewPrivs:\t1")
        .contains("CapInh:\t0000000000000000", "CapAmb:\t0000000000000000");
  }

  @Test
  void aHostThatSaysMoreThanItMayAfterAnAnswerLosesNothing() throws Exception {
    leave();
    ExecRequest start =
        ExecRequest.newBuilder()
            .setStart(
                ExecStart.newBuilder().addArgv("/bin/true").setWallTimeNanos(TIMEOUT.toNanos()))
            .build();
    try (RawHost host = new RawHost(machine.connectAgent())) {
      int stream = 1;
      for (int round = 0; round < 50; round++) {
        host.call(stream, "Exec").message(stream, start.toByteArray(), false).send();
        assertThat(host.awaitEnd(stream)).isTrue();
        host.resetAndEnd(stream).send();
        stream += 2;
      }
      HelloRequest hello = HelloRequest.newBuilder().setProtocolVersion(1).build();
      host.call(stream, "Hello").message(stream, hello.toByteArray(), true).send();
      assertThat(host.awaitEnd(stream)).isTrue();
    }
    attach();
  }

  @Test
  void anIdentityGivenAgainRenewsAllThatTellsGuestsApart() throws Exception {
    String script =
        "cat /proc/sys/kernel/random/boot_id /etc/machine-id /etc/hostname; hostname;"
            + " tail -n 1 /etc/hosts";
    identity("one");
    String first = run(script);
    run("echo 192.0.2.7 added > /new && cat /etc/hosts >> /new && cat /new > /etc/hosts");
    leaveAndComeBack();
    identity("two");
    String second = run(script);
    for (int line = 0; line < 5; line++) {
      assertThat(second.split("\n")[line]).isNotEqualTo(first.split("\n")[line]);
    }
    assertThat(second).endsWith("two\ntwo\n127.0.1.1\ttwo\n");
    assertThat(run("head -n 1 /etc/hosts")).isEqualTo("192.0.2.7 added\n");
    assertThat(run("cat /proc/sys/kernel/random/boot_id")).isEqualTo(second.split("\n")[0] + "\n");
  }

  @Test
  void theClockIsTheHosts() throws Exception {
    long asked = Instant.now().toEpochMilli();
    identity("guest");
    long before = Instant.now().toEpochMilli();
    // Not the time of a file: that is the last tick's, which a busy host delays.
    String[] said = run("adjtimex | awk '/time.tv_/{print $2}'").split("\n");
    long after = Instant.now().toEpochMilli();
    long guestTime = Long.parseLong(said[0]) * 1000 + Long.parseLong(said[1]) / 1000;
    // How long the answer was on its way nobody knows: the clock may be ahead by as much.
    assertThat(guestTime).isBetween(before - 50, after + 50 + before - asked);
  }

  @Test
  void whatWasLeftRunningRunsOnInTheNextSession() throws Exception {
    prepare("(while usleep 20000; do echo tick; echo >> /ticks; done) & echo $! > /loop");
    long before = ticks();
    leaveAndComeBack();
    await().until(() -> ticks() > before + 5);
    assertThat(run("cat /proc/$(cat /loop)/cgroup")).contains("/boxlite/exec");
    await().untilAsserted(() -> assertThat(cgroups()).isEqualTo(1));
    run("kill -9 $(cat /loop)");
    await().untilAsserted(() -> assertThat(cgroups()).isZero());
  }

  @Test
  void whoWasLeftRunningMayWriteWithoutEndAndIsNotHurt() throws Exception {
    assertThat(prepare("yes & echo $! > /yes; yes >&2 & echo $! >> /yes; echo said"))
        .contains("said\n");
    leaveAndComeBack();
    String state = "for pid in $(cat /yes); do grep -c 'State:.*[SR]' /proc/$pid/status; done";
    assertThat(run(state)).isEqualTo("1\n1\n");
    String written = "awk '/^write_bytes|^wchar/{print $2}' /proc/$(head -n 1 /yes)/io | head -n 1";
    long before = Long.parseLong(run(written).strip());
    await().until(() -> Long.parseLong(run(written).strip()) > before + 200_000);
    run("kill -9 $(cat /yes)");
  }

  @Test
  void whatWasToBeLeftIsKilledWithATreeThatIsKilled() throws Exception {
    GuestExec exec = agent.exec(leaving("sleep 1000 & echo $! > /sleeper; sleep 1000").build());
    await().until(() -> run("cat /sleeper").matches("[0-9]+\n"));
    exec.signal(9);
    assertThat(exec.onEnd().get(30, TimeUnit.SECONDS).signal()).isEqualTo(9);
    assertThat(run("kill -0 $(cat /sleeper) 2>&1")).contains("No such process");
  }

  @Test
  void theRootIsMountedOnceAndTheRefusalSaysSo() {
    assertThatThrownBy(
            () ->
                agent.configure(
                    ConfigureRequest.newBuilder().setRoot(Root.getDefaultInstance()).build(),
                    TIMEOUT))
        .isInstanceOf(BoxliteException.class)
        .hasMessageContaining("root is already configured");
  }

  private AgentClient connect() {
    AgentClient connected =
        AgentClient.connect(
            "session", machine::connectAgent, machine::consoleTail, machine.hostStalls());
    connected.hello(TIMEOUT);
    return connected;
  }

  private void leaveAndComeBack() throws InterruptedException {
    leave();
    agent = connect();
  }

  private void identity(String hostname) {
    agent.configure(
        ConfigureRequest.newBuilder().setIdentity(GuestIdentity.fresh(hostname)).build(), TIMEOUT);
  }

  private String run(String script) throws Exception {
    try (GuestExec exec = TestGuest.start(agent, script)) {
      exec.onEnd().get(30, TimeUnit.SECONDS);
      return new String(exec.stdout().takeAll(), UTF_8);
    }
  }

  private String prepare(String script) throws Exception {
    try (GuestExec exec = agent.exec(leaving(script).build())) {
      exec.stdout().keep(Long.MAX_VALUE);
      exec.stderr().keep(Long.MAX_VALUE);
      assertThat(exec.onEnd().get(30, TimeUnit.SECONDS).exitCode()).isZero();
      return new String(exec.stdout().takeAll(), UTF_8);
    }
  }

  private static ExecStart.Builder leaving(String script) {
    return ExecStart.newBuilder()
        .addAllArgv(List.of("/bin/sh", "-c", script))
        .setWallTimeNanos(TIMEOUT.toNanos())
        .setLeaveRunning(true);
  }

  private long ticks() throws Exception {
    return Long.parseLong(run("wc -l < /ticks || echo 0").strip());
  }

  /** The execution that asks is not counted, and the one kept ready is its own. */
  private long cgroups() throws Exception {
    return Long.parseLong(run("ls -d /sys/fs/cgroup/boxlite/exec* | wc -l").strip()) - 1;
  }
}
