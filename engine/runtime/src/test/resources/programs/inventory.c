/*
 * Tells what there is in a box, one "name: value" a line, the same in each box that is as good as new. What differs
 * somewhat from one time to the next comes with "about ": memory, disks, and open files.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static char text[1 << 16];

static char *content(const char *path) {
  int file = open(path, O_RDONLY | O_NONBLOCK);
  ssize_t size = file < 0 ? -1 : read(file, text, sizeof text - 1);
  if (file >= 0) close(file);
  if (size < 0) snprintf(text, sizeof text, "%s", strerror(errno));
  else text[size] = 0;
  return text;
}

static void lines(const char *name, char *all) {
  for (char *line = strtok(all, "\n"); line; line = strtok(NULL, "\n")) printf("%s: %s\n", name, line);
}

static void field(const char *path, const char *name) {
  char *found = strstr(content(path), name);
  if (found) printf("%s %.*s\n", path, (int) strcspn(found, "\n"), found);
}

static void processes(void) {
  DIR *all = opendir("/proc");
  for (struct dirent *entry; (entry = readdir(all));) {
    int pid = atoi(entry->d_name);
    if (pid == 0 || pid == getpid()) continue;
    char path[64];
    sprintf(path, "/proc/%d/stat", pid);
    char *name = strchr(content(path), '(');
    if (name) printf("process: %.*s\n", (int) strcspn(name, ")") + 3, name);
  }
  closedir(all);
  lines("limits of PID 1", content("/proc/1/limits"));
  printf("PID 1: oom_score_adj %s", content("/proc/1/oom_score_adj"));
}

static void itself(void) {
  const char *fields[] = {"Umask:", "PPid:", "Uid:",        "Gid:",        "Groups:",       "SigQ:",
                          "SigBlk:", "SigIgn:", "CapBnd:", "NoNewPrivs:", "Seccomp:", "Cpus_allowed:"};
  for (int i = 0; i < 12; i++) field("/proc/self/status", fields[i]);
  lines("limits", content("/proc/self/limits"));
  printf("priority: %d, policy %d, oom_score_adj %s", getpriority(PRIO_PROCESS, 0), sched_getscheduler(0),
         content("/proc/self/oom_score_adj"));
  printf("own session: %d, personality %x, in %s\n", getsid(0) == getpid(), personality(0xffffffff),
         getcwd(text, sizeof text));
  printf("terminal: %s\n", open("/dev/tty", O_RDWR) < 0 ? strerror(errno) : "one");
  for (int file = 0; file < 256; file++) {
    if (fcntl(file, F_GETFD) >= 0) printf("open: %d, flags %x\n", file, fcntl(file, F_GETFL));
  }
  for (char **variable = environ; *variable; variable++) printf("environment: %s\n", *variable);
}

static void objects(void) {
  struct shm_info shm;
  struct msginfo msg;
  struct seminfo sem;
  shmctl(0, SHM_INFO, (struct shmid_ds *) &shm);
  msgctl(0, MSG_INFO, (struct msqid_ds *) &msg);
  semctl(0, 0, SEM_INFO, &sem);
  printf("System V: %d segments, %d queues, %d semaphores\n", shm.used_ids, msg.msgpool, sem.semusz);
  printf("POSIX queue: %s\n", mq_open("/hostile", O_RDONLY) < 0 ? strerror(errno) : "one");
  timer_t timer;
  printf("a timer: %s\n", timer_create(CLOCK_MONOTONIC, NULL, &timer) < 0 ? strerror(errno) : "made");
  printf("inotify: %s\n", inotify_init() < 0 ? strerror(errno) : "made");
  unsigned long context = 0;
  printf("asynchronous I/O: %s\n", syscall(SYS_io_setup, 1000, &context) < 0 ? strerror(errno) : "made");
  int lock = open("/etc/passwd", O_RDONLY);
  struct flock whole = {.l_type = F_RDLCK};
  printf("lock: %s\n", fcntl(lock, F_SETLK, &whole) < 0 ? strerror(errno) : "taken");
  close(lock);
}

/* Sockets of other processes: the lines below the first. Those that wait for their time to be over (06) are nobody's. */
static void sockets(void) {
  const char *tables[] = {"tcp", "tcp6", "udp", "udp6", "raw", "unix", "packet"};
  for (int i = 0; i < 7; i++) {
    char path[64];
    sprintf(path, "/proc/net/%s", tables[i]);
    char *line = strtok(content(path), "\n");
    while (line && (line = strtok(NULL, "\n"))) {
      if (!strstr(line, " 06 ")) printf("socket: %s %s\n", tables[i], line);
    }
  }
}

static unsigned long sum_of(const char *path) {
  unsigned long sum = 5381;
  for (char *byte = content(path); *byte; byte++) sum = sum * 33 + (unsigned char) *byte;
  return sum;
}

