package io.boxlite.internal.network;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The addresses of this machine's network interfaces, read again after a second. */
final class OwnAddresses implements Predicate<InetAddress> {
  private static final Logger log = LoggerFactory.getLogger(OwnAddresses.class);
  private static final long FRESH_NANOS = 1_000_000_000;

  private @Nullable Set<InetAddress> addresses;
  private long readAt;
  private boolean warned;

  /**
   * Returns whether an address is this machine's. While the addresses cannot be read, the last ones
   * count; if they never could be, every address is taken for this machine's.
   */
  @Override
  public synchronized boolean test(InetAddress address) {
    long now = System.nanoTime();
    if (addresses == null || now - readAt >= FRESH_NANOS) {
      readAt = now;
      try {
        addresses =
            NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .map(EmbeddedAddress::unmapped)
                .collect(Collectors.toUnmodifiableSet());
      } catch (SocketException e) {
        if (!warned) {
          log.warn("the addresses of this machine cannot be read: {}", e.getMessage());
        }
        warned = true;
      }
    }
    return addresses == null || addresses.contains(address);
  }
}
