package io.boxlite.internal.image.registry;

import static io.boxlite.internal.image.registry.HostileRegistry.head;
import static io.boxlite.internal.image.registry.HostileRegistry.reply;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.ImagePullException;
import io.boxlite.PullEvent;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Registries that are slow, busy or broken: tried again, and not for ever. */
class RetryTest extends HostileTest {
  @Test
  void aBodyThatDrips() {
    timeout = TestTimeouts.window(Duration.ofMillis(300));
    registry.on(
        blobPath(),
        (request, out) -> {
          head(out, 200, "Content-Length: " + LAYER.length);
          for (byte b : LAYER) {
            out.write(b);
            out.flush();
            Thread.sleep(50);
          }
        });
    long begin = System.nanoTime();
    assertRefused(ImagePullException.class, "after 3 attempts: it stalled");
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(60));
  }

  @Test
  void aServerThatSaysNothing() {
    timeout = TestTimeouts.response(Duration.ofMillis(500));
    registry.on("/v2/app/manifests/latest", (request, out) -> Thread.sleep(60_000));
    assertRefused(ImagePullException.class, "cannot be pulled after 3 attempts", "timed out");
  }

  @Test
  void tooManyRequestsForEver() {
    registry.on(
        "/v2/app/manifests/latest",
        (request, out) -> reply(out, 429, "Retry-After: 0", new byte[0]));
    assertRefused(
        ImagePullException.class,
        "cannot be pulled after 3 attempts",
        "HTTP status 429 of http://");
    assertThat(registry.requests("/v2/")).hasSize(3);
    assertThat(events.of(PullEvent.Retrying.class)).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"3600", "Tue, 31 Dec 2199 23:59:59 GMT"})
  void aRequestToWaitForTooLong(String retryAfter) {
    registry.on(
        "/v2/app/manifests/latest",
        (request, out) -> reply(out, 429, "Retry-After: " + retryAfter, new byte[0]));
    assertRefused(ImagePullException.class, "the registry asks to wait", "which is too long");
    assertThat(registry.requests("/v2/")).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({"429,1", "503,''", "500,''", "429,soon"})
  void aFailureThatPasses(int status, String retryAfter) {
    AtomicInteger count = new AtomicInteger();
    byte[] manifest = manifest(config, layer).getBytes(UTF_8);
    registry.on(
        "/v2/app/manifests/latest",
        (request, out) -> {
          if (count.getAndIncrement() == 0) {
            reply(
                out,
                status,
                retryAfter.isEmpty() ? "" : "Retry-After: " + retryAfter,
                "{\"errors\":[{\"code\":\"TOOMANYREQUESTS\",\"message\":\"slow\\ndown\"}]}"
                    .getBytes(UTF_8));
          } else {
            reply(out, 200, "", manifest);
          }
        });
    assertPulls();
    PullEvent.Retrying retrying = events.of(PullEvent.Retrying.class).get(0);
    assertThat(retrying.reason()).contains("HTTP status " + status, "slow down");
    if (retryAfter.equals("1")) {
      assertThat(retrying.delay()).isEqualTo(Duration.ofSeconds(1));
    }
  }

  @Test
  void aFailureThatIsNotExpectedToPass() {
    registry.on(
        "/v2/app/manifests/latest",
        (request, out) -> reply(out, 418, "", "<html>".getBytes(UTF_8)));
    assertRefused(ImagePullException.class, "HTTP status 418 of http://" + registry.host());
    assertThat(registry.requests("/v2/")).hasSize(1);
  }
}
