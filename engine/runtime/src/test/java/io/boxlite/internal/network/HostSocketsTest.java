package io.boxlite.internal.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.Charset;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HostSocketsTest {
  @Test
  void theExceptionIsThatOfTheFirstAddress() throws Exception {
    try (HostSockets sockets = new HostSockets()) {
      CompletableFuture<SocketEnd> connecting =
          sockets.connect(
              List.of(unusedPort(), InetSocketAddress.createUnresolved("none.example", 80)));
      assertFails(connecting, "Connection refused");
    }
  }

  @Test
  void closedSocketsFailInsteadOfThrowing() throws Exception {
    HostSockets sockets = new HostSockets();
    sockets.close();
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      InetSocketAddress address = (InetSocketAddress) server.getLocalSocketAddress();
      assertFails(sockets.connect(List.of(address)), "closed");
    }
  }

  @Test
  void anAddressThatTheJvmDoesNotSupportIsRefused() throws Exception {
    Process jvm =
        new ProcessBuilder(
                System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
                "-Djava.net.preferIPv4Stack=true",
                "-cp",
                System.getProperty("java.class.path"),
                WithoutIpv6.class.getName())
            .redirectErrorStream(true)
            .start();
    String output = new String(jvm.getInputStream().readAllBytes(), Charset.defaultCharset());
    assertThat(jvm.waitFor()).as(output).isZero();
  }

  /** Connects to a name of the host, which has an IPv6 address. */
  static final class WithoutIpv6 {
    private WithoutIpv6() {}

    public static void main(String[] arguments) throws Exception {
      InetSocketAddress refused = unusedPort();
      byte[] ipv6 = new byte[16];
      ipv6[15] = 1;
      InetSocketAddress unsupported =
          new InetSocketAddress(InetAddress.getByAddress(ipv6), refused.getPort());
      try (HostSockets sockets = new HostSockets()) {
        assertFails(sockets.connect(List.of(refused, unsupported)), "Connection refused");
      }
    }
  }

  private static void assertFails(CompletableFuture<SocketEnd> connecting, String message) {
    assertThat(connecting)
        .failsWithin(Duration.ofSeconds(10))
        .withThrowableOfType(ExecutionException.class)
        .withMessageContaining(message);
  }

  private static InetSocketAddress unusedPort() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return (InetSocketAddress) server.getLocalSocketAddress();
    }
  }
}
