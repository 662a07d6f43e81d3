package io.boxlite.internal.volume;

import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.VolumeMode;
import io.boxlite.fuzz.Fuzz;
import io.boxlite.internal.host.FileTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A hostile guest, which sends requests that no kernel would: random ones, and valid ones that were
 * changed. Every one is answered or ignored, nothing outside the directory changes, and a read-only
 * directory does not change at all.
 */
class FuseFuzzTest {
  private static final int REQUESTS = 2000;
  private static final List<String> NAMES =
      List.of("a", "b", "c", "link", "up", "..", ".", "", "a/b", "/etc/passwd", "x".repeat(300));

  @TempDir private Path outside;

  @Test
  void answersWhateverItIsSent() throws Exception {
    Fuzz.run(FuseFuzzTest.class, 1, 40, seed -> attack(outside, seed));
  }

  static void attack(Path outside, long seed) throws IOException {
    Random random = new Random(seed);
    Path above = Files.createDirectory(outside.resolve("seed-" + seed));
    Path directory = Files.createDirectory(above.resolve("volume"));
    Files.writeString(above.resolve("secret"), "secret");
    Files.createDirectory(directory.resolve("a"));
    Files.writeString(directory.resolve("b"), "content");
    Files.createSymbolicLink(directory.resolve("link"), Path.of("../secret"));
    Files.createSymbolicLink(directory.resolve("up"), Path.of(".."));
    VolumeMode mode = VolumeMode.values()[random.nextInt(VolumeMode.values().length)];
    boolean readOnly = mode == VolumeMode.READ_ONLY;
    try (FuseClient client = new FuseClient(directory, mode, 50)) {
      for (int i = 0; i < REQUESTS; i++) {
        byte[] message = message(client, random);
        FuseRequest request = FuseRequest.of(message);
        if (request != null) {
          check(request, client.server.serve(request));
        }
      }
      assertThat(client.files.nodes().size()).isLessThanOrEqualTo(51);
      client.files.known().check(changed -> {});
    }
    OwnedTree.makeWritable(above); // the guest may have made it unreadable
    assertThat(above.resolve("secret")).hasContent("secret");
    assertThat(above.toFile().list()).containsExactlyInAnyOrder("secret", "volume");
    if (readOnly) {
      assertThat(directory.toFile().list()).containsExactlyInAnyOrder("a", "b", "link", "up");
      assertThat(directory.resolve("b")).hasContent("content");
    }
    FileTree.delete(above);
  }

  private static void check(FuseRequest request, byte @Nullable [] reply) {
    if (reply != null) {
      ByteBuffer header = ByteBuffer.wrap(reply).order(ByteOrder.LITTLE_ENDIAN);
      assertThat(header.getInt(0)).isEqualTo(reply.length);
      assertThat(header.getLong(8)).isEqualTo(request.unique());
      assertThat(header.getInt(4)).isBetween(-511, 0);
      assertThat(reply.length).isLessThanOrEqualTo(FuseServer.MAX_TRANSFER_BYTES + 16);
    }
  }

  private static byte[] message(FuseClient client, Random random) {
    int opcode = random.nextInt(54);
    long node = random.nextInt(5) == 0 ? random.nextLong() : random.nextInt(60);
    FuseClient.Args arguments = FuseClient.args();
    for (int i = random.nextInt(15); i > 0; i--) {
      int value =
          switch (random.nextInt(4)) {
            case 0 -> random.nextInt();
            case 1 -> 1 << random.nextInt(32);
            default -> random.nextInt(100);
          };
      arguments.i(value, random.nextInt(3) == 0 ? value : 0);
    }
    arguments.name(NAMES.get(random.nextInt(NAMES.size())));
    arguments.name(NAMES.get(random.nextInt(NAMES.size())));
    byte[] data = new byte[random.nextInt(200)];
    random.nextBytes(data);
    byte[] message = client.message(opcode, node, arguments.raw(data).done());
    if (random.nextInt(3) > 0) {
      return valid(client, random, opcode, node);
    }
    for (int i = random.nextInt(3); i > 0; i--) {
      message[random.nextInt(message.length)] = (byte) random.nextInt();
    }
    return message;
  }

  /** A request with arguments of the right form. */
  private static byte[] valid(FuseClient client, Random random, int opcode, long node) {
    String name = NAMES.get(random.nextInt(NAMES.size()));
    String other = NAMES.get(random.nextInt(NAMES.size()));
    long any = random.nextInt(60);
    FuseClient.Args args = FuseClient.args();
    switch (opcode) {
      case Fuse.FORGET -> args.l(random.nextInt(4));
      case Fuse.BATCH_FORGET -> args.i(random.nextInt(5), 0).l(any, 1, any + 1, 2, any, -5);
      case Fuse.MKDIR, Fuse.LINK, Fuse.RENAME ->
          args.l(opcode == Fuse.MKDIR ? 0755 : any).name(name).name(other);
      case Fuse.MKNOD, Fuse.CREATE ->
          args.i(0100644, opcode == Fuse.CREATE ? 0644 : 0, 0, 0).name(name);
      case Fuse.RENAME2 -> args.l(any).i(random.nextInt(4), 0).name(name).name(other);
      case Fuse.READ, Fuse.READDIR, Fuse.READDIRPLUS ->
          args.l(0, random.nextInt(10)).i(4096, 0).l(0).i(0, 0);
      case Fuse.WRITE -> args.l(0, any).i(10, 0).l(0).i(random.nextInt(), 0).raw(new byte[10]);
      case Fuse.SETATTR ->
          args.i(random.nextInt(512), 0).l(0, any, 0, 1, 2, 3).i(4, 5, 6, 0600, 0, 3, 3, 0);
      case Fuse.FALLOCATE -> args.l(0, any, any).i(random.nextInt(64), 0);
      case Fuse.GETLK, Fuse.SETLK, Fuse.SETLKW ->
          args.l(0, random.nextInt(3), any, any + random.nextInt(9))
              .i(random.nextInt(3), 0, random.nextInt(2), 0);
      case Fuse.FLUSH -> args.l(0).i(0, 0).l(random.nextInt(3));
      case Fuse.RELEASE -> args.l(0).i(0, random.nextInt(4)).l(random.nextInt(3));
      default -> args.name(name).name(other);
    }
    return client.message(opcode, node, args.done());
  }
}
