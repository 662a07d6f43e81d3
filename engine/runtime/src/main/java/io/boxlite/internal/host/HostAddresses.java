package io.boxlite.internal.host;

import java.net.InetAddress;
import java.util.List;

/**
 * What this machine knows of a name in one family of addresses.
 *
 * @param status whether it knows the name
 * @param addresses its addresses in the order of preference; empty unless the status is {@code
 *     FOUND}, and possibly then
 * @param problem why the look-up failed; empty unless the status is {@code FAILED}
 */
public record HostAddresses(Status status, List<InetAddress> addresses, String problem) {
  /** Whether a name is known. */
  public enum Status {
    /** It exists, perhaps without addresses of the family. */
    FOUND,
    /** It does not exist, or only in the other family. */
    NOT_FOUND,
    /** That could not be found out. */
    FAILED
  }

  /** Copies the addresses. */
  public HostAddresses {
    addresses = List.copyOf(addresses);
  }

  /** Returns the result for a name that exists. */
  public static HostAddresses found(List<InetAddress> addresses) {
    return new HostAddresses(Status.FOUND, addresses, "");
  }

  /** Returns the result for a name that is not known in the family. */
  public static HostAddresses notFound() {
    return new HostAddresses(Status.NOT_FOUND, List.of(), "");
  }

  /** Returns the result of a look-up that failed. */
  public static HostAddresses failed(String problem) {
    return new HostAddresses(Status.FAILED, List.of(), problem);
  }
}
