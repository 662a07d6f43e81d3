/* Uses the processor, or changes what is known of time. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

static void *spin(void *unused) {
  for (;;) continue;
  return unused;
}

static double seconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

/* Sleeps whenever the kernel's clock ticks, a hundred times a second. */
static void dodge(void) {
  for (;;) {
    for (double start = seconds(CLOCK_MONOTONIC); seconds(CLOCK_MONOTONIC) - start < 0.007;) continue;
    struct timespec rest = {0, 3000000};
    nanosleep(&rest, NULL);
  }
}

/* In children that do not live long, and that nobody waits for. */
static void in_children(void) {
  signal(SIGCHLD, SIG_IGN);
  for (;;) {
    if (fork() == 0) {
      for (double start = seconds(CLOCK_MONOTONIC); seconds(CLOCK_MONOTONIC) - start < 0.01;) continue;
      _exit(0);
    }
    usleep(10000);
  }
}

static void nothing(int number) {
  (void) number;
}

static void timers(void) {
  signal(SIGALRM, nothing);
  signal(SIGRTMIN, nothing);
  struct itimerval often = {{0, 1}, {0, 1}};
  setitimer(ITIMER_REAL, &often, NULL);
  struct itimerspec very_often = {{0, 1}, {0, 1}};
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
  timer_t timer;
  while (timer_create(CLOCK_MONOTONIC, &event, &timer) == 0) timer_settime(timer, 0, &very_often, NULL);
  for (;;) pause();
}

/* Many, on each processor alone, as unkind as they may be to others. */
static void bind_to_processors(void) {
  for (int i = 0; i < 64; i++) {
    if (fork() == 0) {
      cpu_set_t one;
      CPU_ZERO(&one);
      CPU_SET(i % 2, &one);
      sched_setaffinity(0, sizeof one, &one);
      sched_setaffinity(getppid(), sizeof one, &one);
      sched_setaffinity(1, sizeof one, &one);
      setpriority(PRIO_USER, 0, -20);
      spin(NULL);
    }
  }
  spin(NULL);
}

static void tell(const char *what, int result) {
  printf("%s: %s\n", what, result < 0 ? strerror(errno) : "DONE");
}

static void set_clocks(void) {
  struct timespec long_ago = {1, 0};
  struct timeval when = {1, 0};
  struct timex offset = {.modes = ADJ_SETOFFSET, .time = {86400, 0}}, frequency = {.modes = ADJ_FREQUENCY, .freq = 1 << 20};
  struct timezone zone = {60, 0};
  tell("clock_settime", clock_settime(CLOCK_REALTIME, &long_ago));
  tell("clock_settime of CLOCK_TAI", clock_settime(CLOCK_TAI, &long_ago));
  tell("settimeofday", settimeofday(&when, NULL));
  tell("settimeofday of the zone", settimeofday(NULL, &zone));
  tell("adjtimex", adjtimex(&offset));
  tell("clock_adjtime", clock_adjtime(CLOCK_REALTIME, &frequency));
  tell("adjtime", adjtime(&when, NULL));
  puts("all tried");
}

int main(int count, char **arguments) {
  const char *what = count > 1 ? arguments[1] : "";
  if (strcmp(what, "threads") == 0) {
    pthread_t thread;
    for (int i = 0; i < 20; i++) pthread_create(&thread, NULL, spin, NULL);
    for (;;) pause();
  } else if (strcmp(what, "processes") == 0) {
    for (int i = 0; i < 4; i++) fork();
    spin(NULL);
  } else if (strcmp(what, "dodge") == 0) dodge();
  else if (strcmp(what, "children") == 0) in_children();
  else if (strcmp(what, "kernel") == 0) {
    /* Spends hardly any of the time in its own code. */
    static char block[1 << 20];
    FILE *zero = fopen("/dev/zero", "r");
    setbuf(zero, NULL);
    for (;;) fread(block, 1, sizeof block, zero);
  } else if (strcmp(what, "timers") == 0) timers();
  else if (strcmp(what, "processors") == 0) bind_to_processors();
  else if (strcmp(what, "clocks") == 0) set_clocks();
  else return 2;
  return 0;
}
