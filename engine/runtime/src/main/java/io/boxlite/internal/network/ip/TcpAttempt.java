package io.boxlite.internal.network.ip;

import io.boxlite.internal.guest.StreamEnd;
import java.net.InetAddress;

/**
 * A program of a guest that waits for a connection. It must be accepted or refused. Any thread may
 * call any method; only the first answer counts.
 */
public final class TcpAttempt {
  private final TcpStack stack;
  private final TcpSegment syn;

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

  /** Establishes the connection. If the program has given it up, it is reset. */
  public StreamEnd accept() {
    return stack.accept(this);
  }

  /** Makes the program's connect(2) fail, unless it is to wait. */
  public void refuse(Refusal refusal) {
    stack.refuse(this, refusal);
  }

  /** Returns the segment that has opened it. Its data has been dropped. */
  TcpSegment syn() {
    return syn;
  }
}
