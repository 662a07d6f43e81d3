/* Takes as much memory as it gets, in one of the many ways to make the kernel allocate some. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/xattr.h>
#include <unistd.h>

#define MIB (1L << 20)

static char block[60000];

/* Fails the test: whoever hoards is to be ended, and not to run into another limit. */
static void no_more(const char *of) {
  printf("no more %s: %s\n", of, strerror(errno));
  exit(1);
}

static void write_text(const char *path, const char *text) {
  int file = open(path, O_WRONLY);
  if (file < 0 || write(file, text, strlen(text)) < 0) no_more(path);
  close(file);
}

/* Gets all that a namespace's root has. */
static void be_root(int namespaces) {
  char map[32];
  int user = getuid(), group = getgid();
  if (unshare(CLONE_NEWUSER | namespaces) < 0) no_more("namespaces");
  write_text("/proc/self/setgroups", "deny");
  snprintf(map, sizeof map, "0 %d 1", user);
  write_text("/proc/self/uid_map", map);
  snprintf(map, sizeof map, "0 %d 1", group);
  write_text("/proc/self/gid_map", map);
}

static void memory(int flags) {
  for (;;) {
    char *more = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | flags, -1, 0);
    if (more == MAP_FAILED) no_more("memory");
    memset(more, 1, MIB);
  }
}

static void fill(int file) {
  if (file < 0) no_more("files");
  while (write(file, block, sizeof block) > 0) continue;
}

static void segments(void) {
  for (;;) {
    int id = shmget(IPC_PRIVATE, MIB, IPC_CREAT | 0600);
    if (id < 0) no_more("segments");
    memset(shmat(id, NULL, 0), 1, MIB);
  }
}

static void messages(void) {
  for (;;) {
    int queue = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
    if (queue < 0) no_more("queues");
    struct msgbuf *message = (struct msgbuf *) block;
    message->mtype = 1;
    while (msgsnd(queue, message, 8000, IPC_NOWAIT) == 0) continue;
  }
}

static void pipes(void) {
  for (;;) {
    int ends[2];
    if (pipe2(ends, O_NONBLOCK) < 0) no_more("pipes");
    fcntl(ends[0], F_SETPIPE_SZ, MIB);
    fill(ends[1]);
  }
}

static void sockets(int type) {
  for (;;) {
    int ends[2];
    if (socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, ends) < 0) no_more("sockets");
    fill(ends[0]);
  }
}

static void connections(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  bind(listener, (struct sockaddr *) &address, length);
  getsockname(listener, (struct sockaddr *) &address, &length);
  listen(listener, 10);
  for (;;) {
    int one = socket(AF_INET, SOCK_STREAM, 0);
    if (one < 0 || connect(one, (struct sockaddr *) &address, length) < 0) no_more("connections");
    if (accept(listener, NULL, NULL) < 0) no_more("connections");
    fcntl(one, F_SETFL, O_NONBLOCK);
    fill(one);
  }
}

/* Datagrams that nobody reads. The kernel bounds them, so sockets without any follow. */
static void datagrams(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  for (;;) {
    int one = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    if (one < 0 || bind(one, (struct sockaddr *) &address, sizeof address) < 0) no_more("sockets");
    struct sockaddr_in own;
    getsockname(one, (struct sockaddr *) &own, &length);
    for (int i = 0; i < 4; i++) sendto(one, block, sizeof block, 0, (struct sockaddr *) &own, length);
  }
}

/* Keeps the kernel from reading this program's code again and again while nothing else is left to be released. */
static void stay_in_memory(void) {
  if (mlockall(MCL_CURRENT) < 0) no_more("locked memory");
}

/* What a netlink socket sends itself is charged to nobody. */
static void netlink(void) {
  stay_in_memory();
  struct nlmsghdr *message = (struct nlmsghdr *) block;
  message->nlmsg_len = 32000;
  message->nlmsg_type = NLMSG_MIN_TYPE;
  for (;;) {
    struct sockaddr_nl own = {.nl_family = AF_NETLINK};
    socklen_t length = sizeof own;
    int one = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK, NETLINK_USERSOCK);
    if (one < 0 || bind(one, (struct sockaddr *) &own, length) < 0) no_more("netlink sockets");
    getsockname(one, (struct sockaddr *) &own, &length);
    while (sendto(one, block, message->nlmsg_len, 0, (struct sockaddr *) &own, length) > 0) continue;
  }
}

/* Nor are the rings of packet sockets, of any size. */
static void packets(void) {
  stay_in_memory();
  struct tpacket_req ring = {
      .tp_block_size = 1 << 16, .tp_block_nr = 16, .tp_frame_size = 1 << 12, .tp_frame_nr = 16 * 16};
  for (;;) {
    int one = socket(AF_PACKET, SOCK_RAW, 0);
    if (one < 0 || setsockopt(one, SOL_PACKET, PACKET_RX_RING, &ring, sizeof ring) < 0) no_more("rings");
  }
}

/* Nor are extended attributes of files in memory. */
static void attributes(void) {
  stay_in_memory();
  be_root(CLONE_NEWNS);
  if (mount("x", "/mnt", "tmpfs", 0, "") < 0) no_more("mounts");
  for (int file = 0;; file++) {
    char path[64];
    snprintf(path, sizeof path, "/mnt/%d", file);
    close(open(path, O_CREAT | O_WRONLY, 0600));
    for (int i = 0; i < 32; i++) {
      char name[32];
      snprintf(name, sizeof name, "security.x%d", i);
      if (setxattr(path, name, block, sizeof block, 0) < 0) no_more("attributes");
    }
  }
}

