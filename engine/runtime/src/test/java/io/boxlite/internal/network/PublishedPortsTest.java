package io.boxlite.internal.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.boxlite.BoxliteException;
import io.boxlite.PublishedPort;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Ports of this machine, without a box behind them. */
@Timeout(60)
class PublishedPortsTest {
  private static final int GUEST_PORT = 8080;
  private static final int ROUNDS = 300;

  private final HostSockets sockets = new HostSockets();

  @AfterEach
  void close() {
    sockets.close();
  }

  @Test
  void aPortIsFreeAsSoonAsItIsClosed() {
    int port;
    try (PublishedPorts first = open(PublishedPort.of(GUEST_PORT))) {
      port = first.address(GUEST_PORT).orElseThrow().getPort();
    }
    for (int round = 0; round < ROUNDS; round++) {
      try (PublishedPorts again = open(new PublishedPort(GUEST_PORT, OptionalInt.of(port)))) {
        assertThat(again.address(GUEST_PORT).orElseThrow().getPort()).isEqualTo(port);
      }
    }
  }

  @Test
  void ofSeveralPortsNoneIsKeptIfOneIsTaken() throws Exception {
    InetAddress loopback = InetAddress.getByName("127.0.0.1");
    int free;
    try (ServerSocket any = new ServerSocket(0, 1, loopback)) {
      free = any.getLocalPort();
    }
    try (ServerSocket taken = new ServerSocket(0, 1, loopback)) {
      List<PublishedPort> ports =
          List.of(
              new PublishedPort(GUEST_PORT, OptionalInt.of(free)),
              new PublishedPort(GUEST_PORT + 1, OptionalInt.of(taken.getLocalPort())));
      assertThatExceptionOfType(BoxliteException.class)
          .isThrownBy(() -> PublishedPorts.open(sockets, ports))
          .withMessageContaining("port " + taken.getLocalPort() + " of this machine");
    }
    new ServerSocket(free, 1, loopback).close();
  }

  private PublishedPorts open(PublishedPort port) {
    return PublishedPorts.open(sockets, List.of(port));
  }
}
