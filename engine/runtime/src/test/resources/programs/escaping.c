/*
 * Tries to get out of a box's part of the machine: escaping [namespaces] WHAT. With "namespaces", it is root of
 * namespaces of its own.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <linux/perf_event.h>
#include <sys/fanotify.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include "attempts.h"

#define PLACE "/tmp/escaping"
#define DANGEROUS (READ_IMPLIES_EXEC | MMAP_PAGE_ZERO | ADDR_COMPAT_LAYOUT)

static int in_namespaces;

static void kernel(void) {
  char zeros[256] = {0};
  int self = open("/proc/self/exe", O_RDONLY);
  tell(syscall(SYS_init_module, zeros, sizeof zeros, ""), "init_module");
  tell(syscall(SYS_finit_module, self, "", 0), "finit_module");
  tell(syscall(SYS_delete_module, "virtio_console", O_NONBLOCK), "delete_module");
  tell(syscall(SYS_kexec_load, 0, 0, NULL, 0), "kexec_load");
  tell(syscall(SYS_kexec_file_load, self, -1, 0, NULL, 4 /* KEXEC_FILE_NO_INITRAMFS */), "kexec_file_load");
  int commands[] = {RB_AUTOBOOT, RB_HALT_SYSTEM, RB_POWER_OFF, RB_ENABLE_CAD, RB_DISABLE_CAD, RB_KEXEC, RB_SW_SUSPEND};
  for (int i = 0; i < 7; i++) tell(reboot(commands[i]), "reboot %x", commands[i]);
  int log[] = {2, 3, 4, 5, 6, 7, 8, 9, 10}; /* to read, to clear, to silence */
  for (int i = 0; i < 9; i++) tell(klogctl(log[i], zeros, i == 6 ? 8 : sizeof zeros), "syslog %d", log[i]);
  tell(swapon("/proc/self/exe", 0), "swapon");
  tell(acct("/tmp/accounts"), "acct");
  tell(vhangup(), "vhangup");
  tell(syscall(SYS_quotactl, 0x80000100 /* Q_SYNC */, "/dev/vdb", 0, NULL), "quotactl");
  tell(iopl(3), "iopl");
  tell(ioperm(0x64, 1, 1), "ioperm");
  tell(ioperm(0x3f8, 8, 1), "ioperm of the serial port");
  struct { unsigned type, key, value, entries; char rest[112]; } map = {2, 4, 4, 1, {0}};
  tell(syscall(SYS_bpf, 0 /* BPF_MAP_CREATE */, &map, sizeof map), "bpf");
  struct perf_event_attr everything = {.type = PERF_TYPE_SOFTWARE, .size = sizeof everything};
  tell(syscall(SYS_perf_event_open, &everything, -1, 0, -1, 0), "perf_event_open of a processor");
  tell(syscall(SYS_perf_event_open, &everything, 1, -1, -1, 0), "perf_event_open of PID 1");
  tell(syscall(SYS_userfaultfd, 0), "userfaultfd");
  tell(syscall(SYS_io_uring_setup, 4, zeros), "io_uring_setup");
  for (int ring = -1; ring >= -5; ring--) {
    tell(syscall(SYS_add_key, "user", "left", "x", 1, ring), "add_key to %d", ring);
    tell(syscall(SYS_keyctl, 0 /* KEYCTL_GET_KEYRING_ID */, ring, 1), "keyctl of %d", ring);
  }
  tell(syscall(SYS_request_key, "user", "left", "x", -3), "request_key");
  if (!in_namespaces) {
    tell(sethostname("mine", 4), "sethostname");
    tell(setdomainname("mine", 4), "setdomainname");
  }
  tell(nice(-1), "a better priority");
}

