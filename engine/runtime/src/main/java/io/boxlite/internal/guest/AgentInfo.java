package io.boxlite.internal.guest;

import java.time.Duration;

/**
 * What an agent says of itself and its guest.
 *
 * @param agentVersion the agent's version
 * @param kernelRelease as {@code uname -r} has it
 * @param memoryBytes the memory that the guest's kernel manages
 * @param uptime since the kernel started
 */
public record AgentInfo(
    String agentVersion, String kernelRelease, long memoryBytes, Duration uptime) {}
