package io.boxlite.internal.network.ip;

import com.google.protobuf.ByteString;
import io.boxlite.internal.guest.StreamEnd;
import io.boxlite.text.AddressText;
import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.UnpooledByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Two stacks, each of which is the other's guest. What one sends, the other receives. */
final class TcpPair {
  static final InetAddress CLIENT = AddressText.parse("192.0.2.1").orElseThrow();
  static final InetAddress SERVER = AddressText.parse("192.0.2.2").orElseThrow();

  private static final int MAX_TIMES = 20_000;

  private static final int SECOND_MILLIS = 1000;

  /** For how long an acknowledgment is delayed. */
  private static final int DELAY_MILLIS = 1;

  final Side client = new Side();
  final Side server = new Side();
  private final Random random;
  private long now;

  /** How many of a hundred frames are lost, and how many are delivered twice. */
  private final int lost;

  TcpPair(long seed, int lost) {
    random = new Random(seed);
    this.lost = lost;
    client.other = server;
    server.other = client;
  }

  /** One of the stacks, with its link. Time passes only when nothing else happens. */
  final class Side implements TcpStack.Output {
    final TcpStack stack =
        new TcpStack(this, new FrameWriter(new UnpooledByteBufAllocator(false, true)));
    final List<TcpAttempt> attempts = new ArrayList<>();
    private final Queue<ByteBuf> sent = new ArrayDeque<>();
    private final List<Timer> timers = new ArrayList<>();
    private @Nullable Side other;
    boolean writable = true;
    int frames;

    Side() {
      stack.serve(attempts::add);
    }

    @Override
    public void send(ByteBuf frame) {
      frames++;
      sent.add(frame);
    }

    @Override
    public void flush() {}

    @Override
    public boolean isWritable() {
      return writable;
    }

    @Override
    public void onLoop(Runnable task) {
      task.run();
    }

    @Override
    public void after(int millis, Runnable task) {
      timers.add(new Timer(now + millis, task));
    }

    /** Takes what was sent, with the length in front. */
    List<ByteBuf> take() {
      List<ByteBuf> taken = List.copyOf(sent);
      sent.clear();
      return taken;
    }

    /** Receives a frame with its length in front, and releases it. */
    void receive(ByteBuf frame) {
      frame.skipBytes(FrameWriter.LENGTH_BYTES);
      IpPacket.parse(frame).ifPresent(stack::receive);
      stack.received();
      frame.release();
    }

    private boolean deliver() {
      ByteBuf frame = sent.poll();
      if (frame == null) {
        return false;
      }
      int copies = random.nextInt(100) < lost ? 0 : random.nextInt(100) < lost ? 2 : 1;
      for (int i = 0; i < copies; i++) {
        Objects.requireNonNull(other).receive(frame.retainedDuplicate());
      }
      frame.release();
      return true;
    }

    private void runTimers() {
      List<Timer> due = timers.stream().filter(timer -> timer.due() <= now).toList();
      timers.removeAll(due);
      due.forEach(timer -> timer.task().run());
    }
  }

  private record Timer(long due, Runnable task) {}

  /** Delivers frames and lets time pass, until nothing happens any more. */
  void run() {
    for (int i = 0; i < MAX_TIMES; i++) {
      deliverNow();
      OptionalLong next =
          Stream.of(client, server)
              .flatMap(side -> side.timers.stream())
              .mapToLong(Timer::due)
              .min();
      if (next.isEmpty()) {
        return;
      }
      advance(next.getAsLong() - now);
    }
    throw new AssertionError("the stacks do not come to rest");
  }

  /** Delivers what was sent, and what is delayed for a moment. */
  void deliver() {
    deliverNow();
    advance(DELAY_MILLIS);
    deliverNow();
  }

  private void deliverNow() {
    while (client.deliver() | server.deliver()) {}
  }

  /** Lets time pass. */
  void advance(long millis) {
    now += millis;
    client.runTimers();
    server.runTimers();
  }

  /** Opens a connection from the client to a port of the server, which accepts it. */
  Connection connect(int port) {
    // The server is the client's guest, so that the client's stack opens it.
    var opening = client.stack.connect(SERVER, port, CLIENT);
    deliver();
    while (server.attempts.isEmpty()) {
      advance(SECOND_MILLIS);
      deliver();
    }
    End accepted = new End(server.attempts.remove(0).accept());
    run();
    return new Connection(new End(opening.join()), accepted);
  }

  record Connection(End client, End server) {}

  /** A user of a connection. */
  static final class End implements StreamEnd {
    private final StreamEnd connection;
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    boolean consumes = true;
    int unconsumed;
    int confirmed;
    boolean ended;
    boolean broken;

    End(StreamEnd connection) {
      this.connection = connection;
      connection.deliverTo(this);
    }

    void send(byte[] data) {
      connection.write(ByteString.copyFrom(data));
    }

    void sendEnd() {
      connection.end();
    }

    void breakOff() {
      connection.reset();
    }

    /** Consumes what has not been consumed. */
    void consume() {
      int bytes = unconsumed;
      unconsumed = 0;
      connection.consumed(bytes);
    }

    byte[] received() {
      return received.toByteArray();
    }

    @Override
    public void deliverTo(StreamEnd other) {
      throw new IllegalStateException("this is no end of a connection");
    }

    @Override
    public void write(ByteString data) {
      received.writeBytes(data.toByteArray());
      unconsumed += data.size();
      if (consumes) {
        consume();
      }
    }

    @Override
    public void end() {
      ended = true;
    }

    @Override
    public void reset() {
      broken = true;
    }

    @Override
    public void consumed(int bytes) {
      confirmed += bytes;
    }
  }
}