/* Both tables of /proc/devices: each driver's first devices, and what they are in the usual places. */
static void devices(void) {
  const char *names[] = {"vda", "vdb", "vport0p0", "vport0p1", "vport1p1", "hvc0", "ttyS0", "console", "mem", "kmem",
                         "port", "kmsg", "fuse", "kvm", "hwrng", "loop0", "loop-control", "net/tun", "vsock", "nvram"};
  char path[64];
  for (int i = 0; i < 20; i++) {
    snprintf(path, sizeof path, "/dev/%s", names[i]);
    try_to_open(path, O_RDWR);
  }
  FILE *table = fopen("/proc/devices", "r");
  char line[128];
  mode_t kind = S_IFCHR;
  while (table && fgets(line, sizeof line, table)) {
    int number = atoi(line);
    if (strncmp(line, "Block", 5) == 0) kind = S_IFBLK;
    for (int minor = number > 0 ? 0 : 2; minor < 2; minor++) {
      int made = mknod("/dev/escaping", kind | 0666, makedev(number, minor));
      tell(made, "mknod %d:%d %.*s", number, minor, (int) strcspn(line + 4, "\n"), line + 4);
      if (made == 0) try_to_open("/dev/escaping", O_RDWR);
      unlink("/dev/escaping");
    }
  }
  if (!table) tell(0, "/proc/devices is not there, so this tests nothing");
}

static int writable, kept;

/* Opens everything below for writing, and writes nothing: files without a way to write tell only then. */
static void open_all(const char *path) {
  struct stat it;
  if (lstat(path, &it) < 0) return;
  if (S_ISREG(it.st_mode)) {
    int file = open(path, O_WRONLY | O_NONBLOCK);
    if (file < 0 || write(file, "", 0) < 0) kept++;
    else if (writable++ < 5) tell(file, "%s", path);
    if (file >= 0) close(file);
  }
  DIR *directory = S_ISDIR(it.st_mode) ? opendir(path) : NULL;
  for (struct dirent *entry; directory && (entry = readdir(directory));) {
    char below[1024];
    if (entry->d_name[0] == '.' || snprintf(below, sizeof below, "%s/%s", path, entry->d_name) >= 1024) continue;
    open_all(below);
  }
  if (directory) closedir(directory);
}

static void settings(void) {
  const char *important[] = {"/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sysrq-trigger",
                             "/proc/sys/kernel/panic", "/proc/sys/vm/overcommit_memory", "/sys/kernel/uevent_helper",
                             "/sys/power/state", "/proc/kcore", "/proc/kmsg", "/proc/sys/fs/binfmt_misc/register"};
  for (int i = 0; i < 10; i++) try_to_open(important[i], O_RDWR);
  DIR *proc = opendir("/proc");
  for (struct dirent *entry; (entry = readdir(proc));) {
    char path[300];
    snprintf(path, sizeof path, "/proc/%s", entry->d_name);
    if (entry->d_name[0] > '9') open_all(path);
  }
  closedir(proc);
  open_all("/sys");
  if (kept < 500) tell(0, "there are only %d files, so this tests nothing", kept);
}

static void mounts(void) {
  const char *kinds[] = {"proc", "sysfs", "devtmpfs", "ext4", "erofs", "cgroup2", "cgroup", "binfmt_misc", "debugfs",
                         "tracefs", "securityfs", "configfs", "bpf", "pstore", "9p", "rootfs", "fusectl"};
  mkdir(PLACE, 0755);
  for (int i = 0; i < 17; i++) {
    const char *options = strcmp(kinds[i], "cgroup") ? "" : "none,name=x,release_agent=/tmp/x";
    tell(mount("/dev/vda", PLACE, kinds[i], 0, options), "mount %s", kinds[i]);
    int context = syscall(SYS_fsopen, kinds[i], 0);
    long made = context < 0 ? -1 : syscall(SYS_fsconfig, context, 6 /* FSCONFIG_CMD_CREATE */, NULL, NULL, 0);
    tell(made < 0 ? -1 : syscall(SYS_fsmount, context, 0, 0), "fsmount %s", kinds[i]);
    if (context >= 0) close(context);
  }
  const char *there[] = {"/", "/proc", "/proc/sys", "/proc/kcore", "/sys", "/sys/fs/cgroup", "/dev", "/etc/hosts"};
  for (int i = 0; i < 8; i++) {
    tell(umount2(there[i], MNT_DETACH), "unmount %s", there[i]);
    tell(mount(there[i], PLACE, NULL, MS_MOVE, NULL), "move %s", there[i]);
    /* Its own mount, its own options: but those of the box are locked. */
    if (i > 1 && i < 6) tell(mount(NULL, there[i], NULL, MS_REMOUNT | MS_BIND, NULL), "%s for writing", there[i]);
    if (i < 2) tell(syscall(SYS_open_tree, AT_FDCWD, there[i], 1 /* OPEN_TREE_CLONE */), "what is below %s", there[i]);
  }
  if (!in_namespaces) {
    tell(mount(PLACE, "/proc", NULL, MS_BIND, NULL), "a mount on /proc");
    tell(mount("x", "/tmp", "tmpfs", 0, ""), "a mount on /tmp");
    tell(syscall(SYS_pivot_root, "/", "/"), "pivot_root");
  }
  rmdir(PLACE);
}

