package io.boxlite.junit;

import static io.boxlite.junit.BoxAssertions.assertThat;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.boxlite.Command;
import io.boxlite.ExecResult;
import io.boxlite.Execution;
import io.boxlite.LiteBox;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Boxes of tests that reach each other, and that tests connect to. */
@Timeout(180)
class BoxNetworkIT {
  private static Execution serve(LiteBox box, int port, String text) {
    return box.start(
        Command.of("sh", "-c", "while true; do echo " + text + " | nc -l -p " + port + "; done"));
  }

  /** Connects until the server listens. */
  private static ExecResult fetch(LiteBox box, String name, int port) {
    return box.exec(
        "sh",
        "-c",
        "for i in $(seq 50); do nc -w 5 "
            + name
            + " "
            + port
            + " < /dev/null && exit; sleep 0.1; done; exit 1");
  }

  @Test
  void boxesOfATestReachEachOther() {
    Runs.passes(1, OfTest.class);
  }

  static class OfTest {
    @Box(
        join = "backend",
        alias = {"db", "cache"})
    private LiteBox database;

    @Test
    void test(
        @Box(join = "backend") LiteBox web, @Box(join = "other", alias = "db") LiteBox other) {
      try (Execution unused = serve(database, 5432, "rows")) {
        assertThat(fetch(web, "db", 5432)).succeeded().hasStdout("rows\n");
        assertThat(fetch(web, "cache", 5432)).succeeded().hasStdout("rows\n");
        assertThat(other.exec("nc", "-w", "2", "cache", "5432").exitCode()).isEqualTo(1);
      }
    }
  }

  @Test
  void testsThatRunAtTheSameTimeHaveNetworksOfTheirOwn() {
    Runs.passes(Runs.inParallel("concurrent"), 4, FirstParallel.class, SecondParallel.class);
  }

  static class FirstParallel {
    @Test
    void one(@Box(join = "net", alias = "db") LiteBox db, @Box(join = "net") LiteBox web)
        throws InterruptedException {
      Together.meet(db, web, "one");
    }

    @Test
    void two(@Box(join = "net", alias = "db") LiteBox db, @Box(join = "net") LiteBox web)
        throws InterruptedException {
      Together.meet(db, web, "two");
    }
  }

  static class SecondParallel {
    @Test
    void three(@Box(join = "net", alias = "db") LiteBox db, @Box(join = "net") LiteBox web)
        throws InterruptedException {
      Together.meet(db, web, "three");
    }

    @Test
    void four(@Box(join = "net", alias = "db") LiteBox db, @Box(join = "net") LiteBox web)
        throws InterruptedException {
      Together.meet(db, web, "four");
    }
  }

  private static final class Together {
    private static final CountDownLatch ALL = new CountDownLatch(4);

    static void meet(LiteBox db, LiteBox web, String text) throws InterruptedException {
      try (Execution unused = serve(db, 80, text)) {
        ALL.countDown();
        assertThat(ALL.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(fetch(web, "db", 80)).succeeded().hasStdout(text + "\n");
      }
    }
  }

  @Test
  void boxesOfATestReachTheBoxOfTheirClass() {
    Runs.passes(3, OfClass.class);
  }

  static class OfClass {
    @Box(join = "backend", alias = "db")
    private static LiteBox database;

    private static Execution server;

    @BeforeAll
    static void start() {
      server = serve(database, 5432, "rows");
    }

    @AfterAll
    static void stop() {
      server.close();
    }

    @Test
    void first(@Box(join = "backend", alias = "web") LiteBox web) {
      assertThat(fetch(web, "db", 5432)).succeeded().hasStdout("rows\n");
    }

    @Test
    void secondWithTheSameAlias(@Box(join = "backend", alias = "web") LiteBox web) {
      assertThat(fetch(web, "db", 5432)).succeeded().hasStdout("rows\n");
    }

    @Nested
    class Inner {
      @Test
      void third(@Box(join = "backend") LiteBox web) {
        assertThat(fetch(web, "db", 5432)).succeeded().hasStdout("rows\n");
      }
    }
  }

  @Test
  void boxesOfATestReachTheBoxOfTheSession() {
    Runs.passes(2, FirstOfSession.class, SecondOfSession.class);
  }

  static class FirstOfSession {
    @Test
    void test(
        @Box(join = "all", alias = "db", scope = BoxScope.SESSION) LiteBox database,
        @Box(join = "all") LiteBox web) {
      assertReaches(database, web);
    }
  }

  static class SecondOfSession {
    @Test
    void test(
        @Box(join = "all", alias = "db", scope = BoxScope.SESSION) LiteBox database,
        @Box(join = "all") LiteBox web) {
      assertReaches(database, web);
    }
  }

  private static void assertReaches(LiteBox database, LiteBox web) {
    try (Execution unused = serve(database, 5432, "rows")) {
      assertThat(fetch(web, "db", 5432)).succeeded().hasStdout("rows\n");
    }
  }

  @Test
  void aTestConnectsToItsBox() {
    Runs.passes(1, Ports.class);
  }

  static class Ports {
    @Test
    void test(@Box(ports = {"8080", "8081"}) LiteBox box) throws Exception {
      try (Execution unused = serve(box, 8081, "hello")) {
        InetSocketAddress address = box.network().address(8081);
        assertThat(address).isNotEqualTo(box.network().address(8080));
        assertThat(read(address)).isEqualTo("hello\n");
      }
    }

    private static String read(InetSocketAddress address) throws Exception {
      for (int i = 0; i < 50; i++) {
        try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
          return new String(socket.getInputStream().readAllBytes(), UTF_8);
        } catch (IOException e) {
          Thread.sleep(100); // nobody listens yet
        }
      }
      throw new AssertionError("nobody listens");
    }
  }

  @Test
  void aWrongDeclarationSaysWhatToDo() {
    assertThat(Runs.failures(Runs.of(AliasAlone.class).testEvents()))
        .singleElement()
        .asString()
        .contains("parameter `box` of method test", "alias is [db]", "set join as well");
    assertThat(Runs.failures(Runs.of(WrongPort.class).testEvents()))
        .singleElement()
        .asString()
        .contains("ports has \"http\"", "8080");
    List<Throwable> twice = Runs.failures(Runs.of(SameAlias.class).testEvents());
    assertThat(twice).hasSize(1);
    assertThat(twice.get(0))
        .rootCause()
        .hasMessageContaining("alias is \"db\", which another box on network \"backend-");
  }

  static class AliasAlone {
    @Test
    void test(@Box(alias = "db") LiteBox box) {}
  }

  static class WrongPort {
    @Test
    void test(@Box(ports = "http") LiteBox box) {}
  }

  static class SameAlias {
    @Test
    void test(
        @Box(join = "backend", alias = "db") LiteBox one,
        @Box(join = "backend", alias = "db") LiteBox other) {}
  }

  @Test
  void theReportOfAFailedTestShowsWhatWasRefused() {
    List<Throwable> failures = Runs.failures(Runs.of(Refused.class).testEvents());
    assertThat(failures).hasSize(1);
    assertThat(failures.get(0).getSuppressed())
        .singleElement()
        .asString()
        .containsSubsequence(
            "  network: connections: 0 allowed, 1 refused",
            "    REFUSED",
            "10.1.2.3",
            "ALLOWED resolve host.boxlite.internal");
  }

  static class Refused {
    @Test
    void test(@Box(network = "host.boxlite.internal:1") LiteBox box) {
      box.exec("nslookup", "host.boxlite.internal");
      box.exec("nc", "-w", "2", "10.1.2.3", "80");
      throw new AssertionError("fails");
    }
  }
}
