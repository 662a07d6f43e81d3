package io.boxlite.bench;

import io.boxlite.internal.host.GuestFiles;
import io.boxlite.internal.host.Home;
import io.boxlite.internal.vm.TinyInit;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A QEMU with its own user-mode network, what a network of boxes is compared with: the same kernel,
 * and {@code transfer} as its init.
 */
final class UserNetworkMachine implements AutoCloseable {
  /** Where its init serves. */
  private static final int SERVED_PORT = 7000;

  private static final int BOOT_TIMEOUT_SECONDS = 30;

  private final Process qemu;
  private final Socket control;
  private final BufferedReader answers;
  private final InetSocketAddress served;

  private UserNetworkMachine(Process qemu, Socket control, InetSocketAddress served)
      throws IOException {
    this.qemu = qemu;
    this.control = control;
    this.served = served;
    answers =
        new BufferedReader(
            new InputStreamReader(control.getInputStream(), StandardCharsets.US_ASCII));
  }

  /**
   * Boots one.
   *
   * @throws IOException if it does not connect to this machine in time, for example because its
   *     kernel has no driver for the network card
   */
  static UserNetworkMachine boot(Home home, Path transfer, Path directory, boolean kvm)
      throws IOException, InterruptedException {
    InetAddress loopback = InetAddress.getByName("127.0.0.1");
    Path initramfs = TinyInit.of(transfer, directory.resolve("transfer.cpio"));
    try (ServerSocket listening = new ServerSocket(0, 1, loopback)) {
      InetSocketAddress served = new InetSocketAddress(loopback, freePort(loopback));
      Path log = directory.resolve("qemu.log");
      List<String> words =
          command(home, initramfs, kvm, served.getPort(), listening.getLocalPort());
      Process qemu =
          new ProcessBuilder(words)
              .redirectErrorStream(true)
              .redirectInput(Path.of("/dev/null").toFile())
              .redirectOutput(log.toFile())
              .start();
      try {
        listening.setSoTimeout((int) TimeUnit.SECONDS.toMillis(BOOT_TIMEOUT_SECONDS));
        return new UserNetworkMachine(qemu, listening.accept(), served);
      } catch (SocketTimeoutException e) {
        qemu.destroyForcibly().waitFor();
        throw new IOException("the machine did not connect in " + BOOT_TIMEOUT_SECONDS + " s", e);
      }
    }
  }

  /** As the machines of boxes, where it matters for speed. */
  private static List<String> command(
      Home home, Path initramfs, boolean kvm, int served, int control) {
    List<String> words = new ArrayList<>(List.of("qemu-system-x86_64"));
    words.addAll(List.of("-nodefaults", "-no-user-config", "-nographic", "-no-reboot"));
    words.addAll(List.of("-machine", "microvm,acpi=off,rtc=on,pit=on,pic=on,isa-serial=on"));
    words.addAll(
        kvm
            ? List.of("-accel", "kvm", "-cpu", "host")
            : List.of("-accel", "tcg,tb-size=64", "-cpu", "max,-erms,-fsrm"));
    words.addAll(List.of("-smp", "1", "-m", "512M", "-serial", "stdio"));
    words.addAll(List.of("-kernel", GuestFiles.extract(home).kernel(1).toString()));
    words.addAll(List.of("-initrd", initramfs.toString()));
    words.add("-append");
    words.add(
        "console=ttyS0 quiet panic=-1 reboot=t idle=halt norandmaps transfer_port=" + control);
    words.add("-netdev");
    words.add("user,id=net,hostfwd=tcp:127.0.0.1:" + served + "-:" + SERVED_PORT);
    words.addAll(List.of("-device", "virtio-net-device,netdev=net"));
    return words;
  }

  private static int freePort(InetAddress address) throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, address)) {
      return free.getLocalPort();
    }
  }

  /** Returns where this machine reaches the server in the guest. */
  InetSocketAddress served() {
    return served;
  }

  /** Measures in the guest, with a server of this machine, and returns nanoseconds. */
  List<Long> measure(String what, int port, int number) {
    try {
      String request = what + " " + port + " " + number + "\n";
      control.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      List<Long> nanos = new ArrayList<>();
      for (String line; !"end".equals(line = answers.readLine()); ) {
        nanos.add(Long.valueOf(String.valueOf(line)));
      }
      return nanos;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    control.close();
    qemu.destroyForcibly();
  }
}
