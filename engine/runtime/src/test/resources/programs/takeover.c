/*
 * Runs in QEMU's place, with all that QEMU has, and tries one attack on the host. The attack is the
 * program's own name. It reports on the console's socket: "did it: ..." or "could not: ...".
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define ABSTRACT "boxlite-takeover-test"

static int console = -1;

static void report(const char *format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(text, sizeof text - 1, format, arguments);
  va_end(arguments);
  text[length++] = '\n';
  if (write(console, text, length) < 0) _exit(3);
  _exit(0);
}

/* Reports the result of a system call. */
static void tell(long result) {
  if (result >= 0) report("did it: %ld", result);
  report("could not: %s", strerror(errno));
}

static int unix_socket(const char *path, int abstract) {
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path + abstract, path, sizeof address.sun_path - 2);
  socklen_t length = offsetof(struct sockaddr_un, sun_path) + abstract + strlen(path);
  return connect(fd, (struct sockaddr *)&address, length + !abstract) < 0 ? -1 : fd;
}

static void read_file(const char *path) {
  char byte;
  int fd = open(path, O_RDONLY);
  tell(fd < 0 ? -1 : read(fd, &byte, 1));
}

/* Tries to change a file, by the path on the host and by the one in the jail. */
static void write_file(const char *path, const char *jailed) {
  int fd = open(path, O_RDWR);
  if (fd < 0) fd = open(jailed, O_RDWR);
  if (fd < 0) tell(-1);
  char byte;
  if (pread(fd, &byte, 1, 0) != 1) tell(-1);
  if (pwrite(fd, &byte, 1, 0) == 1) report("did it: wrote to the file");
  void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (page != MAP_FAILED) report("did it: mapped the file for writing");
  tell(ftruncate(fd, 0));
}

static void list(const char *directory, int only_numbers) {
  DIR *open = opendir(directory);
  if (open == NULL) tell(-1);
  int count = 0;
  struct dirent *entry;
  while ((entry = readdir(open)) != NULL) {
    count += only_numbers ? entry->d_name[0] >= '0' && entry->d_name[0] <= '9'
                          : strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
  }
  if (count > 0) report("did it: %d entries", count);
  report("could not: nothing is there");
}

static void connect_to_host(int port) {
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0) tell(-1);
  tell(connect(fd, (struct sockaddr *)&address, sizeof address));
}

static void fork_often(void) {
  for (int i = 0; i < 1000; i++) {
    pid_t child = fork();
    if (child < 0) tell(-1);
    if (child == 0) _exit(0);
    waitpid(child, NULL, 0);
  }
  report("did it: 1000 processes");
}

/* A process in a session of its own that would outlive the box; it ends by itself. */
static void leave_process(void) {
  pid_t child = fork();
  if (child < 0) tell(-1);
  if (child == 0) {
    setsid();
    if (fork() == 0) sleep(20);
    _exit(0);
  }
  waitpid(child, NULL, 0);
  report("did it: left a process");
}

/* A process to attack, with a socket to connect to. */
static void be_victim(void) {
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strcpy(address.sun_path + 1, ABSTRACT);
  socklen_t length = offsetof(struct sockaddr_un, sun_path) + 1 + strlen(ABSTRACT);
  if (bind(fd, (struct sockaddr *)&address, length) < 0 || listen(fd, 8) < 0) _exit(1);
  if (write(1, "ready\n", 6) != 6) _exit(1);
  sleep(600);
  _exit(0);
}

static void fill_disk(void) {
  char *block = calloc(1, 1 << 20);
  long written = 0;
  int fd = open("filling", O_CREAT | O_RDWR, 0600);
  for (int i = 0; fd >= 0 && i < FILL_MIB && write(fd, block, 1 << 20) > 0; i++) written++;
  /* What QEMU may write to: more than the disk's size. */
  const char *own[] = {"scratch.qcow2", "scratch-copy.ext4"};
  signal(SIGXFSZ, SIG_IGN);
  for (int f = 0; f < 2; f++) {
    fd = open(own[f], O_RDWR | O_APPEND);
    for (int i = 0; fd >= 0 && i < FILL_MIB && write(fd, block, 1 << 20) == 1 << 20; i++) written++;
  }
  unlink("filling");
  if (written > 2 * (DISK_MIB + 17)) report("did it: %ld MiB", written);
  report("could not: only %ld MiB", written);
}

