package io.boxlite.internal.vm.qemu;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/** What a hostile peer makes of the lines of a conversation. All of it follows from a seed. */
final class LineMutation {
  private static final int LONGEST = 3 << 20;

  /** JSON that is valid, but not what is expected in its place. */
  private static final List<String> VALUES =
      List.of(
          "null",
          "true",
          "-1",
          "1e999999999",
          "9".repeat(900),
          "9".repeat(5000),
          "0.".concat("1".repeat(900)),
          "[]",
          "{}",
          "{\"id\": {\"id\": []}}",
          "\"\\u0000\\u001b[2J\\ud800\"",
          "\"" + "x".repeat(100_000) + "\"",
          "[".repeat(100_000),
          "[".repeat(900) + "]".repeat(900),
          "{\"a\":".repeat(50_000));

  private final Random random;
  private final List<Consumer<List<byte[]>>> kinds =
      List.of(
          this::flip,
          this::cut,
          this::drop,
          this::swap,
          this::repeat,
          this::flood,
          this::otherValue,
          this::otherValue,
          this::otherLine,
          this::binary,
          this::withoutEnd);

  LineMutation(Random random) {
    this.random = random;
  }

  List<byte[]> apply(List<String> recorded) {
    List<byte[]> lines = new ArrayList<>();
    recorded.forEach(line -> lines.add((line + "\r\n").getBytes(UTF_8)));
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      kinds.get(random.nextInt(kinds.size())).accept(lines);
    }
    return lines;
  }

  private void flip(List<byte[]> lines) {
    int at = any(lines);
    byte[] line = lines.get(at).clone();
    for (int i = 1 + random.nextInt(4); i > 0 && line.length > 0; i--) {
      line[random.nextInt(line.length)] ^= (byte) (1 << random.nextInt(8));
    }
    lines.set(at, line);
  }

  private void cut(List<byte[]> lines) {
    int at = any(lines);
    byte[] line = lines.get(at);
    lines.set(at, Arrays.copyOf(line, random.nextInt(line.length + 1)));
    if (random.nextBoolean()) {
      lines.subList(at + 1, lines.size()).clear();
    }
  }

  private void drop(List<byte[]> lines) {
    if (lines.size() > 1) {
      lines.remove(any(lines));
    }
  }

  private void swap(List<byte[]> lines) {
    Collections.swap(lines, any(lines), any(lines));
  }

  private void repeat(List<byte[]> lines) {
    int at = any(lines);
    lines.addAll(at, Collections.nCopies(1 + random.nextInt(5), lines.get(at)));
  }

  private void flood(List<byte[]> lines) {
    int at = any(lines);
    byte[] line = lines.get(at);
    lines.addAll(at, Collections.nCopies(random.nextInt(LONGEST) / (line.length + 1000), line));
  }

  /** Replaces what follows a colon. */
  private void otherValue(List<byte[]> lines) {
    int at = any(lines);
    String line = new String(lines.get(at), UTF_8);
    String[] parts = line.split("(?<=: )", -1);
    int part = random.nextInt(parts.length);
    String value = VALUES.get(random.nextInt(VALUES.size()));
    parts[part] = value + parts[part].replaceFirst("^(\"[^\"]*\"|[0-9]+)", "");
    lines.set(at, String.join("", parts).getBytes(UTF_8));
  }

  private void otherLine(List<byte[]> lines) {
    String value = VALUES.get(random.nextInt(VALUES.size()));
    lines.add(any(lines), (value + "\n").getBytes(UTF_8));
  }

  private void binary(List<byte[]> lines) {
    byte[] bytes = new byte[random.nextInt(20_000)];
    random.nextBytes(bytes);
    lines.add(any(lines), bytes);
  }

  private void withoutEnd(List<byte[]> lines) {
    byte[] line = new byte[random.nextInt(4) == 0 ? LONGEST : random.nextInt(100_000)];
    Arrays.fill(line, (byte) (random.nextBoolean() ? ' ' : random.nextInt(256)));
    lines.add(any(lines), line);
  }

  private int any(List<byte[]> lines) {
    return random.nextInt(lines.size());
  }
}
