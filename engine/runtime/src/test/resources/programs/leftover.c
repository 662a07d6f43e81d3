/* What a program can leave behind, and what is there of it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void must(int condition, const char *what) {
  if (!condition) {
    printf("%s: %s\n", what, strerror(errno));
    exit(1);
  }
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

/* As many POSIX queues as a user may have, or as were asked for. */
static void ipc(long mib, int most) {
  int id = shmget(4711, mib << 20, IPC_CREAT | 0666);
  must(id >= 0, "shmget");
  memset(shmat(id, 0, 0), 1, mib << 20);
  must(msgget(4711, IPC_CREAT | 0666) >= 0, "msgget");
  must(semget(4711, 10, IPC_CREAT | 0666) >= 0, "semget");
  struct mq_attr attributes = {.mq_maxmsg = 10, .mq_msgsize = 8192};
  int queues = 0;
  char name[32];
  while (queues < most) {
    sprintf(name, "/left%d", queues);
    if (mq_open(name, O_CREAT | O_RDWR, 0666, &attributes) < 0) break;
    queues++;
  }
  printf("made %s\n", queues > 0 ? "all" : "no queue");
}

static void list(void) {
  struct shm_info shm;
  struct msginfo msg;
  struct seminfo sem;
  shmctl(0, SHM_INFO, (struct shmid_ds *) &shm);
  msgctl(0, MSG_INFO, (struct msqid_ds *) &msg);
  semctl(0, 0, SEM_INFO, &sem);
  mqd_t queue = mq_open("/left0", O_RDONLY);
  printf("%d %d %d %s\n", shm.used_ids, msg.msgpool, sem.semusz, queue < 0 ? strerror(errno) : "a queue");
}

/* Children that their maker's parent would have to reap. */
static void strays(int count) {
  for (int i = 0; i < count; i++) {
    long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0) _exit(0);
    must(pid > 0, "clone");
  }
  printf("made %d\n", count);
}

static void namespaces(int kind, const char *file, int count) {
  int uid = getuid();
  must(unshare(CLONE_NEWUSER) == 0, "user namespace");
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  double start = now();
  int made = 0;
  while (made < count && unshare(kind) == 0 && open(file, O_RDONLY) >= 0) made++;
  printf("made %d of user %d in %.3f ms each: %s\n", made, uid, (now() - start) / made, strerror(errno));
}

/* Whoever opens the file waits until this gives up its lease, which it does not do by itself. */
static void lease(const char *name) {
  int file = open(name, O_RDONLY);
  must(file >= 0, name);
  signal(SIGIO, SIG_IGN);
  must(fcntl(file, F_SETLEASE, F_WRLCK) == 0, "lease");
  puts("leased");
  fflush(stdout);
  for (;;) pause();
}

int main(int count, char **arguments) {
  const char *what = count > 1 ? arguments[1] : "";
  long number = count > 2 ? atol(arguments[2]) : 0;
  if (strcmp(what, "ipc") == 0) ipc(number, count > 3 ? atoi(arguments[3]) : 1000);
  else if (strcmp(what, "list") == 0) list();
  else if (strcmp(what, "strays") == 0) strays(number);
  else if (strcmp(what, "net") == 0) namespaces(CLONE_NEWNET, "/proc/self/ns/net", number);
  else if (strcmp(what, "ipcs") == 0) namespaces(CLONE_NEWIPC, "/proc/self/ns/ipc", number);
  else if (strcmp(what, "lease") == 0) lease(arguments[2]);
  else if (strcmp(what, "eat") == 0) {
    char *memory = mmap(0, number << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(memory, 1, number << 20);
    printf("ate %ld\n", number);
  } else return 2;
  return 0;
}
