package io.boxlite.internal.network.secret;

import static io.boxlite.internal.network.secret.Wire.HOST;
import static io.boxlite.internal.network.secret.Wire.PLACEHOLDER;
import static io.boxlite.internal.network.secret.Wire.VALUE;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.fuzz.Fuzz;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * A hostile program, which wants a server to take a header with a secret for something else: for
 * the request to another host, for a body, or for the first line.
 *
 * <p>Servers read what is not quite HTTP in different ways. Whichever way one reads what it gets, a
 * secret is only in a header of a request to its host.
 */
class SecretFuzzTest {
  private static final int SEEDS = 4000;

  private static final List<String> PIECES =
      List.of(
          "\r\n",
          "\n",
          "\r",
          "\r\n\r\n",
          "\n\n",
          " ",
          "\t",
          ":",
          "\u0000",
          "\u000b",
          "\u00a0",
          "0\r\n\r\n",
          "5\r\nabcde\r\n",
          "ffffffffffffffff\r\n",
          "Content-Length: 3\r\n",
          "Content-Length: 60\r\n",
          "Content-Length:\u000b5\r\n",
          "Transfer-Encoding: chunked\r\n",
          "Transfer-Encoding: xchunked\r\n",
          "Transfer-Encoding:\tchunked\r\n",
          "Transfer-Encoding : chunked\r\n",
          "Host: evil.example\r\n",
          "GET / HTTP/1.1\r\nHost: evil.example\r\nX-Api-Key: " + PLACEHOLDER + "\r\n\r\n",
          "GET http://evil.example/ HTTP/1.1\r\n",
          "Upgrade: websocket\r\n",
          "Expect: 100-continue\r\n",
          "HTTP/1.0",
          PLACEHOLDER);

  @Test
  void noServerIsMisledWhateverAProgramSends() throws Exception {
    Fuzz.run(SecretFuzzTest.class, 1, SEEDS, SecretFuzzTest::attack);
  }

