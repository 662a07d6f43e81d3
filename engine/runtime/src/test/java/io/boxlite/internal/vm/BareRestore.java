package io.boxlite.internal.vm;

import io.boxlite.internal.guest.proto.ConfigureRequest;
import io.boxlite.internal.host.FileTree;
import io.boxlite.internal.host.Home;
import io.boxlite.internal.vm.qemu.BareQemu;
import io.boxlite.internal.vm.template.Template;
import io.boxlite.internal.vm.template.TemplateSpec;
import io.boxlite.internal.vm.template.TemplateStore;
import io.boxlite.internal.vm.template.VmKind;
import java.io.BufferedReader;
import java.io.IOException;
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
            .find(new TemplateSpec(kind, List.of(), List.of()))
            .orElseThrow(() -> new IllegalStateException("the template was not made"));
    return new BareRestore(kind, template);
  }

  /** Starts one and ends it, and tells how many nanoseconds the start took. */
  public long run() throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("boxlite-bare");
    Process qemu = null;
    try (ServerSocketChannel monitor = listen(directory.resolve(BareQemu.MONITOR_SOCKET));
        ServerSocketChannel console = listen(directory.resolve(BareQemu.CONSOLE_SOCKET));
        ServerSocketChannel agent = listen(directory.resolve(BareQemu.AGENT_SOCKET))) {
      List<String> argv = BareQemu.toRestore("bare", kind, template.directory(), directory);
      long start = System.nanoTime();
      qemu =
          new ProcessBuilder(argv)
              .directory(directory.toFile())
              .redirectInput(template.directory().resolve(BareQemu.DEVICES).toFile())
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("log").toFile())
              .start();
      try (SocketChannel qmp = monitor.accept()) {
        restore(qmp);
        identify(agent.accept());
        long nanos = System.nanoTime() - start;
        console.accept().close();
        return nanos;
      }
    } finally {
      if (qemu != null) {
        qemu.destroyForcibly().waitFor();
      }
      FileTree.delete(directory);
    }
  }

  private static void identify(SocketChannel port) throws IOException {
    ConfigureRequest request =
        ConfigureRequest.newBuilder().setIdentity(GuestIdentity.fresh("bare")).build();
    try (RawHost host = new RawHost(port)) {
      host.call(1, "Configure").message(1, request.toByteArray(), true).send();
      if (!host.awaitEnd(1)) {
        throw new IOException("the agent refuses the identity");
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