static void no_memory(void) {
  size_t size = 1UL << 20;
  for (int i = 0; i < 2048; i++) {
    char *chunk = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (chunk == MAP_FAILED) tell(-1);
    memset(chunk, 1, size);
  }
  report("did it: 2 GiB");
}

static void attack(const char *name) {
  if (!strcmp(name, "read-passwd")) read_file("/etc/passwd");
  if (!strcmp(name, "read-home")) list(USER_HOME, 0);
  if (!strcmp(name, "read-boxes")) list(BOXES, 0);
  if (!strcmp(name, "read-image")) read_file(OTHER_IMAGE);
  if (!strcmp(name, "write-memory")) write_file(MEMORY, "/proc/self/fd/4");
  if (!strcmp(name, "write-root-image")) write_file(ROOT_IMAGE, "/root-image");
  if (!strcmp(name, "write-kernel")) write_file(KERNEL, "/kernel");
  if (!strcmp(name, "write-disk")) write_file(DISK, "/template-scratch");
  if (!strcmp(name, "read-raw-disk")) read_file(RAW_DISK);
  if (!strcmp(name, "list-processes")) list("/proc", 1);
  if (!strcmp(name, "read-environment")) read_file(JVM_ENVIRONMENT);
  if (!strcmp(name, "signal")) tell(kill(VICTIM, 0));
  if (!strcmp(name, "trace")) tell(ptrace(PTRACE_SEIZE, VICTIM, 0, 0));
  if (!strcmp(name, "read-memory-of")) {
    char byte;
    struct iovec local = {&byte, 1}, remote = {(void *)4096, 1};
    long result = process_vm_readv(VICTIM, &local, 1, &remote, 1, 0);
    /* The address is wrong, which is only found by those who may read. */
    tell(result < 0 && errno == EFAULT ? 0 : -1);
  }
  if (!strcmp(name, "ip-socket")) connect_to_host(PORT);
  if (!strcmp(name, "abstract-socket")) tell(unix_socket(ABSTRACT, 1));
  if (!strcmp(name, "shell")) {
    char number[16];
    snprintf(number, sizeof number, "%d", console);
    execl("/bin/sh", "sh", "-c", "echo did it: a shell >&$0", number, NULL);
    tell(-1);
  }
  if (!strcmp(name, "fork")) fork_often();
  if (!strcmp(name, "leave-process")) leave_process();
  if (!strcmp(name, "fill-disk")) fill_disk();
  if (!strcmp(name, "fill-memory")) no_memory();
  if (!strcmp(name, "create-file")) tell(open("new-file", O_CREAT | O_RDWR, 0600));
  if (!strcmp(name, "symlink")) tell(symlink("/etc/passwd", "agent.link"));
  if (!strcmp(name, "mount")) {
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0) tell(-1);
    tell(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
  }
  if (!strcmp(name, "namespace")) tell(unshare(CLONE_NEWUSER));
  if (!strcmp(name, "keyring")) {
    tell(syscall(SYS_add_key, "user", "boxlite-test", "x", 1, -3 /* the session's */));
  }
  if (!strcmp(name, "io-uring")) {
    char parameters[256] = {0};
    tell(syscall(SYS_io_uring_setup, 4, parameters));
  }
  if (!strcmp(name, "bpf")) {
    struct { unsigned type, key, value, entries, flags; char rest[100]; } map = {2, 4, 4, 1, 0, {0}};
    tell(syscall(SYS_bpf, 0 /* BPF_MAP_CREATE */, &map, 72));
  }
  if (!strcmp(name, "perf")) {
    struct { unsigned type, size; unsigned long config; char rest[96]; } event = {1, 64, 1, {0}};
    tell(syscall(SYS_perf_event_open, &event, 0, -1, -1, 0));
  }
  if (!strcmp(name, "userfaultfd")) tell(syscall(SYS_userfaultfd, 1 /* UFFD_USER_MODE_ONLY */));
  report("could not: unknown attack %s", name);
}

int main(int count, char **arguments) {
  char *name = basename(arguments[0]);
  if (!strcmp(name, "victim")) be_victim();
  if (count > 1 && !strcmp(arguments[1], "-L")) return 1; /* asked for its firmware */
  console = unix_socket("console.sock", 0);
  if (console < 0) return 2;
  attack(name);
}
