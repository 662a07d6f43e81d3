package io.boxlite.internal.vm.machine;

/**
 * The block devices that the guest's agent builds the root file system from, by their names in the
 * guest.
 *
 * @param image the read-only root image, such as {@code /dev/vda}
 * @param scratch the scratch disk, for what the box writes
 */
public record RootDevices(String image, String scratch) {}
