package io.boxlite.network;

import static io.boxlite.network.NetworkPrograms.HOST_V4;
import static io.boxlite.network.NetworkPrograms.small;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.boxlite.BoxOptions;
import io.boxlite.BoxOrigin;
import io.boxlite.Boxlite;
import io.boxlite.BoxliteException;
import io.boxlite.BoxliteOptions;
import io.boxlite.Command;
import io.boxlite.ExecResult;
import io.boxlite.LiteBox;
import io.boxlite.Network;
import io.boxlite.NetworkEvent.Kind;
import io.boxlite.NetworkEvent.Result;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The network works in each box, however its machine came to be. */
@Timeout(180)
class NetworkedStartsIT {
  private static Command get(int port) {
    return Command.of("sh", "-c", "echo text | nc -w 5 host.boxlite.internal " + port);
  }

  private static void assertWorks(LiteBox box, int port) {
    ExecResult result = box.exec(get(port));
    assertThat(result.stdout()).as("%s", result).isEqualTo("text\n");
    assertThat(box.network().log().count(Kind.CONNECT, Result.ALLOWED)).isEqualTo(1);
  }

  @Test
  void fromEveryOrigin() {
    try (HostServer server = HostServer.echo();
        Boxlite boxlite = Boxlite.open(BoxliteOptions.builder().poolSize(2).build())) {
      BoxOptions options =
          small()
              .network(Network.allow("host.boxlite.internal:" + server.port()))
              .diskMib(33) // a template of its own
              .build();
      Set<BoxOrigin> seen = EnumSet.noneOf(BoxOrigin.class);
      await()
          .until(
              () -> {
                try (LiteBox box = boxlite.create(options)) {
                  assertWorks(box, server.port());
                  seen.add(box.info().origin());
                }
                return seen.contains(BoxOrigin.POOL) && seen.size() >= 2;
              });
    }
  }

  @Test
  void aBoxIsAsLimitedAsItsOptionsWhateverItsTemplateWasMadeFor() {
    try (HostServer server = HostServer.echo();
        Boxlite boxlite = Boxlite.open(BoxliteOptions.builder().poolSize(0).build())) {
      BoxOptions wide = small().network(Network.allow("host.boxlite.internal")).build();
      try (LiteBox box = boxlite.create(wide)) {
        assertWorks(box, server.port());
      }
      BoxOptions narrow = small().network(Network.allow("host.boxlite.internal:1")).build();
      try (LiteBox box = boxlite.create(narrow)) {
        assertThat(box.exec(get(server.port())).exitCode()).isNotZero();
        assertThat(box.network().log().refused()).isNotEmpty();
      }
      try (LiteBox box = boxlite.create(small().build())) {
        assertThat(box.exec(get(server.port())).exitCode()).isNotZero();
        assertThat(box.network().log().events()).isEmpty();
      }
    }
  }

  /** Such a connection belongs to the guest that was saved; in a clone it is broken. */
  @Test
  void aPreparationThatLeavesAConnectionOpen() {
    try (HostServer server = HostServer.echo();
        Boxlite boxlite = Boxlite.open(BoxliteOptions.builder().poolSize(0).build())) {
      String leave =
          "mkfifo /in; (nc "
              + HOST_V4
              + " "
              + server.port()
              + " < /in > /out 2>&1; echo $? > /left) & exec 3> /in; echo hi >&3;"
              + " sleep 1000 3>&3 & for i in $(seq 50); do grep -q hi /out && exit; sleep 0.1; done;"
              + " exit 1";
      BoxOptions options =
          small()
              .prepare(Command.of("sh", "-c", leave))
              .network(Network.allow("host.boxlite.internal:" + server.port()))
              .build();
      for (int i = 0; i < 2; i++) {
        try (LiteBox box = boxlite.create(options)) {
          assertThat(box.exec("cat", "/out").stdout()).isEqualTo("hi\n");
          await().until(() -> box.exec("test", "-e", "/left").exitCode() == 0);
          assertThat(box.exec("true").exitCode()).isZero();
          assertWorks(box, server.port());
        }
      }
    }
  }

  @Test
  void aPreparationUsesTheNetworkOfItsBox() {
    try (HostServer server = HostServer.echo();
        Boxlite boxlite = Boxlite.open(BoxliteOptions.builder().poolSize(0).build())) {
      String fetch = "echo prepared | nc -w 5 " + HOST_V4 + " " + server.port() + " > /fetched";
      BoxOptions.Builder options = small().prepare(Command.of("sh", "-c", fetch));
      Network allowed = Network.allow("host.boxlite.internal:" + server.port());
      for (int i = 0; i < 2; i++) {
        try (LiteBox box = boxlite.create(options.network(allowed).build())) {
          assertThat(box.exec("cat", "/fetched").stdout()).isEqualTo("prepared\n");
          assertWorks(box, server.port());
        }
      }
      assertThatExceptionOfType(BoxliteException.class)
          .isThrownBy(() -> boxlite.create(options.network(Network.none()).build()));
      assertThatExceptionOfType(BoxliteException.class)
          .isThrownBy(
              () ->
                  boxlite.create(
                      options.network(Network.allow("host.boxlite.internal:1")).build()));
    }
  }
}
