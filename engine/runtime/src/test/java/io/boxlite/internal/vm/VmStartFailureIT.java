package io.boxlite.internal.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.boxlite.BoxStartException;
import io.boxlite.BoxliteException;
import io.boxlite.internal.host.hypervisor.QemuBinary;
import io.boxlite.internal.vm.template.VmKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Machines that do not come up. Each says why, and leaves nothing. */
@Timeout(120)
class VmStartFailureIT {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static TestGuest guest;

  @TempDir Path temp;

  @BeforeAll
  static void openGuest() {
    guest = TestGuest.open();
  }

  @AfterEach
  void nothingIsLeft() {
    Leftovers.assertNone(guest.home());
  }

  private BoxStartException failure(VmSpec spec) {
    long start = System.nanoTime();
    BoxStartException failure =
        catchThrowableOfType(BoxStartException.class, () -> guest.boot(spec).close());
    assertThat(failure).hasMessageStartingWith("box " + spec.id() + " did not start: ");
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(LONG);
    return failure;
  }

  private VmSpec specWithQemu(Path qemu) {
    VmSpec spec = guest.spec(1, 256, 64);
    VmKind kind = spec.kind();
    return new VmSpec(
        spec.id(), spec.hostname(), guest.withQemu(kind, new QemuBinary(qemu, "0")), LONG);
  }

  @Test
  void aQemuThatIsGoneIsNamed() {
    assertThat(failure(specWithQemu(temp.resolve("no-qemu"))))
        .hasMessageContaining("exit code 127")
        .hasMessageContaining(temp.resolve("no-qemu").toString());
  }

  @Test
  void aQemuThatRefusesItsOptionsIsQuoted() throws IOException {
    Path script = temp.resolve("qemu");
    Files.writeString(
        script, "#!/bin/sh\nexec " + TestGuest.qemu().path() + " \"$@\" -toast brown\n");
    assertThat(script.toFile().setExecutable(true)).isTrue();
    assertThat(failure(specWithQemu(script)))
        .hasMessageContaining("QEMU ended with exit code 1")
        .hasMessageContaining("-toast: invalid option");
  }

  @Test
  void aMissingKernelIsNamed() {
    Path kernel = temp.resolve("no, such kernel");
    assertThat(failure(guest.spec(kernel, guest.files().initramfs(), LONG)))
        .hasMessageContaining("there is no file " + kernel);
  }

  @Test
  void aQemuThatEndsSomeTimeAfterItsConnectionsIsQuotedAllTheSame() throws IOException {
    Path script = temp.resolve("qemu");
    Files.writeString(
        script,
        "#!/bin/sh\n" + TestGuest.qemu().path() + " \"$@\"\ncode=$?; sleep 1; exit $code\n");
    assertThat(script.toFile().setExecutable(true)).isTrue();
    Path kernel = temp.resolve("no-kernel");
    VmSpec spec = guest.spec(kernel, guest.files().initramfs(), LONG);
    VmKind slow = guest.withQemu(spec.kind(), new QemuBinary(script, "0"), kernel);
    assertThat(failure(new VmSpec(spec.id(), spec.hostname(), slow, LONG)))
        .hasMessageContaining("QEMU ended with exit code 1")
        .hasMessageContaining(kernel.toString());
  }

  @Test
  void aFileThatIsNoKernelIsRefused() throws IOException {
    Path kernel = Files.writeString(temp.resolve("kernel"), "not a kernel at all".repeat(1000));
    assertThat(failure(guest.spec(kernel, guest.files().initramfs(), LONG)))
        .hasMessageContaining("QEMU ended with exit code 1")
        .hasMessageContaining("kernel");
  }

  @Test
  void aKernelThatPanicsIsTheReasonWithItsLastWords() throws IOException {
    VmSpec spec =
        guest.spec(guest.files().kernel(1), TinyInit.thatEnds(temp.resolve("initramfs")), LONG);
    BoxStartException failure = failure(spec);
    assertThat(failure).hasMessageContaining("the guest's kernel panicked or rebooted");
    assertThat(failure.consoleTail()).contains("Kernel panic", "Attempted to kill init");
  }

