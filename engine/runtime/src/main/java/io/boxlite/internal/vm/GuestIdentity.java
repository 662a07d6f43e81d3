package io.boxlite.internal.vm;

import com.google.protobuf.ByteString;
import io.boxlite.internal.guest.proto.Identity;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/** What makes one guest different from every other: random numbers, clock, name, machine id. */
final class GuestIdentity {
  private static final int ENTROPY_BYTES = 64;
  private static final int MACHINE_ID_BYTES = 16; // machine-id(5)
  private static final SecureRandom RANDOM = new SecureRandom();

  private GuestIdentity() {}

  /** Returns a new identity with the current time of the host. */
  static Identity fresh(String hostname) {
    Instant now = Instant.now();
    return Identity.newBuilder()
        .setEntropy(random(ENTROPY_BYTES))
        .setUnixTimeNanos(TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano())
        .setHostname(hostname)
        .setMachineId(random(MACHINE_ID_BYTES))
        .build();
  }

  private static ByteString random(int length) {
    byte[] bytes = new byte[length];
    RANDOM.nextBytes(bytes);
    return ByteString.copyFrom(bytes);
  }
}
