package io.boxlite.internal.network.ip;

import io.boxlite.internal.guest.StreamEnd;
import java.net.InetAddress;
import java.util.concurrent.CompletableFuture;

/**
 * A program of a guest that waits for a connection. It must be accepted or refused. Any thread may
 * call any method; only the first answer counts.
 */
public final class TcpAttempt {
  private static final int MAX_DOUBLINGS = 7;

  private final TcpStack stack;
  private final TcpSegment syn;
  private final CompletableFuture<Void> ended = new CompletableFuture<>();

  // Both belong to the event loop of the stack.
  private int segments = 1;
  private int silentSeconds;

  TcpAttempt(TcpStack stack, TcpSegment syn) {
    this.stack = stack;
    this.syn = syn;
  }

  /** Returns the address that the program connects to. */
  public InetAddress address() {
    return syn.flow().remote();
  }

  /** Returns the port that the program connects to, 0 to 65535. */
  public int port() {
    return syn.flow().remotePort();
  }

  /**
   * Completes when nothing is left of the attempt. It was refused; or its connection has ended; or
   * the program waits no longer: it seems to have been killed, or to have closed its socket, which
   * Linux tells nobody.
   */
  public CompletableFuture<Void> ended() {
    return ended;
  }

  /** Establishes the connection. If the program has given it up, it is reset. */
  public StreamEnd accept() {
    return stack.accept(this);
  }

  /** Makes the program's connect(2) fail, unless it is to wait. */
  public void refuse(Refusal refusal) {
    stack.refuse(this, refusal);
  }

  /** The guest has sent its segment again. */
  void repeated() {
    segments++;
    silentSeconds = 0;
  }

  /**
   * Counts a second.
   *
   * @return whether the guest should have sent its segment again for long: it waits a second, and
   *     then twice as long each time (RFC 6298, section 5.5)
   */
  boolean isSilent() {
    silentSeconds++;
    return silentSeconds > (1 << Math.min(segments, MAX_DOUBLINGS)) + 1;
  }

  void end() {
    ended.complete(null);
  }

  /** Returns the segment that has opened it. Its data has been dropped. */
  TcpSegment syn() {
    return syn;
  }
}
