/*
 * What the benchmark of networks measures with, in a box and in a machine that has nothing else:
 *
 *   transfer connect|exchange|send|receive ADDRESS PORT NUMBER   prints nanoseconds, one a line
 *   transfer serve PORT                                          the other side
 *
 * As the init of a machine, it does what the host says on a connection to its port, which is named by
 * the kernel's argument transfer_port: unknown arguments are the environment of init.
 *
 * A connection begins with what the server is to do: 'e' sends back each byte, 's' takes all and then
 * sends one byte, 'g' and four bytes, in the order of networks, send so many MiB.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MIB (1L << 20)

/* QEMU's user-mode network gives a guest the former address, and leads the latter to the host. */
#define GUEST "10.0.2.15"
#define HOST "10.0.2.2"

/* Where a machine's init serves. */
#define SERVED_PORT 7000

static char block[1 << 16];

static void fail(const char *what) {
  printf("%s: %s\n", what, strerror(errno));
  exit(1);
}

static struct sockaddr_in address_of(const char *text, int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  if (inet_pton(AF_INET, text, &address.sin_addr) != 1) fail("address");
  return address;
}

static long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000L + time.tv_nsec;
}

static int tcp(void) {
  int one = 1, s = socket(AF_INET, SOCK_STREAM, 0);
  if (s < 0) fail("socket");
  setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return s;
}

static int connected(const struct sockaddr_in *to) {
  int s = tcp();
  if (connect(s, (void *)to, sizeof *to) < 0) fail("connect");
  return s;
}

static int write_all(int s, const char *data, long length) {
  while (length > 0) {
    ssize_t n = write(s, data, length);
    if (n < 0) return -1;
    data += n;
    length -= n;
  }
  return 0;
}

static int write_mib(int s, long mib) {
  for (long left = mib * MIB; left > 0; left -= sizeof block)
    if (write_all(s, block, sizeof block) < 0) return -1;
  return 0;
}

static long read_to_end(int s) {
  long all = 0;
  ssize_t n;
  while ((n = read(s, block, sizeof block)) > 0) all += n;
  return n < 0 ? -1 : all;
}

static void measure(const char *what, struct sockaddr_in to, int number, FILE *out) {
  char byte = 'e';
  if (!strcmp(what, "connect")) {
    for (int i = 0; i < number; i++) {
      long begin = now();
      int s = connected(&to);
      fprintf(out, "%ld\n", now() - begin);
      close(s);
    }
    return;
  }
  int s = connected(&to);
  long begin = now();
  if (!strcmp(what, "exchange")) {
    if (write_all(s, "e", 1) < 0) fail("write");
    for (int i = 0; i < number; i++) {
      begin = now();
      if (write_all(s, &byte, 1) < 0 || read(s, &byte, 1) != 1) fail("exchange");
      fprintf(out, "%ld\n", now() - begin);
    }
  } else if (!strcmp(what, "send")) {
    if (write_all(s, "s", 1) < 0 || write_mib(s, number) < 0) fail("write");
    shutdown(s, SHUT_WR);
    if (read(s, &byte, 1) != 1) fail("read");
    fprintf(out, "%ld\n", now() - begin);
  } else if (!strcmp(what, "receive")) {
    int mib = htonl(number);
    if (write_all(s, "g", 1) < 0 || write_all(s, (char *)&mib, sizeof mib) < 0) fail("write");
    if (read_to_end(s) != number * MIB) fail("read");
    fprintf(out, "%ld\n", now() - begin);
  }
  close(s);
}

static void serve_one(int s) {
  char what, byte;
  int mib;
  if (read(s, &what, 1) != 1) return;
  if (what == 'e') {
    while (read(s, &byte, 1) == 1 && write_all(s, &byte, 1) == 0) {
    }
  } else if (what == 's') {
    if (read_to_end(s) >= 0) write_all(s, "d", 1);
  } else if (what == 'g' && recv(s, &mib, sizeof mib, MSG_WAITALL) == sizeof mib) {
    write_mib(s, ntohl(mib));
  }
}

static void serve(int port) {
  int one = 1, listener = tcp();
  struct sockaddr_in all = address_of("0.0.0.0", port);
  signal(SIGCHLD, SIG_IGN);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (void *)&all, sizeof all) < 0 || listen(listener, 64) < 0) fail("listen");
  puts("serving");
  fflush(stdout);
  for (;;) {
    int s = accept(listener, NULL, NULL);
    if (s < 0) continue;
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (fork() == 0) {
      close(listener);
      serve_one(s);
      _exit(0);
    }
    close(s);
  }
}

static void bring_up(const char *name, const char *address) {
  struct ifreq request = {0};
  int s = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in own = address_of(address, 0), mask = address_of("255.255.255.0", 0);
  strcpy(request.ifr_name, name);
  memcpy(&request.ifr_addr, &own, sizeof own);
  if (ioctl(s, SIOCSIFADDR, &request) < 0) fail(name);
  memcpy(&request.ifr_netmask, &mask, sizeof mask);
  if (ioctl(s, SIOCSIFNETMASK, &request) < 0) fail("mask");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  if (ioctl(s, SIOCSIFFLAGS, &request) < 0) fail("up");
  close(s);
}

/* Measures what the host says on a connection to its port, such as "connect 5000 100". */
static void obey(int port) {
  char what[16];
  int to, number;
  bring_up("eth0", GUEST);
  if (fork() == 0) serve(SERVED_PORT);
  struct sockaddr_in host = address_of(HOST, port);
  int control = connected(&host);
  FILE *in = fdopen(control, "r"), *out = fdopen(dup(control), "w");
  while (fscanf(in, "%15s %d %d", what, &to, &number) == 3) {
    measure(what, address_of(HOST, to), number, out);
    fprintf(out, "end\n");
    fflush(out);
  }
}

int main(int argc, char **argv) {
  signal(SIGPIPE, SIG_IGN);
  const char *port = getenv("transfer_port");
  if (getpid() == 1 && port) obey(atoi(port));
  else if (argc == 3) serve(atoi(argv[2]));
  else if (argc == 5) measure(argv[1], address_of(argv[2], atoi(argv[3])), atoi(argv[4]), stdout);
  return argc < 2;
}