static int same(const struct stat *one, const struct stat *other) {
  return one->st_dev == other->st_dev && one->st_ino == other->st_ino;
}

/* Climbs as high as it can. All that must be there is the root of the box. */
static void climb(const char *how, const struct stat *root) {
  struct stat top;
  for (int i = 0; i < 100; i++) chdir("..");
  errno = ENOENT;
  int outside = stat(".", &top) == 0 && !same(&top, root);
  tell(outside && chroot(".") == 0 ? 0 : -1, "%s", how);
}

static void roots(void) {
  struct stat root;
  stat("/", &root);
  int above = open("/", O_PATH | O_DIRECTORY);
  climb("above the root", &root);
  mkdir(PLACE, 0755);
  if (chroot(PLACE) < 0) tell(-1, "chroot");
  else climb("out of a root below the working directory", &root);
  fchdir(above);
  climb("out of a root by an open directory", &root);
  fchdir(above);
  rmdir("." PLACE);
}

/* A root directory of its own, of which it then takes the mount away. */
static void pivot(void) {
  struct stat empty, now;
  mkdir(PLACE, 0755);
  if (mount("x", PLACE, "tmpfs", 0, "") < 0 || mkdir(PLACE "/old", 0755) < 0 || stat(PLACE, &empty) < 0 ||
      syscall(SYS_pivot_root, PLACE, PLACE "/old") < 0 || chdir("/") < 0) {
    tell(0, "cannot be set up: %s", strerror(errno));
    return;
  }
  rmdir("/old/" PLACE);
  tell(umount2("/", MNT_DETACH), "unmount the new root");
  tell(mount("/", "/old", NULL, MS_MOVE, NULL), "move the new root");
  if (umount2("/old", MNT_DETACH) < 0) tell(0, "the old root stays: %s", strerror(errno));
  climb("above the new root", &empty);
  errno = ENOENT;
  tell(stat("/", &now) == 0 && same(&empty, &now) ? -1 : 0, "another root");
}

/*
 * A directory that is removed takes the mounts on it away from everybody else, unless one's own namespace has one. The
 * files that are mounted in /etc may be lost like all others there.
 */
static void mountpoints(void) {
  int root = open("/", O_PATH | O_DIRECTORY), dev = open("/dev", O_PATH | O_DIRECTORY);
  const char *names[] = {"proc", "sys", "dev", "pts", "shm"};
  mkdir(PLACE, 0755);
  if (mount("x", PLACE, "tmpfs", 0, "") < 0 || mkdir(PLACE "/old", 0755) < 0 ||
      syscall(SYS_pivot_root, PLACE, PLACE "/old") < 0 || chdir("/") < 0 || umount2("/old", MNT_DETACH) < 0) {
    tell(0, "cannot be set up: %s", strerror(errno));
    return;
  }
  for (int i = 0; i < 5; i++) tell(unlinkat(i < 3 ? root : dev, names[i], AT_REMOVEDIR), "remove %s", names[i]);
  unlinkat(root, "." PLACE, AT_REMOVEDIR);
}

