package io.boxlite.internal.host.cgroup;

import static io.boxlite.internal.host.cgroup.CgroupController.CPU;
import static io.boxlite.internal.host.cgroup.CgroupController.MEMORY;
import static io.boxlite.internal.host.cgroup.CgroupController.PIDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Detection in directories that look like those of other machines. */
class CgroupDetectionTest {
  private static final String SERVICE = "sys/fs/cgroup/user.slice/user-1.slice/user@1.service";
  private static final String APPS = SERVICE + "/apps";

  @TempDir Path root;

  private final Set<Path> notWritable = new HashSet<>();

  private CgroupDetection detect() {
    return new CgroupDetection(root, path -> Files.exists(path) && !notWritable.contains(path));
  }

  private void write(String file, String content) throws IOException {
    Files.createDirectories(root.resolve(file).getParent());
    Files.writeString(root.resolve(file), content);
  }

  private void unified(String own, String options) throws IOException {
    write("proc/self/cgroup", "0::" + own + "\n");
    write(
        "proc/self/mountinfo",
        "30 23 0:26 / /sys/fs/cgroup " + options + " shared:9 - cgroup2 cgroup2 rw,nsdelegate\n");
    group("sys/fs/cgroup", "", "cpuset cpu io memory pids", "", "");
    Files.delete(root.resolve("sys/fs/cgroup/cgroup.type"));
  }

  private void group(
      String directory, String procs, String controllers, String subtree, String type)
      throws IOException {
    write(directory + "/cgroup.procs", procs);
    write(directory + "/cgroup.controllers", controllers + "\n");
    write(directory + "/cgroup.subtree_control", subtree);
    write(directory + "/cgroup.type", (type.isEmpty() ? "domain" : type) + "\n");
  }

  /** A scope of a systemd user session, whose manager owns everything from its service down. */
  private void userSession(String controllersOfApps, String passedOnByApps) throws IOException {
    unified("/user.slice/user-1.slice/user@1.service/apps/test.scope", "rw,nosuid");
    group("sys/fs/cgroup/user.slice", "", "cpu memory pids", "memory pids", "");
    group("sys/fs/cgroup/user.slice/user-1.slice", "", "memory pids", "memory pids", "");
    group(SERVICE, "", "memory", "memory", "");
    group(APPS, "", controllersOfApps, passedOnByApps, "");
    group(APPS + "/test.scope", "17\n", passedOnByApps, "", "");
    notWritable.add(root.resolve("sys/fs/cgroup"));
    notWritable.add(root.resolve("sys/fs/cgroup/user.slice"));
    notWritable.add(root.resolve("sys/fs/cgroup/user.slice/user-1.slice"));
  }

  @Test
  void usesTheCgroupAboveItsOwn() throws IOException {
    userSession("memory pids", "memory pids");
    assertThat(detect().parents())
        .containsExactly(new CgroupParent(2, root.resolve(APPS), Set.of(MEMORY, PIDS)));
    assertThat(detect().reason()).isEmpty();
  }

  @Test
  void enablesMissingControllersInACgroupWithoutProcesses() throws IOException {
    userSession("cpu memory pids", "");
    assertThat(detect().parents())
        .containsExactly(new CgroupParent(2, root.resolve(APPS), Set.of(MEMORY, PIDS, CPU)));
    assertThat(root.resolve(APPS + "/cgroup.subtree_control")).hasContent("+memory +pids +cpu");
  }

  @Test
  void goesFurtherUpFromACgroupWithProcesses() throws IOException {
    userSession("memory pids", "");
    write(APPS + "/cgroup.procs", "99\n");
    assertThat(detect().parents())
        .containsExactly(new CgroupParent(2, root.resolve(SERVICE), Set.of(MEMORY)));
    assertThat(root.resolve(APPS + "/cgroup.subtree_control")).isEmptyFile();
  }

  @Test
  void doesNotUseACgroupFromWhichItCannotMoveProcesses() throws IOException {
    userSession("memory pids", "memory pids");
    notWritable.add(root.resolve(APPS + "/cgroup.procs"));
    assertThat(detect().parents())
        .extracting(CgroupParent::directory)
        .containsExactly(root.resolve(SERVICE));
  }

  @Test
  void doesNotUseACgroupOfThreads() throws IOException {
    userSession("memory pids", "memory pids");
    write(APPS + "/cgroup.type", "domain threaded\n");
    assertThat(detect().parents())
        .extracting(CgroupParent::directory)
        .containsExactly(root.resolve(SERVICE));
  }

