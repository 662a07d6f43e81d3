/* Multiplies in one of several ways. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void stay(void) {
  for (;;) pause();
}

static void *stay_in_thread(void *unused) {
  stay();
  return unused;
}

/* Both the process and its grandchild go on. */
static void daemons(void) {
  for (;;) {
    if (fork() == 0) {
      setsid();
      if (fork() != 0) _exit(0);
    }
  }
}

/* The parents wait in the kernel for all that come after them. */
static void chain(int length) {
  pid_t child = length > 0 ? vfork() : -1;
  if (child == 0) chain(length - 1);
  stay();
}

static void clones(void) {
  unsigned long flags[] = {0,
                           SIGKILL,
                           SIGSTOP,
                           64,
                           CLONE_PARENT | SIGCHLD,
                           CLONE_PARENT | SIGKILL,
                           CLONE_UNTRACED | CLONE_PTRACE | SIGCHLD,
                           CLONE_FILES | CLONE_FS | CLONE_IO | CLONE_SYSVSEM | SIGCHLD,
                           CLONE_NEWUSER | SIGCHLD,
                           CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | SIGCHLD,
                           CLONE_NEWUSER | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWTIME | SIGCHLD};
  int made = 0;
  for (int i = 0; i < (int) (sizeof flags / sizeof *flags); i++) {
    long child = syscall(SYS_clone, flags[i], 0, 0, 0, 0);
    if (child == 0) stay();
    made += child > 0;
  }
  /* Shares its memory with its parent, but is no thread of it. */
  char *stack = malloc(1 << 16);
  made += clone((int (*)(void *)) stay_in_thread, stack + (1 << 16), CLONE_VM | CLONE_SIGHAND | CLONE_PARENT, NULL) > 0;
  exit(made >= 10 ? 3 : 1);
}

static int threads(void) {
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 1 << 16);
  int made = 0;
  pthread_t thread;
  while (pthread_create(&thread, &small, stay_in_thread, NULL) == 0) made++;
  return made;
}

static void *spin(void *unused) {
  for (;;) getppid();
  return unused;
}

/* Only threads are left, and what was the process is dead. */
static void leaderless(void) {
  pthread_t thread;
  for (int i = 0; i < 4; i++) pthread_create(&thread, NULL, spin, NULL);
  syscall(SYS_exit, 0);
}

static void nested(void) {
  for (int depth = 0; depth < 40; depth++) {
    if (unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0) break;
    if (fork() != 0) stay();
    for (int number = 1; number < 65; number++) signal(number, SIG_IGN);
  }
  spin(NULL);
}

/* Whoever looks at a process finds that it has just gone, and that it has a child. */
static void run_away(void) {
  for (int i = 0; i < 20; i++) {
    if (fork() == 0) {
      setsid();
      for (;;) {
        if (fork() != 0) _exit(0);
      }
    }
  }
}

int main(int count, char **arguments) {
  const char *what = count > 1 ? arguments[1] : "";
  if (strcmp(what, "daemons") == 0) daemons();
  else if (strcmp(what, "vfork") == 0) chain(1000);
  else if (strcmp(what, "clone") == 0) clones();
  else if (strcmp(what, "threads") == 0) {
    if (threads() < 50) return 1;
    stay();
  } else if (strcmp(what, "leaderless") == 0) leaderless();
  else if (strcmp(what, "zombies") == 0) {
    for (pid_t child; (child = fork()) >= 0;) {
      if (child == 0) _exit(0);
    }
    stay();
  } else if (strcmp(what, "nested") == 0) nested();
  else if (strcmp(what, "exec") == 0) execv("/proc/self/exe", arguments);
  else if (strcmp(what, "close") == 0) {
    syscall(SYS_close_range, 0, ~0U, 0);
    spin(NULL);
  } else if (strcmp(what, "runaway") == 0) {
    run_away();
    return 3;
  }
  return 2;
}
