package io.boxlite.internal.network.ip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.boxlite.internal.guest.GuestConnectException;
import io.boxlite.text.AddressText;
import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TcpStackTest {
  private static final int PORT = 80;
  private static final int WINDOW = 256 << 10;

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 10, 30})
  void allDataArrivesInOrderHoweverManyFramesAreLost(int lost) {
    for (int seed = 1; seed <= 20; seed++) {
      Random random = new Random(seed);
      TcpPair pair = new TcpPair(seed, lost);
      TcpPair.Connection connection = pair.connect(PORT);
      byte[] up = bytes(random, 300_000);
      byte[] down = bytes(random, 300_000);
      sendInPieces(random, connection.client(), up, pair);
      sendInPieces(random, connection.server(), down, pair);
      connection.client().sendEnd();
      pair.run();
      connection.server().sendEnd();
      pair.run();

      assertThat(connection.server().received()).as("seed %d", seed).isEqualTo(up);
      assertThat(connection.client().received()).as("seed %d", seed).isEqualTo(down);
      assertThat(connection.client().ended).isTrue();
      assertThat(connection.server().ended).isTrue();
      assertThat(connection.client().broken).isFalse();
      assertThat(connection.client().confirmed).isEqualTo(up.length);
      assertThat(pair.client.stack.size()).isZero();
    }
  }

  private static void sendInPieces(Random random, TcpPair.End end, byte[] data, TcpPair pair) {
    for (int at = 0; at < data.length; ) {
      int length = Math.min(1 + random.nextInt(60_000), data.length - at);
      end.send(Arrays.copyOfRange(data, at, at + length));
      at += length;
      if (random.nextInt(4) == 0) {
        pair.run();
      }
    }
  }

  @Test
  void nothingIsSentAgainIfNothingIsLost() {
    TcpPair pair = new TcpPair(1, 0);
    TcpPair.Connection connection = pair.connect(PORT);
    int before = pair.client.frames;
    byte[] data = bytes(new Random(1), 10 * (EthernetLink.MTU - 40));
    connection.client().send(data);
    pair.run();

    assertThat(connection.server().received()).isEqualTo(data);
    assertThat(pair.client.frames - before).isEqualTo(10);
  }

  @Test
  void oneDirectionCanEndBeforeTheOther() {
    TcpPair pair = new TcpPair(1, 0);
    TcpPair.Connection connection = pair.connect(PORT);
    connection.client().sendEnd();
    pair.run();
    connection.server().send(new byte[] {1, 2});
    pair.run();

    assertThat(connection.server().ended).isTrue();
    assertThat(connection.client().received()).containsExactly(1, 2);
    assertThat(connection.client().ended).isFalse();
    assertThat(pair.client.stack.size()).isOne();
  }

  @Test
  void aResetBreaksTheOtherSide() {
    TcpPair pair = new TcpPair(1, 0);
    TcpPair.Connection connection = pair.connect(PORT);
    connection.client().breakOff();
    pair.run();

    assertThat(connection.server().broken).isTrue();
    assertThat(pair.client.stack.size() + pair.server.stack.size()).isZero();
  }

  @Test
  void aReaderThatConsumesNothingHoldsUpTheSender() {
    TcpPair pair = new TcpPair(1, 0);
    TcpPair.Connection connection = pair.connect(PORT);
    connection.server().consumes = false;
    byte[] data = bytes(new Random(1), 4 * WINDOW);
    connection.client().send(data);
    pair.deliver();

    assertThat(connection.server().received().length).isLessThanOrEqualTo(WINDOW);
    assertThat(connection.client().confirmed).isEqualTo(connection.server().received().length);
    while (connection.server().unconsumed > 0) {
      connection.server().consume();
      pair.deliver();
    }
    assertThat(connection.server().received()).isEqualTo(data);
  }

  @Test
  void aLostWindowUpdateIsAskedForAgain() {
    TcpPair pair = new TcpPair(1, 0);
    TcpPair.Connection connection = pair.connect(PORT);
    connection.server().consumes = false;
    byte[] data = bytes(new Random(1), 2 * WINDOW);
    connection.client().send(data);
    pair.deliver();
    connection.server().consume();
    pair.server.take().forEach(ByteBuf::release);
    connection.server().consumes = true;
    pair.run();

    assertThat(connection.server().received()).isEqualTo(data);
  }

  @Test
  void nothingIsSentWhileTheLinkIsBlocked() {
    TcpPair pair = new TcpPair(1, 0);
    TcpPair.Connection connection = pair.connect(PORT);
    pair.client.writable = false;
    int before = pair.client.frames;
    connection.client().send(bytes(new Random(1), 100_000));
    connection.server().send(new byte[10]);
    pair.deliver();
    assertThat(pair.client.frames).isEqualTo(before);

    pair.client.writable = true;
    pair.client.stack.writable();
    pair.run();
    assertThat(connection.server().received()).hasSize(100_000);
    assertThat(connection.server().confirmed).isEqualTo(10);
  }

  @Test
  void aConnectionThatIsRefusedFails() {
    TcpPair pair = new TcpPair(1, 0);
    var opening = pair.client.stack.connect(TcpPair.SERVER, PORT, TcpPair.CLIENT);
    pair.deliver();
    pair.server.attempts.get(0).refuse(Refusal.REFUSED);
    pair.deliver();

    assertThatThrownBy(opening::join)
        .cause()
        .isInstanceOf(GuestConnectException.class)
        .hasMessageContaining("connection refused");
    assertThat(pair.client.stack.size()).isZero();
  }

  @Test
  void aConnectionThatIsNotAnsweredFails() {
    TcpPair pair = new TcpPair(1, 100);
    var opening = pair.client.stack.connect(TcpPair.SERVER, PORT, TcpPair.CLIENT);
    pair.run();

    assertThatThrownBy(opening::join).hasMessageContaining("timed out");
    assertThat(pair.client.stack.size()).isZero();
  }

  @Test
  void anAttemptIsReportedOnceHoweverOftenItIsRepeated() {
    TcpPair pair = new TcpPair(1, 0);
    var opening = pair.client.stack.connect(TcpPair.SERVER, PORT, TcpPair.CLIENT);
    pair.run(); // sends it again and again, and gives it up

    assertThat(opening).isCompletedExceptionally();
    assertThat(pair.server.attempts).hasSize(1);
  }

  @Test
  void anAttemptIsGivenUpWhenItsProgramRepeatsItNoLonger() {
    TcpPair pair = new TcpPair(1, 0);
    Flow flow = new Flow(TcpPair.CLIENT, 4097, TcpPair.SERVER, PORT);
    pair.server.receive(Frames.syn(flow, 7));
    TcpAttempt attempt = pair.server.attempts.get(0);
    for (int repeated = 1; repeated <= 3; repeated++) {
      for (int second = 0; second < 1 << repeated; second++) {
        pair.advance(1000);
        assertThat(attempt.ended()).isNotDone();
      }
      pair.server.receive(Frames.syn(flow, 7));
    }
    pair.run();

    assertThat(attempt.ended()).isCompleted();
    assertThat(pair.server.attempts).hasSize(1);
  }

  @Test
  void anAttemptThatWasGivenUpIsAcceptedInVain() {
    TcpPair pair = new TcpPair(1, 0);
    pair.client.stack.connect(TcpPair.SERVER, PORT, TcpPair.CLIENT);
    pair.run();
    TcpPair.End accepted = new TcpPair.End(pair.server.attempts.get(0).accept());
    pair.run();

    assertThat(accepted.broken).isTrue();
    assertThat(pair.server.stack.size()).isZero();
  }

  @ParameterizedTest
  @EnumSource(names = {"REFUSED", "HOST_UNREACHABLE", "NETWORK_UNREACHABLE", "PROHIBITED"})
  void aRefusalHasRightChecksumsOverIpv4AndIpv6(Refusal refusal) {
    for (String address : List.of("198.51.100.7", "2001:db8::7")) {
      InetAddress remote = AddressText.parse(address).orElseThrow();
      InetAddress guest =
          AddressText.parse(address.contains(":") ? "2001:db8::1" : "192.0.2.1").orElseThrow();
      TcpPair pair = new TcpPair(1, 0);
      pair.server.receive(Frames.syn(new Flow(guest, 4097, remote, 443), 7));
      pair.server.attempts.get(0).refuse(refusal);
      ByteBuf frame = pair.server.take().get(0).skipBytes(FrameWriter.LENGTH_BYTES);

      IpPacket packet = IpPacket.parse(frame).orElseThrow();
      assertThat(packet.source()).isEqualTo(remote);
      assertThat(packet.destination()).isEqualTo(guest);
      assertThat(Frames.checksum(packet)).isZero();
      frame.release();
    }
  }

  @Test
  void aStackThatIsReleasedResetsItsConnections() {
    TcpPair pair = new TcpPair(1, 0);
    TcpPair.Connection connection = pair.connect(PORT);
    pair.client.stack.release();
    pair.deliver();

    assertThat(connection.client().broken).isTrue();
    assertThat(connection.server().broken).isTrue();
  }

  @Test
  void aStackThatIsClosedBreaksItsConnectionsAndTakesNoMore() {
    TcpPair pair = new TcpPair(1, 0);
    TcpPair.Connection connection = pair.connect(PORT);
    pair.client.stack.close();

    assertThat(connection.client().broken).isTrue();
    assertThatThrownBy(pair.client.stack.connect(TcpPair.SERVER, PORT, TcpPair.CLIENT)::join)
        .hasMessageContaining("the box has ended");
  }

  @Test
  void aFloodOfAttemptsIsBounded() {
    TcpPair pair = new TcpPair(1, 0);
    InetAddress remote = AddressText.parse("198.51.100.7").orElseThrow();
    for (int port = 1; port <= 20_000; port++) {
      pair.server.receive(Frames.syn(new Flow(TcpPair.CLIENT, port, remote, 443), port));
    }
    assertThat(pair.server.attempts).hasSize(TcpStack.MAX_CONNECTIONS);
  }

  @Test
  void aGuestThatReadsNothingGetsNoReplies() {
    TcpPair pair = new TcpPair(1, 0);
    pair.server.writable = false;
    Flow flow = new Flow(TcpPair.CLIENT, 1, TcpPair.SERVER, 2);
    for (int i = 0; i < 1000; i++) {
      pair.server.receive(Frames.segment(flow, i, 0, TcpSegment.ACK));
    }
    assertThat(pair.server.frames).isZero();
  }

  @Test
  void aResetWithAnotherSequenceNumberIsNotTaken() {
    TcpPair pair = new TcpPair(1, 0);
    TcpPair.Connection connection = pair.connect(PORT);
    Flow forged = new Flow(TcpPair.SERVER, PORT, TcpPair.CLIENT, 32_768);
    for (int sequence = 1; sequence < 1000; sequence++) {
      pair.client.receive(Frames.segment(forged, sequence, 0, TcpSegment.RST));
    }
    assertThat(connection.client().broken).isFalse();
  }

  @Test
  void anyFrameIsTaken() {
    TcpPair pair = new TcpPair(1, 0);
    pair.connect(PORT);
    Random random = new Random(1);
    Flow known = new Flow(TcpPair.SERVER, PORT, TcpPair.CLIENT, 32_768);
    for (int i = 0; i < 20_000; i++) {
      ByteBuf frame =
          random.nextBoolean()
              ? Frames.segment(known, random.nextInt(), random.nextInt(), random.nextInt(64))
              : Frames.syn(known, random.nextInt());
      for (int changes = random.nextInt(4); changes > 0; changes--) {
        frame.setByte(random.nextInt(frame.readableBytes()), random.nextInt(256));
      }
      int cut = random.nextInt(10) == 0 ? random.nextInt(frame.readableBytes() - 4) : 0;
      pair.client.receive(frame.writerIndex(frame.writerIndex() - cut));
      pair.client.take().forEach(ByteBuf::release);
      pair.client.attempts.forEach(attempt -> attempt.refuse(Refusal.TIMED_OUT));
      pair.client.attempts.clear();
    }
  }

  @Test
  void theChecksumIsThatOfTheSpecification() {
    // RFC 1071, section 3.
    ByteBuf data =
        Unpooled.wrappedBuffer(
            new byte[] {0, 1, (byte) 0xf2, 3, (byte) 0xf4, (byte) 0xf5, (byte) 0xf6, (byte) 0xf7});
    assertThat(new InternetChecksum().add(data, 0, 8).value()).isEqualTo(~0xddf2 & 0xffff);
    Random random = new Random(1);
    for (int length = 0; length < 100; length++) {
      byte[] bytes = bytes(random, length);
      long sum = 0;
      for (int i = 0; i < length; i++) {
        sum += (bytes[i] & 0xff) << (i % 2 == 0 ? 8 : 0);
      }
      sum = (sum & 0xffff) + (sum >> 16);
      sum = (sum & 0xffff) + (sum >> 16);
      assertThat(new InternetChecksum().add(Unpooled.wrappedBuffer(bytes), 0, length).value())
          .as("%d bytes", length)
          .isEqualTo((int) ~sum & 0xffff);
    }
  }

  private static byte[] bytes(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }
}
