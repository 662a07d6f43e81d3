package io.boxlite.internal.image.registry;

import static io.boxlite.internal.image.registry.HostileRegistry.head;
import static io.boxlite.internal.image.registry.HostileRegistry.ranged;
import static io.boxlite.internal.image.registry.HostileRegistry.reply;
import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.ImagePullException;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections that break in the middle of a layer. */
class ResumeTest extends HostileTest {
  private final AtomicInteger count = new AtomicInteger();

  /** The first answer breaks off after half of the layer. */
  private void breakOffOnce(HostileRegistry.Answer then) {
    registry.on(
        blobPath(),
        (request, out) -> {
          if (count.getAndIncrement() == 0) {
            head(out, 200, "Content-Length: " + LAYER.length);
            out.write(LAYER, 0, LAYER.length / 2);
          } else {
            then.write(request, out);
          }
        });
  }

  @Test
  void goesOnWhereTheConnectionBroke() {
    breakOffOnce((request, out) -> ranged(request, out, LAYER));
    assertPulls();
    assertThat(registry.requests(blobPath())).hasSize(2);
    assertThat(registry.requests(blobPath()).get(1).header("Range"))
        .hasValueSatisfying(range -> assertThat(range).matches("bytes=[1-9][0-9]*-"));
    assertThat(events.completed().fetchedBytes()).isEqualTo(LAYER.length);
  }

  @Test
  void startsAfreshWhereTheServerKnowsNoRanges() {
    breakOffOnce((request, out) -> reply(out, 200, "", LAYER));
    assertPulls();
    assertThat(events.completed().fetchedBytes()).isGreaterThan(LAYER.length);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Range: bytes 0-99/100",
        "Content-Range: bytes nonsense",
        "Content-Range: bytes 99999999999999999999-1/1",
        ""
      })
  void startsAfreshWhereTheServerSendsAnotherRange(String range) {
    breakOffOnce(
        (request, out) -> {
          if (request.header("Range").isPresent()) {
            reply(out, 206, range, new byte[100]);
          } else {
            reply(out, 200, "", LAYER);
          }
        });
    assertPulls();
  }

  @Test
  void startsAfreshWhereTheServerHasNoSuchRange() {
    breakOffOnce(
        (request, out) -> {
          if (request.header("Range").isPresent()) {
            reply(out, 416, "", new byte[0]);
          } else {
            reply(out, 200, "", LAYER);
          }
        });
    assertPulls();
  }

  @Test
  void doesNotGiveUpWhileItGetsOn() {
    int step = 128 << 10;
    registry.on(
        blobPath(),
        (request, out) -> {
          String range = request.header("Range").orElse("bytes=0-");
          int from = Integer.parseInt(range.replaceAll("\\D", ""));
          byte[] rest = Arrays.copyOfRange(LAYER, from, LAYER.length);
          head(
              out,
              from == 0 ? 200 : 206,
              "Content-Range: bytes " + from + "-" + (LAYER.length - 1) + "/" + LAYER.length,
              "Content-Length: " + rest.length);
          // More than the news that two failures in a row need.
          out.write(rest, 0, Math.min(rest.length, 9 * step));
        });
    assertPulls();
    assertThat(events.completed().fetchedBytes()).isEqualTo(LAYER.length);
  }

  @Test
  void keepsWhatItHasForTheNextPull() {
    breakOffOnce((request, out) -> reply(out, 503, "", new byte[0]));
    assertRefused(ImagePullException.class, "HTTP status 503");
    registry.on(blobPath(), (request, out) -> ranged(request, out, LAYER));
    int before = registry.requests(blobPath()).size();
    assertPulls();
    assertThat(registry.requests(blobPath()).get(before).header("Range")).isPresent();
    assertThat(events.completed().fetchedBytes()).isLessThan(LAYER.length);
  }
}