/* Everything on the file systems of the box, but for what the kernel shows. */
static void tree(const char *path, int depth) {
  struct stat it;
  if (lstat(path, &it) < 0) return;
  printf("file: %s %o %d:%d %lx", path, it.st_mode, it.st_uid, it.st_gid, it.st_rdev);
  if (S_ISREG(it.st_mode)) printf(" %ld bytes", it.st_size);
  /* The machine's id is a new one when a box starts over. */
  if (S_ISREG(it.st_mode) && it.st_size > 4096) printf(" of %ld", it.st_mtime);
  else if (S_ISREG(it.st_mode) && strcmp(path, "/etc/machine-id")) printf(", sum %lx", sum_of(path));
  puts("");
  if (!S_ISDIR(it.st_mode) || depth > 20 || strcmp(path, "/proc") == 0 || strcmp(path, "/sys") == 0) return;
  struct dirent **entries;
  int count = scandir(path, &entries, NULL, alphasort);
  for (int i = 0; i < count; i++) {
    char below[4096];
    snprintf(below, sizeof below, "%s/%s", depth ? path : "", entries[i]->d_name);
    if (strcmp(entries[i]->d_name, ".") && strcmp(entries[i]->d_name, "..")) tree(below, depth + 1);
  }
}

/* Removes a file, or a directory with what is in it, however deep that is. */
static int remove_all(const char *path) {
  if (unlink(path) == 0 || rmdir(path) == 0) return 0;
  if (chdir(path) < 0) return -1;
  for (int depth = 0; depth >= 0;) {
    DIR *here = opendir(".");
    int down = 0;
    for (struct dirent *entry; !down && here && (entry = readdir(here));) {
      if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
      if (unlink(entry->d_name) == 0 || rmdir(entry->d_name) == 0) continue;
      if (chdir(entry->d_name) < 0) return -1;
      down = 1;
    }
    if (here) closedir(here);
    if (!down && depth > 0 && chdir("..") < 0) return -1;
    depth += down ? 1 : -1;
  }
  chdir("/");
  return rmdir(path);
}

/* The kernel's settings, except those that count something. */
static void settings(const char *path) {
  const char *counts[] = {"random/", "ns_last_pid", "dentry-state", "file-nr", "inode-", "/neigh/", "/conf/"};
  for (int i = 0; i < 7; i++) {
    if (strstr(path, counts[i])) return;
  }
  DIR *directory = opendir(path);
  if (!directory) {
    printf("setting: %s %s\n", path, strtok(content(path), "\n"));
    return;
  }
  for (struct dirent *entry; (entry = readdir(directory));) {
    char below[512];
    snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
    if (entry->d_name[0] != '.') settings(below);
  }
  closedir(directory);
}

static void kernel(void) {
  struct utsname name;
  uname(&name);
  printf("name: %s %s %s\n", name.nodename, name.domainname, name.release);
  lines("mount", content("/proc/self/mountinfo"));
  lines("file system", content("/proc/filesystems"));
  lines("swap", content("/proc/swaps"));
  lines("route", content("/proc/net/route"));
  for (char *line = strtok(content("/proc/net/dev"), "\n"); line; line = strtok(NULL, "\n")) {
    printf("interface: %.*s\n", (int) strcspn(line, ":"), line);
  }
  int groups = 0;
  DIR *all = opendir("/sys/fs/cgroup/boxlite");
  for (struct dirent *entry; all && (entry = readdir(all));) groups += strncmp(entry->d_name, "exec", 4) == 0;
  printf("control groups: %d\n", groups);
}

static void space(const char *path) {
  struct statvfs it;
  if (statvfs(path, &it) < 0) printf("space: %s %s\n", path, strerror(errno));
  else printf("about KiB in %s: %ld\nabout inodes in %s: %ld\n", path, it.f_bfree * it.f_frsize / 1024, path, it.f_ffree);
}

static void about(void) {
  long value = 0;
  sscanf(strstr(content("/proc/meminfo"), "MemAvailable:"), "MemAvailable: %ld", &value);
  printf("about KiB of memory: %ld\n", value);
  sscanf(content("/proc/sys/fs/file-nr"), "%ld", &value);
  printf("about open files: %ld\n", value);
  printf("about time: %ld\n", time(NULL));
  space("/");
  space("/dev");
  space("/dev/shm");
}

int main(int count, char **arguments) {
  const char *what = count > 1 ? arguments[1] : "";
  long number = count > 2 ? atol(arguments[2]) : 0;
  if (strcmp(what, "eat") == 0) {
    memset(mmap(0, number << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 1, number << 20);
    return 0;
  }
  if (strcmp(what, "lock") == 0) {
    int locked = mlockall(MCL_CURRENT | MCL_FUTURE) == 0;
    puts(mmap(0, 64 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED && locked ? "DONE"
                                                                                                             : "refused");
    return 0;
  }
  if (strcmp(what, "remove") == 0) return remove_all(arguments[2]) != 0;
  if (strcmp(what, "spin") == 0) {
    for (;;) continue;
  }
  processes();
  itself();
  sockets();
  objects();
  kernel();
  settings("/proc/sys");
  tree("/", 0);
  about();
  return 0;
}
