package io.boxlite.internal.network.ip;

/** Why a program's connection is refused, as its connect(2) reports it. */
public enum Refusal {
  /** {@code ECONNREFUSED}. */
  REFUSED(0, 0),
  /** {@code EHOSTUNREACH}. */
  HOST_UNREACHABLE(1, 3),
  /** {@code ENETUNREACH}. */
  NETWORK_UNREACHABLE(0, 0),
  /** A policy forbids it: {@code EHOSTUNREACH} over IPv4, {@code EACCES} over IPv6. */
  PROHIBITED(13, 1),
  /** No answer, so that the time-out of the program applies. */
  TIMED_OUT(0, 0);

  private final int icmpv4Code;
  private final int icmpv6Code;

  Refusal(int icmpv4Code, int icmpv6Code) {
    this.icmpv4Code = icmpv4Code;
    this.icmpv6Code = icmpv6Code;
  }

  /** Returns the code of "destination unreachable" (RFC 792; RFC 1812, section 5.2.7.1). */
  int icmpv4Code() {
    return icmpv4Code;
  }

  /** Returns the code of "destination unreachable" (RFC 4443, section 3.1). */
  int icmpv6Code() {
    return icmpv6Code;
  }
}