static void files(void) {
  struct file_handle *handle = calloc(1, sizeof *handle + MAX_HANDLE_SZ);
  const char *mounted[] = {"/", "/proc", "/sys", "/dev"};
  for (int i = 0; i < 4; i++) {
    int mount_id, directory = open(mounted[i], O_RDONLY | O_DIRECTORY);
    handle->handle_bytes = MAX_HANDLE_SZ;
    long named = name_to_handle_at(directory, "", handle, &mount_id, AT_EMPTY_PATH);
    tell(named < 0 ? -1 : open_by_handle_at(directory, handle, O_RDONLY), "open_by_handle_at %s", mounted[i]);
    tell(ioctl(directory, _IOWR('X', 119, int), 0), "freeze %s", mounted[i]);
    unsigned how = 0;
    tell(ioctl(directory, _IOR('X', 125, unsigned), &how), "shut %s down", mounted[i]);
    unsigned long long blocks = 100;
    tell(ioctl(directory, _IOW('f', 16, unsigned long long), &blocks), "resize %s", mounted[i]);
    close(directory);
  }
  int input = open("/tmp/next", O_RDONLY);
  long immutable = 0x10;
  tell(ioctl(input, _IOW('f', 2, long), &immutable), "an immutable file");
  tell(fanotify_init(FAN_CLASS_CONTENT, O_RDONLY), "fanotify that decides on opens");
  tell(fanotify_init(FAN_CLASS_NOTIF | FAN_UNLIMITED_QUEUE, O_RDWR), "fanotify that opens files");
  int watch = fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_FID, 0);
  int marks[] = {FAN_MARK_MOUNT, FAN_MARK_FILESYSTEM};
  for (int i = 0; i < 2; i++) tell(fanotify_mark(watch, FAN_MARK_ADD | marks[i], FAN_OPEN, AT_FDCWD, "/"), "fanotify of /");
}

static void write_to(const char *path, const char *text) {
  int file = open(path, O_WRONLY);
  tell(file < 0 ? -1 : write(file, text, strlen(text)), "%s to %s", text, path);
  if (file >= 0) close(file);
}

static void groups(void) {
  char own[256] = "", path[512];
  FILE *file = fopen("/proc/self/cgroup", "r");
  if (!file || fscanf(file, "0::%255s", own) != 1) tell(0, "/proc/self/cgroup cannot be read, so this tests nothing");
  const char *names[] = {"memory.max", "memory.high", "pids.max", "cpu.max", "cgroup.freeze", "cgroup.kill"};
  for (int i = 0; i < 6; i++) {
    snprintf(path, sizeof path, "/sys/fs/cgroup%s/%s", own, names[i]);
    write_to(path, i < 4 ? "max" : "1");
  }
  write_to("/sys/fs/cgroup/cgroup.procs", "0");
  write_to("/sys/fs/cgroup/boxlite/cgroup.procs", "0");
  write_to("/sys/fs/cgroup/release_agent", "/tmp/x");
  write_to("/proc/self/oom_score_adj", "-1000");
  write_to("/proc/self/oom_score_adj", "-1");
  snprintf(path, sizeof path, "/sys/fs/cgroup%s/below", own);
  tell(mkdir(path, 0755), "mkdir %s", path);
  tell(unshare(CLONE_NEWCGROUP), "a cgroup namespace");
}

/* Executes the program, which belongs to root and says so, and gives it dangerous ways to be. */
static void execute(const char *setuid_program) {
  if (setgid(65534) < 0 || setuid(65534) < 0 || personality(DANGEROUS) < 0) tell(0, "cannot be set up");
  execl(setuid_program, setuid_program, "executed", NULL);
  tell(0, "cannot be executed");
}

static void executed(void) {
  int kept = personality(0xffffffff) & DANGEROUS;
  if (geteuid() != 0) tell(0, "not root, so this tests nothing");
  errno = EPERM;
  tell(kept ? 0 : -1, "personality of a setuid program");
}

int main(int count, char **arguments) {
  only_in_a_box();
  in_namespaces = count > 2 && strcmp(arguments[1], "namespaces") == 0;
  const char *what = count > 1 ? arguments[count - 1] : "";
  if (in_namespaces) {
    enter_namespaces();
    /* In a PID namespace of one's own, one may "reboot" it. */
    pid_t child = strcmp(what, "kernel") ? fork() : 0;
    if (child > 0) return waitpid(child, &count, 0) < 0 || count != 0;
  }
  if (strcmp(what, "kernel") == 0) kernel();
  else if (strcmp(what, "devices") == 0) devices();
  else if (strcmp(what, "settings") == 0) settings();
  else if (strcmp(what, "mounts") == 0) mounts();
  else if (strcmp(what, "roots") == 0) roots();
  else if (strcmp(what, "pivot") == 0) pivot();
  else if (strcmp(what, "mountpoints") == 0) mountpoints();
  else if (strcmp(what, "files") == 0) files();
  else if (strcmp(what, "groups") == 0) groups();
  else if (strcmp(what, "executed") == 0) executed();
  else if (what[0] == '/') execute(what);
  else return 2;
  puts("all tried");
  return 0;
}