static void filters(void) {
  struct sock_filter code[1000];
  for (int i = 0; i < 1000; i++) code[i] = (struct sock_filter){BPF_RET | BPF_K, 0, 0, 1};
  struct sock_fprog program = {1000, code};
  for (;;) {
    int one = socket(AF_INET, SOCK_DGRAM, 0);
    if (one < 0 || setsockopt(one, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) < 0) no_more("filters");
  }
}

/* Sockets that are nowhere but in each other's queues, with what they hold. */
static void flight(int pairs) {
  for (int i = 0; i < pairs; i++) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends) < 0) no_more("sockets");
    fill(ends[0]);
    union {
      struct cmsghdr header;
      char space[CMSG_SPACE(sizeof ends)];
    } control = {.header = {CMSG_LEN(sizeof ends), SOL_SOCKET, SCM_RIGHTS}};
    memcpy(CMSG_DATA(&control.header), ends, sizeof ends);
    struct iovec byte = {block, 1};
    struct msghdr message = {
        .msg_iov = &byte, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    if (sendmsg(ends[1], &message, 0) < 0) no_more("sockets in flight");
    close(ends[0]);
    close(ends[1]);
  }
}

/* Each page that is read is the same one, but the tables that say so are not. */
static void page_tables(void) {
  for (;;) {
    char *much = mmap(NULL, 1L << 36, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (much == MAP_FAILED) no_more("addresses");
    for (long at = 0; at < 1L << 36; at += 2 * MIB) (void) *(volatile char *) (much + at);
  }
}

static void mappings(void) {
  for (int i = 0;; i++) {
    int access = i % 2 ? PROT_READ : PROT_NONE;
    if (mmap(NULL, 4096, access, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED) no_more("mappings");
  }
}

static void descriptors(int kind) {
  for (;;) {
    int one = kind ? timerfd_create(CLOCK_MONOTONIC, 0) : eventfd(0, 0);
    struct itimerspec often = {{0, 1}, {0, 1}};
    if (one < 0) no_more("descriptors");
    if (kind) timerfd_settime(one, 0, &often, NULL);
  }
}

static void terminals(void) {
  while (open("/dev/ptmx", O_RDWR | O_NOCTTY) >= 0) continue;
  for (;;) pause();
}

static void files(void) {
  mkdir("/dev/shm/many", 0777);
  for (int i = 0;; i++) {
    char path[64];
    snprintf(path, sizeof path, "/dev/shm/many/%d", i);
    int file = open(path, O_CREAT | O_WRONLY, 0600);
    if (file < 0) no_more("files");
    close(file);
  }
}

static void mounts(void) {
  be_root(CLONE_NEWNS);
  for (;;) {
    if (mount("x", "/mnt", "tmpfs", 0, "") < 0) no_more("mounts");
    fill(open("/mnt/file", O_CREAT | O_WRONLY, 0600));
  }
}

int main(int count, char **arguments) {
  const char *what = count > 1 ? arguments[1] : "";
  struct rlimit open_files;
  getrlimit(RLIMIT_NOFILE, &open_files);
  open_files.rlim_cur = open_files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &open_files);
  if (strcmp(what, "private") == 0) memory(MAP_PRIVATE);
  else if (strcmp(what, "shared") == 0) memory(MAP_SHARED);
  else if (strcmp(what, "populated") == 0) memory(MAP_PRIVATE | MAP_POPULATE);
  else if (strcmp(what, "memfd") == 0) fill(memfd_create("x", 0));
  else if (strcmp(what, "shm") == 0) fill(open("/dev/shm/large", O_CREAT | O_WRONLY, 0666));
  else if (strcmp(what, "files") == 0) files();
  else if (strcmp(what, "segments") == 0) segments();
  else if (strcmp(what, "messages") == 0) messages();
  else if (strcmp(what, "pipes") == 0) pipes();
  else if (strcmp(what, "streams") == 0) sockets(SOCK_STREAM);
  else if (strcmp(what, "sockets") == 0) sockets(SOCK_DGRAM);
  else if (strcmp(what, "connections") == 0) connections();
  else if (strcmp(what, "datagrams") == 0) datagrams();
  else if (strcmp(what, "netlink") == 0) netlink();
  else if (strcmp(what, "packets") == 0) packets();
  else if (strcmp(what, "packets-in-namespace") == 0) {
    be_root(CLONE_NEWNET);
    packets();
  } else if (strcmp(what, "attributes") == 0) attributes();
  else if (strcmp(what, "filters") == 0) filters();
  else if (strcmp(what, "page-tables") == 0) page_tables();
  else if (strcmp(what, "mappings") == 0) mappings();
  else if (strcmp(what, "eventfds") == 0) descriptors(0);
  else if (strcmp(what, "timerfds") == 0) descriptors(1);
  else if (strcmp(what, "terminals") == 0) terminals();
  else if (strcmp(what, "mounts") == 0) mounts();
  else if (strcmp(what, "flight") == 0) {
    flight(count > 2 ? atoi(arguments[2]) : 1 << 30);
    puts("in flight");
    return 0;
  } else return 2;
  no_more("of it");
}
