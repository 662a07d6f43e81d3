package io.boxlite.internal.host;

/** A family of internet addresses. */
public enum AddressFamily {
  /** Addresses of 4 bytes. */
  IPV4(2),
  /** Addresses of 16 bytes. */
  IPV6(10);

  /** AF_INET and AF_INET6 of bits/socket.h. */
  private final int number;

  AddressFamily(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }

  /** Returns the other family. */
  public AddressFamily other() {
    return this == IPV4 ? IPV6 : IPV4;
  }
}