  @Test
  void aGuestThatIsLateWithMoreProcessorsThanThisMachineHasIsToldToHaveFewer() throws IOException {
    int here = Runtime.getRuntime().availableProcessors();
    VmSpec spec =
        guest.spec(
            guest.files().kernel(here + 1),
            TinyInit.thatSleeps(temp.resolve("initramfs")),
            here + 1,
            Duration.ofSeconds(1));
    assertThat(failure(spec))
        .hasMessageContaining(
            "; it has "
                + (here + 1)
                + " processors, but this machine has "
                + here
                + ": use fewer;");
  }

  @Test
  void aGuestThatNeverAnswersIsGivenUpInTime() throws IOException {
    Duration timeout = Duration.ofSeconds(6);
    VmSpec spec =
        guest.spec(
            guest.files().kernel(1), TinyInit.thatSleeps(temp.resolve("initramfs")), timeout);
    long start = System.nanoTime();
    assertThat(failure(spec))
        .hasMessageContaining("not ready within 6000 ms")
        .hasMessageEndingWith("raise its startTimeout, or boxlite.start.timeout");
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .isBetween(timeout, timeout.plusSeconds(30));
  }

  @Test
  void aGuestThatFloodsTheConsoleFillsNeitherDiskNorMemory() throws IOException {
    String line = "a line that says nothing at all, over and over again";
    Path initramfs = TinyInit.thatFloods(temp.resolve("initramfs"), line + "\n");
    BoxStartException failure =
        failure(guest.spec(guest.files().kernel(1), initramfs, Duration.ofSeconds(30)));
    assertThat(failure.consoleTail()).contains(line).hasSizeBetween(1000, 20_000);
  }

  @Test
  void aDiskSmallerThanAFileSystemCanBeIsRefused() {
    assertThat(failure(guest.spec(1, 256, 4))).hasMessageContaining("4 MiB");
  }

  @Test
  void aMissingRootImageIsNamed() {
    TestGuest without =
        new TestGuest(guest.home(), guest.files(), temp.resolve("no, such image.erofs"));
    assertThat(failure(without.spec()))
        .hasMessageContaining("there is no file")
        .hasMessageContaining("no, such image.erofs");
  }

  @Test
  void aRootImageThatIsNoneIsTheAgentsComplaint() throws IOException {
    Path image = Files.write(temp.resolve("image.erofs"), new byte[1 << 20]);
    assertThat(failure(new TestGuest(guest.home(), guest.files(), image).spec()))
        .hasMessageContaining("configure")
        .hasMessageContaining("erofs");
  }

  @Test
  void anInterruptEndsTheWaitCleansUpAndIsRemembered() throws Exception {
    VmSpec spec =
        guest.spec(guest.files().kernel(1), TinyInit.thatSleeps(temp.resolve("initramfs")), LONG);
    CompletableFuture<Boolean> stillInterrupted = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                assertThatThrownBy(() -> guest.boot(spec))
                    .isInstanceOf(BoxStartException.class)
                    .hasMessageContaining("interrupted");
                stillInterrupted.complete(Thread.currentThread().isInterrupted());
              } catch (Throwable e) {
                stillInterrupted.completeExceptionally(e);
              }
            });
    thread.start();
    Path socket = guest.home().boxes().resolve(spec.id()).resolve("agent.sock");
    await().until(() -> Files.exists(socket));
    thread.interrupt();
    assertThat(stillInterrupted.get(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void anInterruptBeforeTheStartIsNoDifferent() {
    Thread.currentThread().interrupt();
    try {
      assertThatThrownBy(() -> guest.boot()).isInstanceOf(BoxliteException.class);
      assertThat(Thread.currentThread().isInterrupted()).isTrue();
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void aFullDiskOnTheHostIsAnErrorThatSaysSo() throws Exception {
    assumeThat(System.getProperty("user.name"))
        .as("a small file system can only be mounted by root")
        .isEqualTo("root");
    Path mount = Files.createDirectory(temp.resolve("small"));
    try (SmallDisk disk = SmallDisk.mount(mount, 24)) {
      TestGuest elsewhere = guest.withHome(mount.resolve("home"));
      disk.fill();
      assertThatThrownBy(elsewhere::boot)
          .isInstanceOf(BoxliteException.class)
          .hasMessageContaining("No space left on device");
      Leftovers.assertNone(elsewhere.home());
    }
  }
}
