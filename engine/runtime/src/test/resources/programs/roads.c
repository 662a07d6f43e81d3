/*
 * Tries the roads by which root in a box might get at a control file, leave its control group, or change a setting of
 * the kernel. Prints a line for each: its name and why it is closed, or that it is OPEN.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CGROUPS "/sys/fs/cgroup"

static void tell(int open, const char *format, ...) {
  int error = errno;
  char name[4200];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(name, sizeof name, format, arguments);
  va_end(arguments);
  printf("%s: %s\n", name, open ? "OPEN" : strerror(error));
}

static void try_to_write(const char *who, const char *path) {
  int file = open(path, O_WRONLY);
  tell(file >= 0, "%s: write %s", who, path);
  if (file >= 0) close(file);
}

static void try_to_open(const char *path, int flags) {
  int file = open(path, flags);
  tell(file >= 0, "open %s", path);
  if (file >= 0) close(file);
}

static void try_to_fork_into(const char *who, const char *path) {
  int flags[] = {O_RDONLY | O_DIRECTORY, O_PATH | O_DIRECTORY};
  for (int i = 0; i < 2; i++) {
    int directory = open(path, flags[i]);
    struct clone_args arguments = {
        .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = directory};
    long child = syscall(SYS_clone3, &arguments, sizeof arguments);
    if (child == 0) _exit(0);
    tell(child > 0, "%s: fork into %s", who, path);
    if (child > 0) waitpid(child, NULL, 0);
    close(directory);
  }
}

static void cgroup_files(const char *who, const char *directory) {
  const char *names[] = {"memory.max", "pids.max", "memory.oom.group", "cgroup.procs", "cgroup.threads",
                         "cgroup.subtree_control", "cgroup.kill", "cgroup.max.depth"};
  char path[512];
  for (int i = 0; i < 8; i++) {
    snprintf(path, sizeof path, "%s/%s", directory, names[i]);
    if (access(path, F_OK) == 0) try_to_write(who, path);
  }
  snprintf(path, sizeof path, "%s/made", directory);
  tell(mkdir(path, 0755) == 0, "%s: mkdir %s", who, path);
  try_to_fork_into(who, directory);
}

static void cgroups(const char *who) {
  cgroup_files(who, CGROUPS);
  cgroup_files(who, CGROUPS "/boxlite");
  DIR *all = opendir(CGROUPS "/boxlite");
  for (struct dirent *entry; all && (entry = readdir(all));) {
    if (strncmp(entry->d_name, "exec", 4) == 0) {
      char path[512];
      snprintf(path, sizeof path, CGROUPS "/boxlite/%s", entry->d_name);
      cgroup_files(who, path);
    }
  }
  if (all) closedir(all);
}

static void settings(const char *who) {
  try_to_write(who, "/proc/sys/kernel/core_pattern");
  try_to_write(who, "/proc/sys/kernel/modprobe");
  try_to_write(who, "/proc/sys/user/max_cgroup_namespaces");
  try_to_write(who, "/proc/sysrq-trigger");
  try_to_write(who, "/sys/kernel/mm/transparent_hugepage/enabled");
}

static void handles(void) {
  struct file_handle *handle = calloc(1, sizeof *handle + MAX_HANDLE_SZ);
  handle->handle_bytes = MAX_HANDLE_SZ;
  int mount_id;
  int named = name_to_handle_at(AT_FDCWD, CGROUPS, handle, &mount_id, 0);
  if (named < 0) {
    tell(0, "name a handle of " CGROUPS);
    return;
  }
  int directory = open(CGROUPS, O_RDONLY | O_DIRECTORY);
  tell(open_by_handle_at(directory, handle, O_RDONLY) >= 0, "open a handle of " CGROUPS);
}

static void mount_at(const char *kind, const char *options) {
  int mounted = mount("x", "/tmp/roads", kind, 0, options);
  tell(mounted == 0, "namespaces: mount %s %s", kind, options);
  if (mounted == 0) umount2("/tmp/roads", MNT_DETACH);
}

static void write_text(const char *path, const char *text) {
  int file = open(path, O_WRONLY);
  if (file < 0 || write(file, text, strlen(text)) < 0) {
    printf("%s: cannot be set up: %s\n", path, strerror(errno));
    exit(1);
  }
  close(file);
}

/* All that a namespace's root can do. */
static void in_namespaces(void) {
  char map[32];
  snprintf(map, sizeof map, "0 %d 1", getuid());
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) < 0) {
    printf("user namespaces do not work: %s\n", strerror(errno));
    exit(1);
  }
  write_text("/proc/self/setgroups", "deny");
  write_text("/proc/self/uid_map", map);
  write_text("/proc/self/gid_map", "0 0 1");
  mkdir("/tmp/roads", 0755);
  tell(unshare(CLONE_NEWCGROUP) == 0, "namespaces: a cgroup namespace");
  mount_at("cgroup2", "");
  mount_at("cgroup", "none,name=x");
  int context = syscall(SYS_fsopen, "cgroup2", 0);
  tell(context >= 0 && syscall(SYS_fsconfig, context, 6 /* FSCONFIG_CMD_CREATE */, NULL, NULL, 0) == 0,
       "namespaces: fsopen cgroup2");
  const char *covered[] = {CGROUPS, "/proc/sys", "/proc/kcore", "/sys"};
  for (int i = 0; i < 4; i++) {
    tell(mount(NULL, covered[i], NULL, MS_REMOUNT | MS_BIND, NULL) == 0, "namespaces: remount %s", covered[i]);
    tell(umount2(covered[i], MNT_DETACH) == 0, "namespaces: unmount %s", covered[i]);
    tell(mount(covered[i], "/tmp/roads", NULL, MS_MOVE, NULL) == 0, "namespaces: move %s", covered[i]);
  }
  const char *above[] = {"/sys", "/sys/fs", "/proc"};
  for (int i = 0; i < 3; i++) {
    tell(syscall(SYS_open_tree, AT_FDCWD, above[i], 1 /* OPEN_TREE_CLONE */) >= 0,
         "namespaces: %s without what is mounted on it", above[i]);
  }
  pid_t child = fork();
  if (child == 0) {
    mount_at("proc", "");
    if (mount("x", "/tmp/roads", "sysfs", 0, "") == 0) {
      try_to_write("namespaces, new sysfs", "/tmp/roads/kernel/mm/transparent_hugepage/enabled");
    }
    cgroups("namespaces");
    settings("namespaces");
    fflush(stdout);
    _exit(0);
  }
  waitpid(child, NULL, 0);
}

int main(void) {
  setbuf(stdout, NULL);
  cgroups("root");
  settings("root");
  handles();
  tell(unshare(CLONE_NEWCGROUP) == 0, "root: a cgroup namespace");
  try_to_open("/proc/1/root", O_PATH);
  try_to_open("/proc/1/cwd", O_PATH);
  try_to_open("/proc/1/ns/cgroup", O_RDONLY);
  try_to_open("/proc/1/ns/mnt", O_RDONLY);
  try_to_open("/proc/1/mem", O_RDWR);
  int found = 0;
  DIR *files = opendir("/proc/1/fd");
  for (struct dirent *entry; files && (entry = readdir(files));) found += entry->d_name[0] != '.';
  errno = ENOENT;
  tell(found > 0, "files in /proc/1/fd");
  pid_t child = fork();
  if (child == 0) {
    in_namespaces();
    _exit(0);
  }
  int status;
  waitpid(child, &status, 0);
  puts("all roads tried");
  return status != 0;
}
