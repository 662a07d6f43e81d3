package io.boxlite.internal.host.cgroup;

import java.nio.file.Path;
import java.util.Set;

/**
 * A cgroup below which this process may create others.
 *
 * @param version 1 or 2
 * @param directory its directory
 * @param controllers the controllers that cgroups below it have
 */
record CgroupParent(int version, Path directory, Set<CgroupController> controllers) {}
