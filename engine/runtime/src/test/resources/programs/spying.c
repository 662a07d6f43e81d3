/*
 * Tries to reach others of its box: the init, programs that run at the same time, those that come next, and what it
 * can connect to: spying [namespaces] WHAT. With "namespaces", it is root of namespaces of its own.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <linux/vm_sockets.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include "attempts.h"

#define NEXT "/tmp/next"
#define SPIED "/tmp/spied"
#define WAYS 6

static int in_namespaces;

/* The address may be wrong, which only those learn who may get at the memory. */
static long reached(long result) {
  return result < 0 && errno == EFAULT ? 0 : result;
}

/* All that gets at the memory, the files and the namespaces of a process. Returns how much worked. */
static int reach(int pid, int (*count)(long result, const char *what)) {
  char path[64], byte = 0;
  int worked = 0;
  struct iovec here = {&byte, 1}, there = {(void *) 0x400000, 1};
  int pidfd = syscall(SYS_pidfd_open, pid, 0);
  long traced = ptrace(PTRACE_SEIZE, pid, 0, 0);
  worked += count(traced, "trace");
  if (traced == 0) ptrace(PTRACE_DETACH, pid, 0, 0);
  else worked += count(ptrace(PTRACE_ATTACH, pid, 0, 0), "attach");
  worked += count(reached(process_vm_readv(pid, &here, 1, &there, 1, 0)), "process_vm_readv");
  worked += count(reached(process_vm_writev(pid, &here, 1, &there, 1, 0)), "process_vm_writev");
  worked += count(syscall(SYS_process_madvise, pidfd, &there, 1, 21 /* MADV_PAGEOUT */, 0), "process_madvise");
  worked += count(syscall(SYS_pidfd_getfd, pidfd, 0, 0), "pidfd_getfd");
  worked += count(syscall(SYS_kcmp, getpid(), pid, 1 /* KCMP_VM */, 0, 0), "kcmp");
  worked += count(setns(pidfd, CLONE_NEWNS | CLONE_NEWPID), "setns");
  worked += count(syscall(SYS_move_pages, pid, 0, NULL, NULL, NULL, 0), "move_pages");
  const char *files[] = {"mem", "environ", "maps", "auxv", "stack", "syscall", "pagemap", "fd/0", "fd/1", "root/etc/passwd", "cwd",
                         "exe", "ns/mnt", "ns/net", "ns/user", "smaps", "io", "task/self/mem", "personality"};
  for (int i = 0; i < 19; i++) {
    snprintf(path, sizeof path, "/proc/%d/%s", pid, files[i]);
    int file = open(path, O_RDONLY | O_NONBLOCK);
    /* Some can be opened by all, but show nothing. */
    int shows = file < 0 ? -1 : strchr(files[i], '/') || i == 10 || i == 11 ? 0 : read(file, &byte, 1) - 1;
    worked += count(shows, files[i]);
    if (file >= 0) close(file);
  }
  close(pidfd);
  return worked;
}

static int tell_each(long result, const char *what) {
  if (result < 0 && errno == 0) errno = ENODATA;
  tell(result, "%s", what);
  errno = 0;
  return 0;
}

static int count_each(long result, const char *what) {
  if (result >= 0) printf("%s: DONE\n", what);
  return result >= 0;
}

/* PID 1: the init of the box. */
static void init(void) {
  struct sched_param most = {.sched_priority = 1};
  reach(1, tell_each);
  tell(sched_setscheduler(1, SCHED_FIFO, &most), "a real-time priority");
  const char *settings[] = {"oom_score_adj", "oom_adj", "coredump_filter", "clear_refs", "comm", "timerslack_ns",
                            "setgroups", "uid_map", "task/1/oom_score_adj", "sched", "mem", "loginuid"};
  for (int i = 0; i < 12; i++) {
    char path[64];
    snprintf(path, sizeof path, "/proc/1/%s", settings[i]);
    int file = open(path, O_WRONLY);
    tell(file < 0 ? -1 : write(file, "1", 1), "write %s", settings[i]);
    if (file >= 0) close(file);
  }
  int limits[] = {RLIMIT_CPU, RLIMIT_NOFILE, RLIMIT_AS, RLIMIT_NPROC, RLIMIT_SIGPENDING};
  for (int i = 0; i < 5; i++) {
    struct rlimit none = {0, 0};
    tell(prlimit(1, limits[i], &none, NULL), "limit %d", limits[i]);
  }
  puts("all tried");
}

