package io.boxlite;

import io.boxlite.internal.check.Arguments;
import io.boxlite.text.AddressText;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Something that a box did with its network: it looked up a name, or connected to an address.
 * Immutable, with value equality.
 *
 * <p>Names and addresses come from the box, so they are not to be trusted. Names consist of
 * letters, digits, hyphens, underscores and dots only; anything else is shown escaped in the
 * reason.
 */
public final class NetworkEvent {
  /** What the box did. */
  public enum Kind {
    /** It connected to an address. */
    CONNECT,
    /** It looked up a name. */
    RESOLVE
  }

  /** What came of it. */
  public enum Result {
    /** It was allowed, and this machine could do it. */
    ALLOWED,
    /** The box's {@link Network} does not allow it. */
    REFUSED,
    /** It was allowed, but failed, for example because no server listens at the address. */
    FAILED
  }

  private final Instant time;
  private final Kind kind;
  private final Result result;
  private final List<String> hostNames;
  private final List<InetAddress> addresses;
  private final OptionalInt port;
  private final Optional<String> reason;
  private final long bytesSent;
  private final long bytesReceived;
  private final @Nullable Duration duration;
  private final long times;
  private final List<String> secrets;
  private final List<String> secretProblems;

  private NetworkEvent(Builder builder) {
    time = builder.time;
    kind = builder.kind;
    result = builder.result;
    hostNames = builder.hostNames;
    addresses = builder.addresses;
    port = builder.port;
    reason = Optional.ofNullable(builder.reason);
    bytesSent = builder.bytesSent;
    bytesReceived = builder.bytesReceived;
    duration = builder.duration;
    times = builder.times;
    secrets = builder.secrets;
    secretProblems = builder.secretProblems;
  }

  /** Returns a builder of an event that was allowed and happened once. */
  public static Builder builder(Instant time, Kind kind) {
    return new Builder(time, kind);
  }

  /** Returns when it happened, or when it happened first. */
  public Instant time() {
    return time;
  }

  /** Returns what the box did. */
  public Kind kind() {
    return kind;
  }

  /** Returns what came of it. */
  public Result result() {
    return result;
  }

  /**
   * Returns the name that was looked up, or the names for which the box was given the address that
   * it connected to, the latest first; empty if it was given it for none.
   */
  public List<String> hostNames() {
    return hostNames;
  }

  /**
   * Returns the address that the box connected to, or those that it was given for the name, or that
   * were kept from it because they are not allowed.
   */
  public List<InetAddress> addresses() {
    return addresses;
  }

  /** Returns the port that the box connected to; empty for a look-up. */
  public OptionalInt port() {
    return port;
  }

  /**
   * Returns why it was refused or failed, and what to do about it; empty if it was allowed.
   *
   * <p>For example: {@code "pypi.example" is not on the box's list; allow it with
   * Network.allow("pypi.example")}.
   */
  public Optional<String> reason() {
    return reason;
  }

  /** Returns how many bytes the box has sent over the connection, once it has ended. */
  public long bytesSent() {
    return bytesSent;
  }

  /** Returns how many bytes the box has received over the connection, once it has ended. */
  public long bytesReceived() {
    return bytesReceived;
  }

  /** Returns how long the connection lasted; empty if it is open, or if there was none. */
  public Optional<Duration> duration() {
    return Optional.ofNullable(duration);
  }

  /**
   * Returns how many times the same happened with the same result, at least 1. Connections that
   * were allowed are events of their own.
   */
  public long times() {
    return times;
  }

  /** Returns the names of the secrets that were put into requests on the connection. */
  public List<String> secrets() {
    return secrets;
  }

  /**
   * Returns why secrets were not put into requests on the connection, or why a request was refused
   * or a server not asked, although a secret is for its host. Only the first few are kept.
   */
  public List<String> secretProblems() {
    return secretProblems;
  }

  /** Returns a builder that starts with these values. */
  public Builder toBuilder() {
    Builder builder = new Builder(time, kind);
    builder.result = result;
    builder.hostNames = hostNames;
    builder.addresses = addresses;
    builder.port = port;
    builder.reason = reason.orElse(null);
    builder.bytesSent = bytesSent;
    builder.bytesReceived = bytesReceived;
    builder.duration = duration;
    builder.times = times;
    builder.secrets = secrets;
    builder.secretProblems = secretProblems;
    return builder;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof NetworkEvent that && values().equals(that.values());
  }

  @Override
  public int hashCode() {
    return values().hashCode();
  }

  private List<Object> values() {
    return List.of(
        time,
        kind,
        result,
        hostNames,
        addresses,
        port,
        reason,
        bytesSent,
        bytesReceived,
        duration(),
        times,
        secrets,
        secretProblems);
  }

  /** Returns everything but the time, on one line. */
  @Override
  public String toString() {
    return NetworkText.line(this);
  }

  /** Collects the values of {@link NetworkEvent}. */
  public static final class Builder {
    private final Instant time;
    private final Kind kind;
    private Result result = Result.ALLOWED;
    private List<String> hostNames = List.of();
    private List<InetAddress> addresses = List.of();
    private OptionalInt port = OptionalInt.empty();
    private @Nullable String reason;
    private long bytesSent;
    private long bytesReceived;
    private @Nullable Duration duration;
    private long times = 1;
    private List<String> secrets = List.of();
    private List<String> secretProblems = List.of();

    private Builder(Instant time, Kind kind) {
      this.time = Objects.requireNonNull(time);
      this.kind = Objects.requireNonNull(kind);
    }

    /** Sets the names of the host. */
    public Builder hostNames(List<String> hostNames) {
      this.hostNames = List.copyOf(hostNames);
      return this;
    }

    /** Sets the addresses. Names that they know are dropped. */
    public Builder addresses(List<InetAddress> addresses) {
      this.addresses =
          addresses.stream().map(address -> AddressText.of(address.getAddress())).toList();
      return this;
    }

    /** Sets the port, 0 to 65535. */
    public Builder port(int port) {
      this.port = OptionalInt.of(Arguments.inRange("port", port, 0, NetworkRule.MOST_PORT));
      return this;
    }

    /** Sets that the network of the box does not allow it. */
    public Builder refused(String reason) {
      result = Result.REFUSED;
      this.reason = Arguments.notBlank("reason", reason);
      return this;
    }

    /** Sets that it was allowed, but failed. */
    public Builder failed(String reason) {
      result = Result.FAILED;
      this.reason = Arguments.notBlank("reason", reason);
      return this;
    }

    /** Sets what went over the connection, in bytes, and how long it lasted. */
    public Builder ended(long bytesSent, long bytesReceived, Duration duration) {
      this.bytesSent = Arguments.inRange("bytesSent", bytesSent, 0, Long.MAX_VALUE);
      this.bytesReceived = Arguments.inRange("bytesReceived", bytesReceived, 0, Long.MAX_VALUE);
      this.duration = Objects.requireNonNull(duration);
      return this;
    }

    /** Sets how many times it happened, at least 1. */
    public Builder times(long times) {
      this.times = Arguments.inRange("times", times, 1, Long.MAX_VALUE);
      return this;
    }

    /** Sets the names of the secrets that were put into requests. */
    public Builder secrets(List<String> secrets) {
      this.secrets = List.copyOf(secrets);
      return this;
    }

    /** Sets why secrets were not put into requests. */
    public Builder secretProblems(List<String> secretProblems) {
      this.secretProblems = List.copyOf(secretProblems);
      return this;
    }

    /** Returns the {@link NetworkEvent}. */
    public NetworkEvent build() {
      return new NetworkEvent(this);
    }
  }
}