  private static void attack(long seed) {
    Random random = new Random(seed);
    StringBuilder sent = new StringBuilder();
    StringBuilder expected = new StringBuilder();
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      String request = request(random);
      sent.append(request);
      int head = request.indexOf("\r\n\r\n");
      expected.append(request.substring(0, head).replace(PLACEHOLDER, VALUE));
      expected.append(request.substring(head));
    }
    int mutations = random.nextInt(4);
    for (int i = 0; i < mutations; i++) {
      mutate(sent, random);
    }
    String got = deliver(sent.toString(), random);
    if (mutations == 0) {
      assertThat(got).isEqualTo(expected.toString());
    }
    for (Reading reading : Reading.all()) {
      reading.check(got);
    }
  }

  private static String request(Random random) {
    String head = "POST / HTTP/1.1\r\nHost: " + HOST + "\r\nX-Api-Key: " + PLACEHOLDER + "\r\n";
    return switch (random.nextInt(4)) {
      case 0 -> head + "\r\n";
      case 1 -> head + "Content-Length: 10\r\n\r\n0123456789";
      case 2 ->
          head
              + "Content-Length: "
              + (PLACEHOLDER.length() + 4)
              + "\r\n\r\n\r\n"
              + PLACEHOLDER
              + "\r\n";
      default ->
          head + "Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n1\r\n\n\r\n0\r\nA: b\r\n\r\n";
    };
  }

  private static void mutate(StringBuilder text, Random random) {
    int at = random.nextInt(text.length() + 1);
    int end = Math.min(text.length(), at + random.nextInt(6));
    switch (random.nextInt(4)) {
      case 0 -> text.delete(at, end);
      case 1 -> text.insert(at, (char) random.nextInt(256));
      case 2 -> text.replace(at, end, PIECES.get(random.nextInt(PIECES.size())));
      default -> {
        int line = text.indexOf("\r\n", at);
        text.insert(line < 0 ? at : line + 2, PIECES.get(random.nextInt(PIECES.size())));
      }
    }
  }

  /** Sends text in pieces, with responses between them, and returns what the server gets. */
  private static String deliver(String text, Random random) {
    Wire wire = new Wire();
    int at = 0;
    while (at < text.length()) {
      int end = Math.min(text.length(), at + 1 + random.nextInt(random.nextBoolean() ? 3 : 300));
      wire.program.send(text.substring(at, end));
      at = end;
      if (random.nextInt(8) == 0 && !wire.server.received().isEmpty()) {
        wire.server.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      }
    }
    if (random.nextBoolean()) {
      wire.program.sendEnd();
    }
    for (int i = 0; i < 10 && wire.program.unconsumed() > 0; i++) { // it may wait for an upgrade
      wire.server.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }
    if (!wire.server.isBroken() && !wire.program.isBroken()) {
      assertThat(wire.program.unconsumed()).as("all was taken").isZero();
    }
    return wire.server.received();
  }

  /**
   * A way to read requests.
   *
   * @param lineFeed whether a line ends with LF alone
   * @param chunksFirst whether chunks count if there is a length as well
   * @param lastLength whether the last of several lengths counts
   */
  private record Reading(boolean lineFeed, boolean chunksFirst, boolean lastLength) {
    static List<Reading> all() {
      return IntStream.range(0, 8)
          .mapToObj(i -> new Reading((i & 1) > 0, (i & 2) > 0, (i & 4) > 0))
          .toList();
    }

    void check(String all) {
      String rest = all;
      while (!rest.isEmpty()) {
        int head = rest.indexOf("\r\n\r\n");
        if (lineFeed) {
          head = first(head, first(rest.indexOf("\n\n"), rest.indexOf("\n\r\n")));
        }
        if (head < 0) {
          assertThat(rest).as("an incomplete header").doesNotContain(VALUE);
          return;
        }
        String header = rest.substring(0, head);
        if (header.contains(VALUE)) {
          List<String> lines = header.lines().toList();
          assertThat(lines.get(0)).doesNotContain(VALUE).doesNotContain("evil");
          assertThat(
                  lines.stream().filter(line -> line.toLowerCase(Locale.ROOT).startsWith("host")))
              .as("hosts of %s", header)
              .singleElement()
              .asString()
              .doesNotContain("evil");
        }
        rest = body(header, rest.substring(head).replaceFirst("^(\r\n\r\n|\n\r\n|\n\n)", ""));
      }
    }

    private static int first(int one, int other) {
      return one < 0 ? other : other < 0 ? one : Math.min(one, other);
    }

    /** Returns what follows the body, in which there is no secret. */
    private String body(String header, String rest) {
      List<String> fields = header.toLowerCase(Locale.ROOT).lines().toList();
      List<String> lengths =
          fields.stream()
              .filter(line -> line.startsWith("content-length"))
              .map(line -> line.replaceAll("[^0-9]", ""))
              .filter(digits -> !digits.isEmpty() && digits.length() < 9)
              .toList();
      boolean chunked =
          fields.stream()
              .anyMatch(line -> line.startsWith("transfer-encoding") && line.contains("chunked"));
      if (chunked && (chunksFirst || lengths.isEmpty())) {
        return chunks(rest);
      }
      int length =
          lengths.isEmpty()
              ? 0
              : Integer.parseInt(lengths.get(lastLength ? lengths.size() - 1 : 0));
      String body = rest.substring(0, Math.min(length, rest.length()));
      assertThat(body).as("a body").doesNotContain(VALUE);
      return rest.substring(body.length());
    }

    private String chunks(String rest) {
      String left = rest;
      while (true) {
        int line = left.indexOf('\n');
        String size = line < 0 ? "" : left.substring(0, line).replaceAll("[^0-9a-fA-F].*\\s*$", "");
        if (size.isEmpty() || size.length() > 6) {
          assertThat(left).as("an incomplete chunk").doesNotContain(VALUE);
          return "";
        }
        int length = Integer.parseInt(size, 16);
        if (length == 0) {
          int end = left.indexOf("\r\n\r\n", Math.max(0, line - 1));
          assertThat(end < 0 ? left : left.substring(0, end)).doesNotContain(VALUE);
          return end < 0 ? "" : left.substring(end + 4);
        }
        String chunk = left.substring(line + 1, Math.min(left.length(), line + 1 + length));
        assertThat(chunk).as("a chunk").doesNotContain(VALUE);
        left = left.substring(Math.min(left.length(), line + 1 + length + 2));
      }
    }
  }

  @Test
  void anythingMayBeTheBeginningOfAConnection() throws Exception {
    Fuzz.run(
        SecretFuzzTest.class,
        1,
        400,
        seed -> {
          Random random = new Random(seed);
          for (int i = 0; i < 50; i++) {
            byte[] bytes = new byte[random.nextInt(300)];
            random.nextBytes(bytes);
            byte[] hello = {22, 3, 1, 0, (byte) random.nextInt(), 1, 0, 0, (byte) random.nextInt()};
            if (random.nextBoolean()) {
              System.arraycopy(hello, 0, bytes, 0, Math.min(hello.length, bytes.length));
            }
            assertThat(FirstBytes.protocol(bytes, true)).isNotNull();
            if (bytes.length > 0 && bytes[0] != 22) {
              Wire wire = new Wire();
              wire.program.send(new String(bytes, ISO_8859_1));
              wire.program.sendEnd();
              assertThat(wire.server.isEnded() || wire.server.isBroken()).isTrue();
            }
          }
        });
  }
}
