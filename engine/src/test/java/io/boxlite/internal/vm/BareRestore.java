package io.boxlite.internal.vm;

import io.boxlite.internal.host.FileTree;
import io.boxlite.internal.host.Home;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
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
 * The least that starts a box from its template: QEMU with the same arguments and files, four QMP
 * commands, and the agent's first word. No gRPC, no locks, no identity for the guest: what the
 * engine's own start is measured against.
 */
public final class BareRestore implements AutoCloseable {
  /** The client's connection preface and an empty SETTINGS frame (RFC 9113, sections 3.4, 6.5). */
  private static final byte[] HTTP2_PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0".getBytes(StandardCharsets.US_ASCII);

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
        guest.write(ByteBuffer.wrap(HTTP2_PREFACE));
        if (guest.read(ByteBuffer.allocate(9)) <= 0) {
          throw new IOException("the agent did not answer, on " + console.getLocalAddress());
        }
        return System.nanoTime() - start;
      }
    } finally {
      if (qemu != null) {
        qemu.destroyForcibly().waitFor();
      }
      FileTree.delete(folder);
    }
  }

  private static void restore(SocketChannel qmp) throws IOException {
    BufferedReader answers =
        new BufferedReader(
            new InputStreamReader(Channels.newInputStream(qmp), StandardCharsets.UTF_8));
    say(
        qmp,
        """
        {"execute":"qmp_capabilities"}
        {"execute":"migrate-set-capabilities","arguments":{"capabilities":[\
        {"capability":"x-ignore-shared","state":true},{"capability":"events","state":true}]}}
        {"execute":"migrate-incoming","arguments":{"uri":"fd:0"}}
        """);
    awaitLine(answers, "\"completed\"");
    say(qmp, "{\"execute\":\"cont\",\"id\":\"cont\"}\n");
    awaitLine(answers, "\"id\": \"cont\"");
  }

  private static void say(SocketChannel qmp, String commands) throws IOException {
    qmp.write(ByteBuffer.wrap(commands.getBytes(StandardCharsets.UTF_8)));
  }

  private static void awaitLine(BufferedReader answers, String part) throws IOException {
    String line = answers.readLine();
    while (line != null && !line.contains(part)) {
      if (line.contains("\"error\"") || line.contains("\"failed\"")) {
        throw new IOException("QEMU refuses: " + line);
      }
      line = answers.readLine();
    }
    if (line == null) {
      throw new IOException("QEMU ended before it said " + part);
    }
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
