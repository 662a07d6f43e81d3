/* Fills file systems, or makes files that are hard to get rid of. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static char block[1 << 16];

static int create(const char *path) {
  int file = open(path, O_CREAT | O_RDWR, 0666);
  if (file < 0) {
    perror(path);
    exit(1);
  }
  return file;
}

static void fill(int file) {
  while (write(file, block, sizeof block) > 0) continue;
  perror("full");
}

/* As large as a file may be, and with something at the end of each part. */
static void sparse(const char *path) {
  int file = create(path);
  off_t size = 1;
  while (ftruncate(file, size * 2) == 0) size *= 2;
  if (size < 1L << 40) exit(1);
  for (off_t at = size - 1; at > 0; at /= 2) pwrite(file, "x", 1, at);
  for (int i = 0; i < 20; i++) fallocate(file, FALLOC_FL_KEEP_SIZE, 0, 1L << (20 + i));
}

static void deep(const char *path) {
  mkdir(path, 0777);
  if (chdir(path) < 0) exit(1);
  for (;;) {
    if (mkdir("a-directory-in-a-directory-in-a-directory", 0777) < 0) exit(0);
    if (chdir("a-directory-in-a-directory-in-a-directory") < 0) exit(0);
  }
}

static void names(const char *path) {
  char longest[256];
  memset(longest, 'n', 255);
  longest[255] = 0;
  const char *odd[] = {longest, "-rf", "a\nb", "\33[2J", "\xff\xfe", "*", "...", " ", "$(reboot)", "\\", "'\""};
  mkdir(path, 0777);
  if (chdir(path) < 0) exit(1);
  for (int i = 0; i < 11; i++) close(create(odd[i]));
  symlink("loop", "loop");
  symlink("/dev/zero", "zero");
  symlink("..", "up");
  mkfifo("fifo", 0666);
  for (int i = 0; i < 100; i++) {
    char name[16];
    snprintf(name, sizeof name, "link%d", i);
    link("fifo", name);
  }
  chmod(".", 0);
}

/* The file has no name any more, and a child has it open when this ends. */
static void unlinked(const char *path) {
  int file = create(path);
  unlink(path);
  fill(file);
  if (fork() == 0) {
    setsid();
    for (;;) pause();
  }
}

static void lock(const char *path) {
  int file = open(path, O_RDONLY);
  struct flock whole = {.l_type = F_RDLCK};
  if (file < 0 || flock(file, LOCK_EX) < 0 || fcntl(file, F_SETLK, &whole) < 0) exit(1);
  if (fork() == 0) {
    for (;;) pause();
  }
}

static void dump_core(void) {
  struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
  if (setrlimit(RLIMIT_CORE, &all) == 0) puts("DONE");
  if (chdir("/tmp") == 0) abort();
}

int main(int count, char **arguments) {
  const char *what = count > 1 ? arguments[1] : "";
  const char *path = count > 2 ? arguments[2] : "";
  signal(SIGXFSZ, SIG_IGN);
  if (strcmp(what, "full") == 0) fill(create(path));
  else if (strcmp(what, "sparse") == 0) sparse(path);
  else if (strcmp(what, "deep") == 0) deep(path);
  else if (strcmp(what, "names") == 0) names(path);
  else if (strcmp(what, "unlinked") == 0) unlinked(path);
  else if (strcmp(what, "lock") == 0) lock(path);
  else if (strcmp(what, "core") == 0) dump_core();
  else if (strcmp(what, "flush") == 0) {
    for (int file = create(path);; sync()) pwrite(file, block, sizeof block, 0);
  } else return 2;
  return 0;
}
