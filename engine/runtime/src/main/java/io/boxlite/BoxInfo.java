package io.boxlite;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What a box is, and how it is.
 *
 * @param id its id, unique among the boxes of a home directory
 * @param name the name of the user's choice, if it has one
 * @param state whether it can be used
 * @param image the image reference as it was given; empty for the built-in image
 * @param imageDigest what the root file system was made from, {@code sha256:…}
 * @param accelerator what executes it: {@link Accelerator#KVM} or {@link Accelerator#TCG}
 * @param acceleratorReason why that one
 * @param cpus virtual processors
 * @param memoryMib the guest's memory in MiB
 * @param diskMib how much can be written to its root file system, in MiB
 * @param origin how it came to be: booted, restored, or restored ahead of time
 * @param startedAt when it became ready
 * @param startTime how long it took to become ready, the making of its root image included
 * @param hypervisorPid the process that is the box, for tools that look at it from outside
 * @param loss why it was lost, the guest's last console lines included, if it was
 */
public record BoxInfo(
    String id,
    Optional<String> name,
    BoxState state,
    Optional<String> image,
    String imageDigest,
    Accelerator accelerator,
    String acceleratorReason,
    int cpus,
    int memoryMib,
    int diskMib,
    BoxOrigin origin,
    Instant startedAt,
    Duration startTime,
    long hypervisorPid,
    Optional<String> loss) {}