/* The kernel lets root of a namespace do this to a process of the same user, whatever capabilities that one has. */
static void init_priority(void) {
  struct sched_param least = {0};
  int changed = setpriority(PRIO_PROCESS, 1, 19) == 0 && sched_setscheduler(1, SCHED_IDLE, &least) == 0;
  puts(changed ? "changed" : strerror(errno));
}

/* Whoever else there is, again and again. */
static void neighbours(void) {
  puts("begun");
  fflush(stdout);
  for (;;) {
    DIR *all = opendir("/proc");
    for (struct dirent *entry; (entry = readdir(all));) {
      int pid = atoi(entry->d_name);
      if (pid > 1 && pid != getpid() && reach(pid, count_each) > 0) fflush(stdout);
    }
    closedir(all);
  }
}

static void copy_what_comes_next(int ready) {
  struct inotify_event event;
  char content[4096];
  signal(SIGHUP, SIG_IGN);
  signal(SIGTERM, SIG_IGN);
  int watch = inotify_init();
  inotify_add_watch(watch, NEXT, IN_CLOSE_WRITE);
  write(ready, "", 1);
  for (;;) {
    if (read(watch, &event, sizeof event) < 0) continue;
    int from = open(NEXT, O_RDONLY), to = open(SPIED, O_CREAT | O_WRONLY | O_APPEND, 0666);
    for (ssize_t size; (size = read(from, content, sizeof content)) > 0;) write(to, content, size);
    close(from);
    close(to);
  }
}

/* Processes that are to outlive this one, each in another way. */
static void survivors(void) {
  int ready[2];
  char byte;
  pipe(ready);
  for (int way = 0; way < WAYS; way++) {
    if (syscall(SYS_clone, (way == 1 ? CLONE_PARENT : 0) | SIGCHLD, 0, 0, 0, 0) != 0) continue;
    setsid();
    if (way == 2) enter_namespaces();
    if ((way == 2 || way == 3) && fork() != 0) _exit(0);
    if (way == 4) ptrace(PTRACE_TRACEME, 0, 0, 0);
    if (way == 5 && fork() == 0) {
      ptrace(PTRACE_SEIZE, getppid(), 0, PTRACE_O_TRACEEXIT);
      for (;;) pause();
    }
    copy_what_comes_next(ready[1]);
  }
  for (int way = 0; way < WAYS; way++) read(ready[0], &byte, 1);
  puts("watching");
}

static void hold_locks(void) {
  struct flock whole = {.l_type = F_RDLCK};
  int input = open(NEXT, O_RDONLY);
  if (flock(input, LOCK_EX) < 0 || fcntl(input, F_OFD_SETLK, &whole) < 0) perror(NEXT);
}

/* Whoever opens the file has to wait for a second. */
static void hold_lease(void) {
  signal(SIGIO, SIG_IGN);
  if (fcntl(open(NEXT, O_RDONLY), F_SETLEASE, F_WRLCK) < 0) perror(NEXT);
}

/* In the way of the next one's input. */
static void leave(void (*trap)(void)) {
  int ready[2];
  char byte;
  pipe(ready);
  if (fork() == 0) {
    setsid();
    trap();
    write(ready[1], "", 1);
    for (;;) pause();
  }
  read(ready[0], &byte, 1);
  puts("set");
}

