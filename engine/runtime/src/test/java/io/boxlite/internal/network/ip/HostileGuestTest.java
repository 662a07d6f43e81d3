package io.boxlite.internal.network.ip;

import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.text.AddressText;
import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Guests that write their own segments. */
class HostileGuestTest {
  private static final Flow FLOW = new Flow(TcpPair.CLIENT, 4097, TcpPair.SERVER, 80);
  private static final int SEQUENCE = 100;
  private static final int MINUTE_MILLIS = 60_000;
  private static final int SECOND_MILLIS = 1000;

  private final TcpPair pair = new TcpPair(1, 0);
  private final TcpPair.Side engine = pair.server;

  /** What the engine has sent since the last call. */
  private List<TcpSegment> answers() {
    List<TcpSegment> answers = new ArrayList<>();
    for (ByteBuf frame : engine.take()) {
      IpPacket packet = IpPacket.parse(frame.skipBytes(FrameWriter.LENGTH_BYTES)).orElseThrow();
      TcpSegment.parse(packet).ifPresent(answers::add);
    }
    return answers;
  }

  @Test
  void aConnectionThatEndedOnBothSidesIsGivenUpIfItsEndIsNotAcknowledged() {
    engine.receive(Frames.syn(FLOW, SEQUENCE));
    TcpPair.End end = new TcpPair.End(engine.attempts.get(0).accept());
    int initial = answers().get(0).sequence();
    engine.receive(
        Frames.segment(FLOW, SEQUENCE + 1, initial + 1, TcpSegment.ACK | TcpSegment.FIN));
    end.sendEnd();
    advance(2 * MINUTE_MILLIS);

    assertThat(engine.stack.size()).isZero();
    assertThat(answers()).last().matches(segment -> segment.has(TcpSegment.RST));
  }

  @Test
  void aProgramThatHasSentAllMayReadAsLateAsItLikes() {
    engine.receive(Frames.syn(FLOW, SEQUENCE));
    TcpPair.End end = new TcpPair.End(engine.attempts.get(0).accept());
    int initial = answers().get(0).sequence();
    engine.receive(
        Frames.windowed(FLOW, SEQUENCE + 1, initial + 1, TcpSegment.ACK | TcpSegment.FIN, 0));
    end.send(new byte[10]);
    end.sendEnd();
    int probes = 0;
    for (int second = 0; second < 600; second++) {
      advance(SECOND_MILLIS);
      for (TcpSegment probe : answers()) {
        assertThat(probe.payload().readableBytes()).isZero();
        engine.receive(Frames.windowed(FLOW, SEQUENCE + 2, initial + 1, TcpSegment.ACK, 0));
        probes++;
      }
    }

    assertThat(engine.stack.size()).isOne();
    assertThat(probes).isBetween(60, 100);
  }

  private void advance(int millis) {
    for (int passed = 0; passed < millis; passed += 100) {
      pair.advance(100);
    }
  }

  @Test
  void connectionsAndAttemptsTogetherAreBounded() {
    for (int port = 1; port <= 5000; port++) {
      engine.receive(Frames.syn(new Flow(TcpPair.CLIENT, port, TcpPair.SERVER, 80), SEQUENCE));
      if (port % 2 == 0 && !engine.attempts.isEmpty()) {
        engine.attempts.remove(0).accept();
      }
    }
    assertThat(engine.stack.size() + engine.attempts.size()).isEqualTo(TcpStack.MAX_CONNECTIONS);
  }

  @Test
  void aGuestThatReadsNothingGetsNoMoreHoweverOftenItConnects() {
    engine.writable = false;
    for (int i = 0; i < 1000; i++) {
      engine.receive(Frames.syn(FLOW, i));
      TcpPair.End end = new TcpPair.End(engine.attempts.remove(0).accept());
      if (i % 2 == 0) {
        engine.receive(Frames.segment(FLOW, i + 1, 0, TcpSegment.RST));
        assertThat(end.broken).isTrue();
      } else {
        end.breakOff();
      }
    }
    assertThat(engine.frames).isZero();
    assertThat(engine.stack.size()).isZero();
  }

  @Test
  void aConnectionThatWasAcceptedWhileTheLinkWasBlockedIsAnsweredLater() {
    engine.writable = false;
    engine.receive(Frames.syn(FLOW, SEQUENCE));
    engine.attempts.remove(0).accept();
    assertThat(engine.frames).isZero();
    engine.writable = true;
    engine.stack.writable();
    assertThat(answers())
        .singleElement()
        .matches(segment -> segment.flags() == (TcpSegment.SYN | TcpSegment.ACK));
  }

  @Test
  void aConnectionThatTheGuestMayKnowIsResetThoughTheLinkIsBlocked() {
    engine.receive(Frames.syn(FLOW, SEQUENCE));
    TcpPair.End end = new TcpPair.End(engine.attempts.get(0).accept());
    engine.writable = false;
    end.breakOff();

    assertThat(answers()).last().matches(segment -> segment.has(TcpSegment.RST));
  }

  @Test
  void aConnectionOfWhichTheGuestAcknowledgesNothingIsBrokenOff() {
    engine.receive(Frames.syn(FLOW, SEQUENCE));
    TcpPair.End end = new TcpPair.End(engine.attempts.get(0).accept());
    int initial = answers().get(0).sequence();
    engine.receive(Frames.segment(FLOW, SEQUENCE + 1, initial + 1, TcpSegment.ACK));
    end.send(new byte[10]);
    advance(MINUTE_MILLIS);
    assertThat(end.broken).isFalse();
    advance(MINUTE_MILLIS);

    assertThat(end.broken).isTrue();
    assertThat(engine.stack.size()).isZero();
  }

