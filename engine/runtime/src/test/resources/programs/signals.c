/* Sends signals, or does not heed them. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void stay(void) {
  for (;;) pause();
}

static void nothing(int number) {
  (void) number;
}

/* The parent of the first is not to be seen, so it has no number. */
static void stop_parents(void) {
  for (int i = 0; i < 5; i++) {
    if (fork() != 0) stay();
    kill(getppid(), SIGSTOP);
  }
  kill(0, SIGSTOP);
  stay();
}

static void stop_all(void) {
  for (int i = 0; i < 3; i++) {
    if (fork() == 0) {
      for (;;) kill(-1, SIGSTOP);
    }
  }
  for (;;) kill(-1, SIGSTOP);
}

static void deaf(void) {
  for (int number = 1; number < 65; number++) signal(number, SIG_IGN);
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  stay();
}

static void storm(void) {
  for (int number = SIGRTMIN; number <= SIGRTMAX; number++) signal(number, nothing);
  signal(SIGUSR1, nothing);
  for (int i = 0; i < 20; i++) {
    if (fork() == 0) break;
  }
  for (int number = SIGRTMIN;; number = number < SIGRTMAX ? number + 1 : SIGRTMIN) {
    kill(0, number);
    kill(-1, SIGUSR1);
    sigqueue(getppid(), number, (union sigval){0});
  }
}

static void pending(void) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  for (int number = SIGRTMIN; number <= SIGRTMAX; number++) {
    while (sigqueue(getpid(), number, (union sigval){0}) == 0) continue;
  }
  if (errno != EAGAIN) exit(1);
  stay();
}

static void init(void) {
  int pidfd = syscall(SYS_pidfd_open, 1, 0);
  for (int number = 1; number < 65; number++) {
    kill(1, number);
    sigqueue(1, number, (union sigval){0});
    syscall(SYS_tgkill, 1, 1, number);
    syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0);
  }
}

static void kill_others(void) {
  puts("begun");
  fflush(stdout);
  for (;;) {
    DIR *all = opendir("/proc");
    for (struct dirent *entry; (entry = readdir(all));) {
      int pid = atoi(entry->d_name);
      if (pid <= 1 || pid == getpid()) continue;
      kill(pid, SIGSTOP);
      kill(pid, SIGKILL);
    }
    closedir(all);
  }
}

int main(int count, char **arguments) {
  const char *what = count > 1 ? arguments[1] : "";
  if (strcmp(what, "stop-parents") == 0) stop_parents();
  else if (strcmp(what, "stop-all") == 0) stop_all();
  else if (strcmp(what, "deaf") == 0) deaf();
  else if (strcmp(what, "storm") == 0) storm();
  else if (strcmp(what, "pending") == 0) pending();
  else if (strcmp(what, "init") == 0) init();
  else if (strcmp(what, "kill-others") == 0) kill_others();
  else if (strcmp(what, "crash") == 0) *(volatile int *) 0 = 1;
  else return 2;
  return 0;
}