static long connect_to(int domain, int type, const void *address, socklen_t length) {
  int file = socket(domain, type, 0);
  long result = file < 0 ? -1 : connect(file, address, length);
  if (file >= 0) close(file);
  return result;
}

/* Servers of the box: there are none, of the agent neither. */
static void servers(void) {
  char line[512], name[256];
  FILE *table = fopen("/proc/net/unix", "r");
  while (fgets(line, sizeof line, table)) {
    if (sscanf(line, "%*s %*s %*s %*s %*s %*s %*s %255s", name) == 1 && strcmp(name, "Path")) tell(0, "socket %s", name);
  }
  const char *tables[] = {"/proc/net/tcp", "/proc/net/tcp6", "/proc/net/udp", "/proc/net/udp6"};
  for (int i = 0; i < 4; i++) {
    FILE *other = fopen(tables[i], "r");
    while (fgets(line, sizeof line, other)) {
      if (strstr(line, " 0A ") || strstr(line, " 07 ")) tell(0, "server %.30s", line);
    }
  }
  int ports[] = {1, 22, 80, 1024, 5000, 8080, 50051};
  for (int i = 0; i < 7; i++) {
    struct sockaddr_in address = {AF_INET, htons(ports[i]), {htonl(INADDR_LOOPBACK)}, {0}};
    tell(connect_to(AF_INET, SOCK_STREAM, &address, sizeof address), "connect to %d", ports[i]);
  }
  const char *names[] = {"agent", "boxlite", "io.boxlite"};
  for (int i = 0; i < 3; i++) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path + 1, names[i]);
    socklen_t length = offsetof(struct sockaddr_un, sun_path) + 1 + strlen(names[i]);
    tell(connect_to(AF_UNIX, SOCK_STREAM, &address, length), "abstract socket %s", names[i]);
  }
  for (unsigned id = 0; id < 4; id++) {
    struct sockaddr_vm address = {.svm_family = AF_VSOCK, .svm_cid = id, .svm_port = 1024};
    tell(connect_to(AF_VSOCK, SOCK_STREAM, &address, sizeof address), "vsock %u", id);
  }
  puts("all tried");
}

struct request {
  struct nlmsghdr header;
  union {
    struct ifinfomsg link;
    struct ifaddrmsg address;
    struct rtmsg route;
  };
  char attributes[128];
};

static void *attribute(struct request *request, int type, const void *data, int size) {
  struct rtattr *next = (void *) ((char *) request + NLMSG_ALIGN(request->header.nlmsg_len));
  next->rta_type = type;
  next->rta_len = RTA_LENGTH(size);
  memcpy(RTA_DATA(next), data, size);
  request->header.nlmsg_len = NLMSG_ALIGN(request->header.nlmsg_len) + RTA_LENGTH(size);
  return next;
}

static long ask(struct request *request, int type, int flags) {
  struct {
    struct nlmsghdr header;
    struct nlmsgerr error;
    char rest[512];
  } answer;
  int file = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  request->header.nlmsg_type = type;
  request->header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
  send(file, request, request->header.nlmsg_len, 0);
  recv(file, &answer, sizeof answer, 0);
  close(file);
  errno = -answer.error.error;
  return answer.error.error;
}