  @Test
  void anAttemptToConnectToAProgramCanBeCancelled() {
    var opening = pair.client.stack.connect(TcpPair.SERVER, 80, TcpPair.CLIENT);
    opening.cancel(false);

    assertThat(pair.client.stack.size()).isZero();
  }

  @Test
  void theLastAcknowledgmentWaitsForTheLink() {
    engine.receive(Frames.syn(FLOW, SEQUENCE));
    TcpPair.End end = new TcpPair.End(engine.attempts.get(0).accept());
    int initial = answers().get(0).sequence();
    engine.receive(Frames.segment(FLOW, SEQUENCE + 1, initial + 1, TcpSegment.ACK));
    end.sendEnd();
    assertThat(answers()).last().matches(segment -> segment.has(TcpSegment.FIN));
    engine.writable = false;
    engine.receive(
        Frames.segment(FLOW, SEQUENCE + 1, initial + 2, TcpSegment.ACK | TcpSegment.FIN));
    assertThat(answers()).isEmpty();
    engine.writable = true;
    engine.stack.writable();

    assertThat(answers())
        .singleElement()
        .matches(
            segment ->
                segment.flags() == TcpSegment.ACK && segment.acknowledgment() == SEQUENCE + 2);
    assertThat(engine.stack.size()).isZero();
    assertThat(end.ended).isTrue();
    assertThat(end.broken).isFalse();
  }

  @Test
  void aSegmentSizeThatNoHostMayAnnounceIsNotUsed() {
    engine.receive(Frames.syn(FLOW, SEQUENCE, 1));
    TcpPair.End end = new TcpPair.End(engine.attempts.get(0).accept());
    int initial = answers().get(0).sequence();
    engine.receive(Frames.segment(FLOW, SEQUENCE + 1, initial + 1, TcpSegment.ACK));
    end.send(new byte[5000]);

    assertThat(answers()).hasSize(10); // RFC 9293, section 3.7.1: 536 bytes
  }

  @Test
  void anIpv4AddressInAnIpv6PacketIsIgnored() {
    InetAddress guest = AddressText.parse("2001:db8::1").orElseThrow();
    InetAddress remote = AddressText.parse("2001:db8::7").orElseThrow();
    ByteBuf frame = Frames.syn(new Flow(guest, 4097, remote, 80), SEQUENCE);
    int address = FrameWriter.LENGTH_BYTES + IpPacket.ETHERNET_HEADER_BYTES + 8 + 16;
    for (int i = 0; i < 12; i++) {
      frame.setByte(address + i, i < 10 ? 0 : 0xff);
    }
    engine.receive(frame);

    assertThat(engine.attempts).isEmpty();
  }

  @Test
  void aPortFromWhichTheGuestConnectsIsNotTaken() {
    Flow taken = new Flow(TcpPair.SERVER, 80, TcpPair.CLIENT, 32_768);
    pair.client.receive(Frames.syn(taken, SEQUENCE));
    pair.client.stack.connect(TcpPair.SERVER, 80, TcpPair.CLIENT);
    pair.client.attempts.get(0).refuse(Refusal.REFUSED);
    pair.deliver();

    assertThat(pair.server.attempts).hasSize(1);
    assertThat(pair.server.attempts.get(0).syn().flow().guestPort()).isEqualTo(32_769);
  }

  @Test
  void anAttemptThatCannotBeHandledIsRefusedAndTheOthersGoOn() {
    TcpPair.Connection connection = pair.connect(80);
    engine.stack.serve(
        attempt -> {
          throw new IllegalStateException("as a test");
        });
    engine.take().forEach(ByteBuf::release);
    engine.receive(Frames.syn(FLOW, SEQUENCE));
    assertThat(engine.take())
        .singleElement()
        .matches(
            frame ->
                IpPacket.parse(frame.skipBytes(FrameWriter.LENGTH_BYTES)).orElseThrow().protocol()
                    == FrameWriter.ICMPV4);

    connection.client().send(new byte[10]);
    pair.run();
    assertThat(connection.server().received()).hasSize(10);
  }

  @Test
  void manyLostSegmentsAreSentAgainWithoutATimer() {
    TcpPair.Connection connection = pair.connect(80);
    connection.server().send(new byte[1]); // says how much room there is
    pair.run();
    byte[] data = new byte[10 * (EthernetLink.MTU - 40)];
    new Random(1).nextBytes(data);
    connection.client().send(data);
    List<ByteBuf> frames = pair.client.take();
    for (int i = 0; i < frames.size(); i++) {
      if (i == 0 || i == 2 || i == 4) {
        frames.get(i).release();
      } else {
        engine.receive(frames.get(i));
      }
    }
    for (int round = 0; round < 2 * frames.size(); round++) {
      pair.deliver(); // takes a millisecond, and the timer a hundred times as long
    }

    assertThat(connection.server().received()).isEqualTo(data);
  }

  @Test
  void aConnectionThatWasOpenedSlowlyIsNotSlowAfterwards() {
    var opening = pair.client.stack.connect(TcpPair.SERVER, 80, TcpPair.CLIENT);
    pair.client.take().forEach(ByteBuf::release);
    advance(10 * SECOND_MILLIS); // several segments are lost
    pair.deliver();
    new TcpPair.End(engine.attempts.get(0).accept());
    pair.deliver();
    TcpPair.End end = new TcpPair.End(opening.join());
    end.send(new byte[10]);
    pair.client.take().forEach(ByteBuf::release);
    advance(SECOND_MILLIS);

    assertThat(pair.client.take()).isNotEmpty();
  }

  @Test
  void aConnectionThatIsBrokenOffBeforeItIsOpenFails() {
    var opening = pair.client.stack.connect(TcpPair.SERVER, 80, TcpPair.CLIENT);
    pair.client.stack.release();

    assertThat(opening).isCompletedExceptionally();
  }
}
