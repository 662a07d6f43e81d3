/* Asks for all of the processor's time, in each way that there is, and then takes what it got. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

struct deadline { /* sched_setattr(2) */
  unsigned size, policy;
  unsigned long long flags;
  int nice;
  unsigned priority;
  unsigned long long runtime, deadline, period;
};

static void ask(const char *where) {
  struct sched_param most = {.sched_priority = 99};
  struct rlimit any = {.rlim_cur = 99, .rlim_max = 99};
  struct deadline all = {sizeof all, SCHED_DEADLINE, 0, 0, 0, 9999000, 10000000, 10000000};
  if (!setrlimit(RLIMIT_RTPRIO, &any)) printf("%s: a limit of 99 for priorities\n", where);
  if (!sched_setscheduler(0, SCHED_FIFO, &most)) printf("%s: first in, first out\n", where);
  if (!sched_setscheduler(0, SCHED_RR, &most)) printf("%s: round robin\n", where);
  if (!syscall(SYS_sched_setattr, 0, &all, 0)) printf("%s: a deadline\n", where);
  if (!setpriority(PRIO_PROCESS, 0, -20)) printf("%s: niceness -20\n", where);
}

int main(void) {
  ask("here");
  if (unshare(CLONE_NEWUSER | CLONE_NEWPID)) printf("unshare: %s\n", strerror(errno));
  for (int i = 0; i < 64; i++) {
    if (fork()) continue;
    if (i == 0) ask("in a user namespace");
    fflush(stdout);
    for (;;) continue;
  }
  fflush(stdout);
  for (;;) continue;
}
