package io.boxlite.internal.vm;

import io.boxlite.internal.guest.proto.ConfigureRequest;
import io.boxlite.internal.host.FileTree;
import io.boxlite.internal.host.Home;
import io.boxlite.internal.vm.qemu.QemuCommandLine;
import io.boxlite.internal.vm.template.Template;
import io.boxlite.internal.vm.template.TemplateSpec;
import io.boxlite.internal.vm.template.TemplateStore;
import io.boxlite.internal.vm.template.VmKind;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The least that starts a box from its template: QEMU with the same arguments and files, three QMP
 * commands, and one request to the agent in bytes, for a clone that has no identity of its own is
 * no box. No gRPC, no locks: what the engine's own start is measured against.
 */
public final class BareRestore implements AutoCloseable {
  /** The client's connection preface and an empty SETTINGS frame (RFC 9113, sections 3.4, 6.5). */
  private static final byte[] HTTP2_PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0".getBytes(StandardCharsets.US_ASCII);

  // RFC 9113, sections 6.1 and 6.2.
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;
  private static final int FRAME_HEADER_BYTES = 9;

  private final VmKind kind;
  private final Template template;

  private BareRestore(VmKind kind, Template template) {
    this.kind = kind;
    this.template = template;
  }

  /** Finds the template of a box with every default, which must have been made. */
  public static BareRestore ofDefaultBox(Path home) {
    VmKind kind = TestGuest.open(home).kind(1, 512, 1024);
    Template template =
        new TemplateStore(Home.open(home), () -> {})
            .find(new TemplateSpec(kind, List.of()))
            .orElseThrow(() -> new IllegalStateException("the template was not made"));
    return new BareRestore(kind, template);
  }

  /** Starts one and ends it, and tells how many nanoseconds the start took. */
  public long run() throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("boxlite-bare");
    Process qemu = null;
    try (ServerSocketChannel monitor = listen(folder.resolve(QemuCommandLine.MONITOR_SOCKET));
        ServerSocketChannel console = listen(folder.resolve(QemuCommandLine.CONSOLE_SOCKET))) {
      List<String> argv = QemuCommandLine.toRestore("bare", kind, template);
      long start = System.nanoTime();
      qemu =
          new ProcessBuilder(argv)
              .directory(folder.toFile())
              .redirectInput(template.file(Template.STATE).toFile())
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("log").toFile())
              .start();
      try (SocketChannel qmp = monitor.accept();
          SocketChannel guest = SocketChannel.open(StandardProtocolFamily.UNIX)) {
        restore(qmp);
        guest.connect(UnixDomainSocketAddress.of(folder.resolve(QemuCommandLine.AGENT_SOCKET)));
        guest.write(ByteBuffer.wrap(configuration()));
        awaitAnswer(Channels.newInputStream(guest));
        long nanos = System.nanoTime() - start;
        console.accept().close();
        return nanos;
      }
    } finally {
      if (qemu != null) {
        qemu.destroyForcibly().waitFor();
      }
      FileTree.delete(folder);
    }
  }

  /** The call Configure, with a new identity, as gRPC has it over HTTP/2. */
  private static byte[] configuration() {
    byte[] request =
        ConfigureRequest.newBuilder()
            .setIdentity(GuestIdentity.fresh("bare"))
            .build()
            .toByteArray();
    ByteBuffer message = ByteBuffer.allocate(5 + request.length);
    message.put((byte) 0).putInt(request.length).put(request);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(HTTP2_PREFACE);
    frame(bytes, HEADERS, END_HEADERS, headers());
    frame(bytes, DATA, END_STREAM, message.array());
    return bytes.toByteArray();
  }

  /** Literal fields that are not indexed (RFC 7541, section 6.2.2). */
  private static byte[] headers() {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    for (String field :
        List.of(
            ":method=POST",
            ":scheme=http",
            ":path=/boxlite.agent.v1.Agent/Configure",
            ":authority=localhost",
            "content-type=application/grpc",
            "te=trailers")) {
      block.write(0);
      for (String part : field.split("=", 2)) {
        block.write(part.length());
        block.writeBytes(part.getBytes(StandardCharsets.US_ASCII));
      }
    }
    return block.toByteArray();
  }

  private static void frame(ByteArrayOutputStream to, int type, int flags, byte[] payload) {
    ByteBuffer header = ByteBuffer.allocate(FRAME_HEADER_BYTES);
    header.putInt(payload.length << 8 | type).put((byte) flags).putInt(1);
    to.writeBytes(header.array());
    to.writeBytes(payload);
  }

  /** Reads frames up to the end of the only stream, which must have had a message. */
  private static void awaitAnswer(InputStream from) throws IOException {
    boolean answered = false;
    while (true) {
      ByteBuffer header = ByteBuffer.wrap(from.readNBytes(FRAME_HEADER_BYTES));
      if (header.capacity() < FRAME_HEADER_BYTES) {
        throw new IOException("the agent has closed the connection");
      }
      int lengthAndType = header.getInt();
      from.skipNBytes(lengthAndType >>> 8);
      answered |= (lengthAndType & 0xff) == DATA;
      if ((lengthAndType & 0xff) == HEADERS && (header.get() & END_STREAM) != 0) {
        if (!answered) {
          throw new IOException("the agent refuses the identity");
        }
        return;
      }
    }
  }

  private static void restore(SocketChannel qmp) throws IOException {
    // QEMU greets when its sockets are there.
    Reader answers = new InputStreamReader(Channels.newInputStream(qmp), StandardCharsets.UTF_8);
    if (new BufferedReader(answers).readLine() == null) {
      throw new IOException("QEMU ended before it greeted");
    }
    String commands =
        """
        {"execute":"qmp_capabilities"}
        {"execute":"migrate-set-capabilities","arguments":{"capabilities":[\
        {"capability":"x-ignore-shared","state":true}]}}
        {"execute":"migrate-incoming","arguments":{"uri":"fd:0"}}
        """;
    qmp.write(ByteBuffer.wrap(commands.getBytes(StandardCharsets.UTF_8)));
  }

  private static ServerSocketChannel listen(Path socket) throws IOException {
    return ServerSocketChannel.open(StandardProtocolFamily.UNIX)
        .bind(UnixDomainSocketAddress.of(socket));
  }

  @Override
  public void close() {
    template.close();
  }
}
