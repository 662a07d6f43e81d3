package io.boxlite.bench;

import io.boxlite.BoxOptions;
import io.boxlite.BoxOrigin;
import io.boxlite.Boxlite;
import io.boxlite.BoxliteOptions;
import io.boxlite.Command;
import io.boxlite.LiteBox;
import io.boxlite.Wait;
import io.boxlite.internal.host.FileTree;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Measures how long PostgreSQL and Redis take from the request for a box to the answer to the first
 * query, from a template and from the pool, against containers of the same images. What is compared
 * is measured in turns.
 *
 * <p>Arguments: the scripts that make the images of PostgreSQL and of Redis, and the JSON file to
 * write.
 */
public final class ServiceBench {
  private static final int ROUNDS = Integer.getInteger("boxlite.bench.rounds", 50) / 2;
  private static final int WARM_UP = 2;
  private static final String POSTGRES_DIRECTORY = "/srv/postgres";

  private final Report report = new Report();

  private ServiceBench() {}

  /**
   * A service.
   *
   * @param user who runs it, by number, in a container
   * @param options of its boxes
   * @param prepare what prepares the files of its containers
   * @param command what runs in its containers; {@code %d} is its port
   */
  private record Service(
      String name,
      int port,
      String user,
      BoxOptions options,
      List<String> prepare,
      List<String> command,
      FirstQuery query) {}

  /** Runs the benchmark. */
  public static void main(String[] args) throws Exception {
    Path json = Path.of(args[2]).toAbsolutePath();
    Path directory = Files.createTempDirectory("bench"); // podman takes 50 characters at most
    try {
      ServiceBench bench = new ServiceBench();
      bench.measure(postgres(), Path.of(StartBench.outputOf(args[0])), directory);
      bench.measure(redis(), Path.of(StartBench.outputOf(args[1])), directory);
      bench.report.write(json);
    } finally {
      FileTree.delete(directory);
    }
  }

  private static Service postgres() {
    List<String> prepare =
        List.of("initdb", "--auth=trust", "--no-sync", "-D", POSTGRES_DIRECTORY + "/data");
    List<String> command = List.of("postgres", "-D", POSTGRES_DIRECTORY + "/data", "-k", "");
    BoxOptions options =
        BoxOptions.image("bench/postgres")
            .user("postgres")
            .prepare(Command.of(prepare.toArray(String[]::new)))
            .startCommand(Command.of(command.toArray(String[]::new)))
            .waitFor(Wait.port(5432), Wait.exec("psql", "-h", "127.0.0.1", "-qc", "select 1"))
            .ports(5432)
            .build();
    List<String> contained = new ArrayList<>(command);
    contained.addAll(List.of("-c", "listen_addresses=127.0.0.1", "-p", "%d"));
    return new Service("postgres", 5432, "26", options, prepare, contained, FirstQuery::ofPostgres);
  }

  private static Service redis() {
    List<String> command = List.of("redis-server", "--save", "", "--protected-mode", "no");
    BoxOptions options =
        BoxOptions.image("bench/redis")
            .user("redis")
            .startCommand(Command.of(command.toArray(String[]::new)))
            .waitFor(Wait.port(6379))
            .ports(6379)
            .build();
    List<String> contained = new ArrayList<>(command);
    contained.addAll(List.of("--bind", "127.0.0.1", "--port", "%d"));
    return new Service("redis", 6379, "999", options, List.of(), contained, FirstQuery::ofRedis);
  }

  private void measure(Service service, Path rootfs, Path directory) throws Exception {
    String name = service.name();
    Samples fromTemplate = new Samples();
    Samples fromPool = new Samples();
    Samples contained = new Samples();
    Podman podman = Podman.of(rootfs, Files.createDirectory(directory.resolve(name)));
    Optional<String> noPodman = podman.problem();
    if (noPodman.isEmpty() && !service.prepare().isEmpty()) {
      podman.as(service.user()).run(service.prepare().toArray(String[]::new));
    }
    try (Boxlite cold = open(0);
        Boxlite warm = open(1)) {
      cold.images().importImage("rootfs:" + rootfs, service.options().image().orElseThrow());
      long begin = System.nanoTime();
      cold.templates().make(service.options());
      report.put(name + ".makeTemplateMs", (System.nanoTime() - begin) / 1_000_000);
      warm.create(service.options()).close(); // fills the pool
      for (int i = -WARM_UP; i < ROUNDS; i++) {
        Samples unused = new Samples();
        Qemus.awaitCalm(1);
        inBox(service, cold, BoxOrigin.TEMPLATE, i < 0 ? unused : fromTemplate);
        Qemus.awaitCalm(1);
        inBox(service, warm, BoxOrigin.POOL, i < 0 ? unused : fromPool);
        Qemus.awaitCalm(1);
        if (noPodman.isEmpty()) {
          inContainer(service, podman, i < 0 ? unused : contained);
        }
      }
    }
    report.put(name + ".templateMs.p50", fromTemplate.p50());
    report.put(name + ".templateMs.p95", fromTemplate.p95());
    report.put(name + ".poolMs.p50", fromPool.p50());
    report.put(name + ".poolMs.p95", fromPool.p95());
    report.put(name + ".poolMs.count", fromPool.count());
    if (noPodman.isEmpty()) {
      report.put(name + ".podmanMs.p50", contained.p50());
      report.put(name + ".podmanMs.p95", contained.p95());
    } else {
      report.put(name + ".podmanNote", "podman was left out: " + noPodman.get());
    }
  }

  private static Boxlite open(int poolSize) {
    return Boxlite.open(BoxliteOptions.builder().poolSize(poolSize).build());
  }

  /** A box that came from elsewhere, as on a very busy machine, does not count. */
  private static void inBox(Service service, Boxlite boxlite, BoxOrigin origin, Samples samples)
      throws Exception {
    long begin = System.nanoTime();
    try (LiteBox box = boxlite.create(service.options())) {
      service.query().await(box.network().address(service.port()));
      long nanos = System.nanoTime() - begin;
      if (box.info().origin() == origin) {
        samples.addNanos(nanos);
      }
    }
  }

  private static void inContainer(Service service, Podman podman, Samples samples)
      throws Exception {
    InetAddress loopback = InetAddress.getByName("127.0.0.1");
    int port = freePort(loopback);
    String[] command =
        service.command().stream()
            .map(word -> String.format(Locale.ROOT, word, port))
            .toArray(String[]::new);
    long begin = System.nanoTime();
    try (Podman.Running running = podman.as(service.user()).start(command)) {
      service.query().await(new InetSocketAddress(loopback, port));
      samples.addNanos(System.nanoTime() - begin);
    }
  }

  private static int freePort(InetAddress address) throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, address)) {
      return free.getLocalPort();
    }
  }
}
