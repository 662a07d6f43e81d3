package io.boxlite.bench;

import io.boxlite.Accelerator;
import io.boxlite.BoxOptions;
import io.boxlite.Boxlite;
import io.boxlite.CProgram;
import io.boxlite.Command;
import io.boxlite.ExecResult;
import io.boxlite.Execution;
import io.boxlite.LiteBox;
import io.boxlite.LoopbackServer;
import io.boxlite.Network;
import io.boxlite.internal.host.FileTree;
import io.boxlite.internal.host.Home;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Measures the network of a box against QEMU's own user-mode network with the same kernel: a
 * program in the guest that connects to a server of this machine, and the other way around. What is
 * compared is measured in turns.
 *
 * <p>Arguments: the JSON file to write. The system property {@code boxlite.bench.network.mib} is
 * how much is sent in each direction, 128 by default.
 */
public final class NetworkBench {
  private static final int ROUNDS = 3;
  private static final int CONNECTIONS = 300;
  private static final int EXCHANGES = 300;
  private static final int PORT = 7000;
  private static final Duration LONG = Duration.ofMinutes(5);

  private final int mib = Integer.getInteger("boxlite.bench.network.mib", 128);
  private final Map<String, Samples> figures = new TreeMap<>();

  private NetworkBench() {}

  /** Measures in a guest, and returns nanoseconds. */
  private interface Guest {
    List<Long> measure(String what, int number);
  }

  /** Runs the benchmark. */
  public static void main(String[] args) throws Exception {
    Path json = Path.of(args[0]).toAbsolutePath();
    Path directory = Files.createTempDirectory("boxlite-bench");
    try {
      new NetworkBench().run(directory, json);
    } finally {
      FileTree.delete(directory);
    }
  }

  private void run(Path directory, Path json) throws Exception {
    Path transfer = CProgram.compile("transfer", directory);
    Report report = new Report();
    try (Boxlite boxlite = Boxlite.open();
        LoopbackServer server = TransferServer.start();
        LiteBox box = boxlite.create(options(server))) {
      report.put("accelerator", boxlite.host().accelerator().name());
      report.put("sentMiB", mib);
      box.copyIn(transfer, "/transfer");
      try (Execution serving = serve(box)) {
        boolean kvm = boxlite.host().accelerator() == Accelerator.KVM;
        try (UserNetworkMachine machine =
            UserNetworkMachine.boot(Home.open(boxlite.host().home()), transfer, directory, kvm)) {
          for (int round = 0; round < ROUNDS; round++) {
            measure(box, server);
            measure("qemuUser", (what, number) -> machine.measure(what, server.port(), number));
            measure("qemuUser", new TransferClient(machine.served()));
          }
        } catch (IOException e) {
          report.put("qemuUserNote", "QEMU's user-mode network was left out: " + e.getMessage());
          for (int round = 0; round < ROUNDS; round++) {
            measure(box, server);
          }
        }
        if (!serving.isRunning()) {
          throw new IllegalStateException("the server ended: " + serving.await());
        }
      }
    }
    tell(report);
    report.write(json);
  }

  private static BoxOptions options(LoopbackServer server) {
    return BoxOptions.builder()
        .network(Network.allow("host.boxlite.internal:" + server.port()))
        .ports(PORT)
        .build();
  }

  private static Execution serve(LiteBox box) throws IOException {
    Execution serving =
        box.start(
            Command.of("/transfer", "serve", String.valueOf(PORT)).timeout(LONG.multipliedBy(10)));
    for (int read; (read = serving.stdout().read()) != '\n'; ) { // "serving"
      if (read < 0) {
        throw new IOException("the server in the box ended: " + serving.await());
      }
    }
    return serving;
  }

  private void measure(LiteBox box, LoopbackServer server) throws IOException {
    measure("box", (what, number) -> inBox(box, what, server.port(), number));
    InetSocketAddress published = box.network().address(PORT);
    measure("box", new TransferClient(published));
  }

  private static List<Long> inBox(LiteBox box, String what, int port, int number) {
    ExecResult result =
        box.exec(
            Command.of(
                    "/transfer", what, "198.18.0.1", String.valueOf(port), String.valueOf(number))
                .timeout(LONG));
    if (result.exitCode() != 0) {
      throw new IllegalStateException(what + " fails: " + result + result.stdout());
    }
    return result.stdout().lines().map(Long::valueOf).toList();
  }

  private void measure(String whose, Guest guest) {
    samples("out.connect", whose).addAll(guest.measure("connect", CONNECTIONS));
    samples("out.exchange", whose).addAll(guest.measure("exchange", EXCHANGES));
    samples("out.send", whose).addAll(guest.measure("send", mib));
    samples("out.receive", whose).addAll(guest.measure("receive", mib));
  }

  private void measure(String whose, TransferClient client) throws IOException {
    for (int i = 0; i < CONNECTIONS; i++) {
      long begin = System.nanoTime();
      client.firstByte();
      samples("in.firstByte", whose).addNanos(System.nanoTime() - begin);
    }
    client.exchange(EXCHANGES, samples("in.exchange", whose));
    samples("in.send", whose).addNanos(client.send(mib));
    samples("in.receive", whose).addNanos(client.receive(mib));
  }

  private Samples samples(String what, String whose) {
    return figures.computeIfAbsent(what + " " + whose, key -> new Samples());
  }

  private void tell(Report report) {
    figures.forEach(
        (key, samples) -> {
          String[] words = key.split(" ");
          boolean throughput = words[0].endsWith("send") || words[0].endsWith("receive");
          double figure = throughput ? mib / (samples.p50() / 1000) : samples.p50();
          report.put(
              words[0] + (throughput ? "MiBPerS." : "Ms.") + words[1],
              Double.valueOf(String.format(Locale.ROOT, throughput ? "%.1f" : "%.2f", figure)));
        });
  }
}
