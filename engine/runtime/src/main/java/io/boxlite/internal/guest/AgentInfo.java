package io.boxlite.internal.guest;

import io.boxlite.BoxliteException;
import io.boxlite.internal.guest.proto.HelloResponse;
import java.time.Duration;

/**
 * Information about an agent and its guest.
 *
 * @param agentVersion the agent's version
 * @param kernelRelease the kernel release, as printed by {@code uname -r}
 * @param memoryBytes the memory managed by the guest's kernel
 * @param uptime time since the kernel started
 */
public record AgentInfo(
    String agentVersion, String kernelRelease, long memoryBytes, Duration uptime) {
  /**
   * Converts an agent's introduction.
   *
   * @throws BoxliteException if the agent speaks another version of the protocol
   */
  static AgentInfo of(HelloResponse hello, String box) {
    if (hello.getProtocolVersion() != AgentClient.PROTOCOL_VERSION) {
      throw new BoxliteException(
          "the guest agent of box "
              + box
              + " (version "
              + GuestText.clean(hello.getAgentVersion())
              + ") speaks protocol version "
              + Integer.toUnsignedString(hello.getProtocolVersion())
              + " but this engine speaks version "
              + AgentClient.PROTOCOL_VERSION
              + "; use boxlite-engine and boxlite-guest-linux-x86_64 of the same version");
    }
    return new AgentInfo(
        GuestText.clean(hello.getAgentVersion()),
        GuestText.clean(hello.getKernelRelease()),
        Math.max(0, hello.getMemoryTotalBytes()),
        Duration.ofNanos(Math.max(0, hello.getUptimeNanos())));
  }
}