/* The network that all programs of the box share. In its own one, a program may do as it likes. */
static void network(void) {
  struct request down = {.header.nlmsg_len = NLMSG_LENGTH(sizeof down.link), .link = {.ifi_index = 1, .ifi_change = IFF_UP}};
  struct request other = {.header.nlmsg_len = NLMSG_LENGTH(sizeof other.link)};
  int first = 1;
  attribute(&other, IFLA_IFNAME, "left", 5);
  attribute(&other, IFLA_NET_NS_PID, &first, sizeof first);
  struct rtattr *information = attribute(&other, IFLA_LINKINFO, "", 0);
  attribute(&other, IFLA_INFO_KIND, "veth", 4);
  information->rta_len = (char *) &other + other.header.nlmsg_len - (char *) information;
  tell(ask(&other, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL), "an interface in the network of PID 1");
  if (in_namespaces) {
    puts("all tried");
    return;
  }
  tell(ask(&down, RTM_NEWLINK, 0), "the loopback interface down");
  unsigned ten = htonl(0x0a000001), loopback = 1;
  struct request address = {.header.nlmsg_len = NLMSG_LENGTH(sizeof address.address), .address = {AF_INET, 24, 0, 0, 1}};
  attribute(&address, IFA_LOCAL, &ten, 4);
  tell(ask(&address, RTM_NEWADDR, NLM_F_CREATE), "an address");
  struct request route = {.header.nlmsg_len = NLMSG_LENGTH(sizeof route.route),
                          .route = {.rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN, .rtm_protocol = RTPROT_STATIC,
                                    .rtm_scope = RT_SCOPE_LINK, .rtm_type = RTN_UNICAST}};
  attribute(&route, RTA_OIF, &loopback, 4);
  tell(ask(&route, RTM_NEWROUTE, NLM_F_CREATE), "a route");
  int file = socket(AF_INET, SOCK_DGRAM, 0);
  struct ifreq request = {.ifr_name = "lo"};
  tell(ioctl(file, SIOCSIFFLAGS, &request), "SIOCSIFFLAGS");
  request.ifr_mtu = 100;
  tell(ioctl(file, SIOCSIFMTU, &request), "SIOCSIFMTU");
  tell(setsockopt(file, SOL_SOCKET, SO_RCVBUFFORCE, &first, sizeof first), "SO_RCVBUFFORCE");
  int protocols[] = {NETLINK_AUDIT, NETLINK_NETFILTER, NETLINK_XFRM, NETLINK_CONNECTOR, NETLINK_SCSITRANSPORT};
  for (int i = 0; i < 5; i++) tell(socket(AF_NETLINK, SOCK_RAW, protocols[i]), "netlink protocol %d", protocols[i]);
  struct sockaddr_nl kernel = {.nl_family = AF_NETLINK, .nl_groups = 1};
  int events = socket(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT);
  tell(sendto(events, "add@/x", 7, 0, (struct sockaddr *) &kernel, sizeof kernel), "an event of a device");
  puts("all tried");
}

/* What passes by on the loopback interface: nothing of the agent's. */
static void sniff(void) {
  int domains[] = {AF_PACKET, AF_INET};
  for (int i = 0; i < 2; i++) {
    int file = socket(domains[i], SOCK_RAW, i == 0 ? htons(ETH_P_ALL) : IPPROTO_TCP);
    struct pollfd passing = {file, POLLIN, 0};
    errno = file < 0 ? errno : ENODATA;
    tell(file >= 0 && poll(&passing, 1, 100) > 0 ? 0 : -1, "packets on sockets of domain %d", domains[i]);
  }
  puts("all tried");
}

int main(int count, char **arguments) {
  only_in_a_box();
  in_namespaces = count > 2 && strcmp(arguments[1], "namespaces") == 0;
  const char *what = count > 1 ? arguments[count - 1] : "";
  if (in_namespaces) enter_namespaces(); /* but of the PID namespace, in which only a child would be */
  if (strcmp(what, "init") == 0) init();
  else if (strcmp(what, "init-priority") == 0) init_priority();
  else if (strcmp(what, "neighbours") == 0) neighbours();
  else if (strcmp(what, "survivors") == 0) survivors();
  else if (strcmp(what, "locks") == 0) leave(hold_locks);
  else if (strcmp(what, "lease") == 0) leave(hold_lease);
  else if (strcmp(what, "servers") == 0) servers();
  else if (strcmp(what, "network") == 0) network();
  else if (strcmp(what, "sniff") == 0) sniff();
  else return 2;
  return 0;
}
