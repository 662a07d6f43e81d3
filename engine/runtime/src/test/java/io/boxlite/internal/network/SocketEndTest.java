package io.boxlite.internal.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.boxlite.internal.guest.StreamEnd;
import io.grpc.netty.shaded.io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A socket of the host whose other side is slow. */
@Timeout(60)
class SocketEndTest {
  private static final int CHUNK = 64 << 10;
  private static final int WINDOW = 256 << 10;
  private static final int MOST_BUFFERED = 64 << 20;

  private final HostSockets sockets = new HostSockets();
  private final Guest guest = new Guest();
  private ServerSocket listening;
  private Socket server;
  private SocketEnd end;

  /** The end to which the socket delivers. */
  private static final class Guest implements StreamEnd {
    final AtomicLong consumed = new AtomicLong();
    final AtomicLong received = new AtomicLong();
    final CountDownLatch ended = new CountDownLatch(1);
    final CountDownLatch broken = new CountDownLatch(1);

    @Override
    public void deliverTo(StreamEnd other) {}

    @Override
    public void write(ByteString data) {
      received.addAndGet(data.size());
    }

    @Override
    public void end() {
      ended.countDown();
    }

    @Override
    public void reset() {
      broken.countDown();
    }

    @Override
    public void consumed(int bytes) {
      consumed.addAndGet(bytes);
    }
  }

  @BeforeEach
  void connect() throws Exception {
    listening = new ServerSocket();
    listening.setReceiveBufferSize(4 << 10);
    listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    InetSocketAddress address = (InetSocketAddress) listening.getLocalSocketAddress();
    end = sockets.connect(List.of(address)).get(10, TimeUnit.SECONDS);
    server = listening.accept();
    end.deliverTo(guest);
  }

  @AfterEach
  void close() throws Exception {
    server.close();
    listening.close();
    sockets.close();
  }

  /** Writes as a guest does, until no more is taken, and a whole window waits. */
  private long fill() throws InterruptedException {
    long written = 0;
    ByteString chunk = ByteString.copyFrom(new byte[CHUNK]);
    while (true) {
      for (int i = 0; written - guest.consumed.get() >= WINDOW; i++) {
        if (i == 50) {
          return written;
        }
        Thread.sleep(10);
      }
      end.write(chunk);
      written += CHUNK;
      assertThat(written).isLessThan(MOST_BUFFERED);
    }
  }

  private long readAll() throws Exception {
    long read = 0;
    InputStream input = server.getInputStream();
    byte[] buffer = new byte[CHUNK];
    for (int n; (n = input.read(buffer)) > 0; read += n) {}
    return read;
  }

  @Test
  void singleBytesCostLittleMemory() throws Exception {
    fill();
    long before = usedMemory();
    ByteString[] bytes = new ByteString[256];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = ByteString.copyFrom(new byte[] {(byte) i});
    }
    int length = 1 << 20;
    for (int i = 0; i < length; i++) {
      end.write(bytes[i % bytes.length]);
    }
    for (EventExecutor loop : sockets.loops()) {
      loop.submit(() -> {}).get(10, TimeUnit.SECONDS);
    }
    end.limit(WINDOW);

    assertThat(usedMemory() - before).isLessThan(4L * length);
  }

  private static long usedMemory() throws InterruptedException {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      System.gc();
      Thread.sleep(50);
      Runtime runtime = Runtime.getRuntime();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return least;
  }

  @Test
  void whatTheGuestHasSentArrivesAlthoughTheServerEndsItsDirectionMeanwhile() throws Exception {
    long written = fill();
    end.end();
    Thread.sleep(100); // it must not be too early to tell
    server.shutdownOutput();
    assertThat(guest.ended.await(10, TimeUnit.SECONDS)).isTrue();
    Thread.sleep(200); // the socket could be closed too early now
    assertThat(readAll()).isEqualTo(written);
    assertThat(guest.broken.getCount()).isEqualTo(1);
  }

  @Test
  void whatTheGuestHasSentArrivesAlthoughTheServerHadEndedItsDirection() throws Exception {
    server.shutdownOutput();
    assertThat(guest.ended.await(10, TimeUnit.SECONDS)).isTrue();
    long written = fill();
    end.end();
    assertThat(readAll()).isEqualTo(written);
    assertThat(guest.consumed).hasValue(written);
  }

  @Test
  void noMoreIsReadThanTheLimitAllows() throws Exception {
    int limit = 32 << 10;
    end.limit(limit);
    Thread writing =
        new Thread(
            () -> {
              try {
                server.getOutputStream().write(new byte[8 << 20]);
              } catch (IOException e) {
                // The test has closed it.
              }
            });
    writing.start();
    await().untilAsserted(() -> assertThat(guest.received.get()).isGreaterThanOrEqualTo(limit));
    Thread.sleep(200); // more could follow now
    assertThat(guest.received.get()).isLessThanOrEqualTo(limit + CHUNK);
  }

  @Test
  void aServerThatGoesAwayBreaksTheConnection() throws Exception {
    fill();
    server.setSoLinger(true, 0);
    server.close();
    assertThat(guest.broken.await(10, TimeUnit.SECONDS)).isTrue();
  }
}