  @Test
  void saysWhatToDoWithoutADelegatedCgroup() throws IOException {
    unified("/user.slice/session-3.scope", "rw");
    group("sys/fs/cgroup/user.slice", "", "memory pids", "memory pids", "");
    group("sys/fs/cgroup/user.slice/session-3.scope", "17\n", "memory pids", "", "");
    notWritable.add(root.resolve("sys/fs/cgroup/user.slice"));
    notWritable.add(root.resolve("sys/fs/cgroup"));
    assertThat(detect().parents()).isEmpty();
    assertThat(detect().reason())
        .contains("the cgroup directory " + root + "/sys/fs/cgroup/user.slice is not writable")
        .contains("systemd-run --user --scope");
  }

  @Test
  void usesTheRootEvenIfItHasProcesses() throws IOException {
    unified("/", "rw");
    write("sys/fs/cgroup/cgroup.procs", "1\n17\n");
    assertThat(detect().parents())
        .containsExactly(
            new CgroupParent(2, root.resolve("sys/fs/cgroup"), Set.of(MEMORY, PIDS, CPU)));
  }

  @Test
  void cannotUseTheRootOfACgroupNamespace() throws IOException {
    unified("/", "rw");
    write("sys/fs/cgroup/cgroup.type", "domain\n");
    assertThat(detect().parents()).isEmpty();
    assertThat(detect().reason()).contains("no cgroup above that of this process is visible");
  }

  @Test
  void reportsAReadOnlyMount() throws IOException {
    unified("/", "ro,nosuid");
    assertThat(detect().reason())
        .isEqualTo(
            "the cgroup directory " + root + "/sys/fs/cgroup is read-only, as in most containers");
  }

  @Test
  void reportsThatNothingIsMounted() {
    assertThat(detect().parents()).isEmpty();
    assertThat(detect().reason()).isEqualTo("no cgroup hierarchy is mounted");
  }

  private void hybrid() throws IOException {
    write("proc/self/cgroup", "9:pids:/\n4:memory:/job/7\n1:cpu,cpuacct:/docker/abc\n0::/\n");
    write(
        "proc/self/mountinfo",
        """
        31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
        35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
        36 31 0:33 / /sys/fs/cgroup/pids ro - cgroup cgroup rw,pids
        37 31 0:34 /docker/abc /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
        38 31 0:35 / /sys/fs/cgroup/blkio rw - cgroup cgroup rw,blkio
        41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
        """);
    write("sys/fs/cgroup/unified/cgroup.controllers", "");
    Files.createDirectories(root.resolve("sys/fs/cgroup/memory/job/7"));
    Files.createDirectories(root.resolve("sys/fs/cgroup/pids"));
    Files.createDirectories(root.resolve("sys/fs/cgroup/cpu,cpuacct"));
  }

  @Test
  void usesItsOwnCgroupInEachHierarchyOfVersion1() throws IOException {
    hybrid();
    assertThat(detect().parents())
        .containsExactly(
            new CgroupParent(1, root.resolve("sys/fs/cgroup/memory/job/7"), Set.of(MEMORY)),
            new CgroupParent(1, root.resolve("sys/fs/cgroup/cpu,cpuacct"), Set.of(CPU)));
    assertThat(new HostCgroups(detect().parents()).description())
        .startsWith("cgroup v1 below " + root + "/sys/fs/cgroup/memory/job/7, ")
        .endsWith("/cpu,cpuacct, without pids");
  }

  @Test
  void reportsEachHierarchyThatCannotBeUsed() throws IOException {
    hybrid();
    write("proc/self/cgroup", "9:pids:/\n4:memory:/../outside\n1:cpu,cpuacct:/docker/abc\n");
    notWritable.add(root.resolve("sys/fs/cgroup/cpu,cpuacct"));
    assertThat(detect().parents()).isEmpty();
    assertThat(detect().reason())
        .contains("the cgroup of this process is not below " + root + "/sys/fs/cgroup/memory")
        .contains("/sys/fs/cgroup/pids is read-only")
        .contains("/sys/fs/cgroup/cpu,cpuacct is not writable for this user");
  }

  @Test
  void reportsAHierarchyThatIsMountedTwiceOnce() throws IOException {
    write("proc/self/cgroup", "9:pids:/\n4:memory:/\n");
    write(
        "proc/self/mountinfo",
        """
        35 31 0:32 / /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory
        36 31 0:33 / /sys/fs/cgroup/pids ro - cgroup cgroup rw,pids
        37 31 0:32 / /mnt/memory ro - cgroup cgroup rw,memory
        """);
    String cgroups = root + "/sys/fs/cgroup";
    assertThat(detect().reason())
        .isEqualTo(
            "the cgroup directories "
                + (cgroups + "/memory, " + cgroups + "/pids are read-only, as in most containers"));
  }
}
