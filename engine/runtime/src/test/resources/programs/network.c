/* What a program does with the network of its box: `network WHAT ADDRESS PORT [ARGUMENT]`. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* What the agent marks its own packets with. */
#define MARK 0x0b0c511e

static struct sockaddr_storage to;
static socklen_t to_length;

static void say(const char *text) {
  puts(text);
  fflush(stdout);
}

static void fail(const char *what) {
  printf("%s: %s\n", what, strerror(errno));
  exit(1);
}

static void destination(const char *address, int port) {
  struct sockaddr_in *v4 = (struct sockaddr_in *)&to;
  struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&to;
  memset(&to, 0, sizeof to);
  if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    to_length = sizeof *v4;
  } else if (inet_pton(AF_INET6, address, &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    to_length = sizeof *v6;
  } else {
    printf("%s is no address\n", address);
    exit(1);
  }
}

static int tcp(void) {
  int s = socket(to.ss_family, SOCK_STREAM, 0);
  if (s < 0) fail("socket");
  return s;
}

static int connected(void) {
  int s = tcp();
  if (connect(s, (void *)&to, to_length) < 0) fail("connect");
  return s;
}

static void send_all(int s, const char *text) {
  for (size_t sent = 0; sent < strlen(text);) {
    ssize_t n = write(s, text + sent, strlen(text) - sent);
    if (n < 0) fail("write");
    sent += n;
  }
}

/* Prints what comes, up to the end or an error. */
static void print_rest(int s) {
  char buffer[4096];
  ssize_t n;
  while ((n = read(s, buffer, sizeof buffer)) > 0) fwrite(buffer, 1, n, stdout);
  if (n < 0) fail("read");
  say("|end");
}

static void wait_for_byte(int s) {
  char byte;
  ssize_t n = read(s, &byte, 1);
  if (n < 0) fail("read");
  if (n == 0) say("|end");
}

static void until_stdin_ends(void) {
  char byte;
  while (read(0, &byte, 1) > 0) {
  }
}

static void reset(int s) {
  struct linger now = {1, 0};
  setsockopt(s, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close(s);
}

static void many_files(void) {
  struct rlimit limit = {8192, 8192};
  setrlimit(RLIMIT_NOFILE, &limit);
}

static void many(int number) {
  int *sockets = calloc(number, sizeof(int));
  for (int i = 0; i < number; i++) {
    sockets[i] = connected();
    send_all(sockets[i], "x");
  }
  for (int i = 0; i < number; i++) wait_for_byte(sockets[i]);
  printf("%d exchanged a byte\n", number);
  say("");
  until_stdin_ends();
  for (int i = 0; i < number; i++) close(sockets[i]);
}

/* Writes until nothing more is taken for a second. */
static void stuff(int s) {
  static char zeros[1 << 16];
  long sent = 0;
  struct pollfd ready = {.fd = s, .events = POLLOUT};
  fcntl(s, F_SETFL, O_NONBLOCK);
  while (poll(&ready, 1, 1000) > 0) {
    ssize_t n = write(s, zeros, sizeof zeros);
    if (n < 0 && errno != EAGAIN) fail("write");
    if (n > 0) sent += n;
  }
  printf("%ld\n", sent);
  say("blocked");
  until_stdin_ends();
}

/* Sends back what comes on any number of connections. */
static void echo(int listener) {
  int poller = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
  epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
  for (;;) {
    struct epoll_event ready[64];
    int number = epoll_wait(poller, ready, 64, -1);
    for (int i = 0; i < number; i++) {
      int s = ready[i].data.fd;
      if (s == listener) {
        event.data.fd = accept(listener, NULL, NULL);
        if (event.data.fd >= 0) epoll_ctl(poller, EPOLL_CTL_ADD, event.data.fd, &event);
        continue;
      }
      char buffer[4096];
      ssize_t n = read(s, buffer, sizeof buffer);
      if (n <= 0 || write(s, buffer, n) < 0) close(s);
    }
  }
}

static int listening(void) {
  int one = 1, s = tcp();
  setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(s, (void *)&to, to_length) < 0) fail("bind");
  if (listen(s, 4096) < 0) fail("listen");
  say("listening");
  return s;
}

static void print_peer(int s) {
  struct sockaddr_in peer;
  socklen_t length = sizeof peer;
  char text[64];
  getpeername(s, (void *)&peer, &length);
  printf("from %s\n", inet_ntop(AF_INET, &peer.sin_addr, text, sizeof text));
  fflush(stdout);
}

static void *connect_often(void *unused) {
  (void)unused;
  for (int i = 0; i < 20; i++) {
    int s = connected();
    send_all(s, "x");
    wait_for_byte(s);
    close(s);
  }
  return NULL;
}

static void threads(int number) {
  pthread_t all[64];
  for (int i = 0; i < number; i++) pthread_create(&all[i], NULL, connect_often, NULL);
  for (int i = 0; i < number; i++) pthread_join(all[i], NULL);
  say("done");
}

static void poll_for_result(void) {
  int error = 0, s = tcp();
  socklen_t length = sizeof error;
  struct pollfd ready = {.fd = s, .events = POLLOUT};
  fcntl(s, F_SETFL, O_NONBLOCK);
  int result = connect(s, (void *)&to, to_length);
  if (result < 0 && errno != EINPROGRESS) fail("connect");
  if (poll(&ready, 1, 5000) <= 0) fail("poll");
  getsockopt(s, SOL_SOCKET, SO_ERROR, &error, &length);
  errno = error;
  printf("%s\n", error ? strerror(error) : "connected");
}

static void try_connect(void) {
  struct timespec begin, end;
  int s = tcp();
  clock_gettime(CLOCK_MONOTONIC, &begin);
  int result = connect(s, (void *)&to, to_length);
  int error = errno;
  clock_gettime(CLOCK_MONOTONIC, &end);
  long millis = (end.tv_sec - begin.tv_sec) * 1000 + (end.tv_nsec - begin.tv_nsec) / 1000000;
  printf("%s%s\n", result < 0 ? strerror(error) : "connected", millis < 1000 ? "" : ", late");
}

static void udp(void) {
  int s = socket(to.ss_family, SOCK_DGRAM, 0);
  if (sendto(s, "x", 1, 0, (void *)&to, to_length) < 0) fail("sendto");
  say("sent");
}

static void ping(void) {
  int s = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  if (s < 0) fail("socket");
  struct icmphdr request = {.type = ICMP_ECHO};
  if (sendto(s, &request, sizeof request, 0, (void *)&to, to_length) < 0) fail("sendto");
  say("sent");
}

static void mark(int s) {
  int value = MARK;
  if (setsockopt(s, SOL_SOCKET, SO_MARK, &value, sizeof value) < 0) fail("SO_MARK");
}

/* A connection that looks as if the host had approved it. */
static void connect_marked(void) {
  int s = tcp();
  mark(s);
  if (connect(s, (void *)&to, to_length) < 0) fail("connect");
  print_rest(s);
}

static unsigned short sum(const void *data, int length, unsigned long start) {
  const unsigned char *bytes = data;
  for (int i = 0; i < length; i += 2) start += (bytes[i] << 8) | bytes[i + 1];
  while (start >> 16) start = (start & 0xffff) + (start >> 16);
  return htons(~start);
}

/* SYNs of sockets that do not exist, some of them from addresses that no box has. */
static void syns(int number, int marked) {
  struct sockaddr_in *v4 = (struct sockaddr_in *)&to;
  int s = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
  if (s < 0) fail("socket");
  if (marked) mark(s);
  long sent = 0, refused = 0;
  for (int i = 0; i < number; i++) {
    struct {
      struct iphdr ip;
      struct tcphdr tcp;
    } packet;
    memset(&packet, 0, sizeof packet);
    packet.ip.version = 4;
    packet.ip.ihl = 5;
    packet.ip.ttl = 64;
    packet.ip.protocol = IPPROTO_TCP;
    packet.ip.tot_len = htons(sizeof packet);
    packet.ip.saddr = htonl(i % 2 ? 0xc6120002 : 0x0a000000 + i); /* 198.18.0.2, 10.x.x.x */
    packet.ip.daddr = v4->sin_addr.s_addr;
    packet.tcp.source = htons(1024 + i % 60000);
    packet.tcp.dest = v4->sin_port;
    packet.tcp.seq = htonl(i * 7919);
    packet.tcp.doff = 5;
    packet.tcp.syn = 1;
    packet.tcp.window = htons(65535);
    unsigned long pseudo = IPPROTO_TCP + sizeof packet.tcp;
    unsigned int from = ntohl(packet.ip.saddr), onto = ntohl(packet.ip.daddr);
    pseudo += (from >> 16) + (from & 0xffff) + (onto >> 16) + (onto & 0xffff);
    packet.tcp.check = sum(&packet.tcp, sizeof packet.tcp, pseudo);
    if (sendto(s, &packet, sizeof packet, 0, (void *)&to, to_length) < 0)
      refused++;
    else
      sent++;
  }
  printf("sent %ld, not sent %ld\n", sent, refused);
}

static int unhex(const char *hex, unsigned char *into) {
  int length = strlen(hex) / 2;
  for (int i = 0; i < length; i++) sscanf(hex + 2 * i, "%2hhx", &into[i]);
  return length;
}

static void print_hex(const unsigned char *bytes, ssize_t length) {
  if (length < 0) printf("%s", strerror(errno));
  for (ssize_t i = 0; i < length; i++) printf("%02x", bytes[i]);
  say("");
}

/* Sends messages in hexadecimal, and prints each response, if one comes within a second. */
static void messages(int type, int number, char **hex) {
  unsigned char buffer[65536];
  int s = socket(to.ss_family, type, 0);
  struct timeval second = {1, 0};
  setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
  if (connect(s, (void *)&to, to_length) < 0) fail("connect");
  for (int i = 0; i < number; i++) {
    int length = unhex(hex[i], buffer);
    if (write(s, buffer, length) < 0) fail("write");
    print_hex(buffer, read(s, buffer, sizeof buffer));
  }
}

/* Sends one message many times, with all transaction ids, and reads nothing. */
static void message_flood(int number, const char *hex) {
  unsigned char buffer[512];
  int length = unhex(hex, buffer), sent = 0;
  int s = socket(to.ss_family, SOCK_DGRAM, 0);
  if (connect(s, (void *)&to, to_length) < 0) fail("connect");
  for (int i = 0; i < number; i++) {
    buffer[0] = i >> 8;
    buffer[1] = i;
    if (send(s, buffer, length, MSG_DONTWAIT) > 0) sent++;
  }
  printf("sent %d\n", sent);
}

int main(int count, char **arguments) {
  if (count < 4) return 2;
  const char *what = arguments[1], *argument = count > 4 ? arguments[4] : "";
  int s;
  signal(SIGPIPE, SIG_IGN);
  many_files();
  destination(arguments[2], atoi(arguments[3]));
#define IS(name) (strcmp(what, name) == 0)
  if (IS("connect")) try_connect();
  else if (IS("poll")) poll_for_result();
  else if (IS("send-then-read")) {
    s = connected();
    send_all(s, argument);
    shutdown(s, SHUT_WR);
    print_rest(s);
  } else if (IS("read-then-send")) {
    s = connected();
    print_rest(s);
    send_all(s, argument);
    close(s);
  } else if (IS("reset")) {
    s = connected();
    send_all(s, "x");
    wait_for_byte(s);
    reset(s);
  } else if (IS("read")) {
    s = connected();
    say("connected");
    send_all(s, "x");
    print_rest(s);
  } else if (IS("idle")) {
    s = connected();
    say("connected");
    until_stdin_ends();
  } else if (IS("stuff")) stuff(connected());
  else if (IS("many")) many(atoi(argument));
  else if (IS("threads")) threads(atoi(argument));
  else if (IS("echo")) echo(listening());
  else if (IS("serve-nobody")) {
    s = accept(listening(), NULL, NULL);
    say("accepted");
    until_stdin_ends();
  } else if (IS("serve-reset")) {
    s = accept(listening(), NULL, NULL);
    wait_for_byte(s);
    reset(s);
  } else if (IS("serve-one")) {
    s = accept(listening(), NULL, NULL);
    print_peer(s);
    print_rest(s);
    send_all(s, argument);
  } else if (IS("udp")) udp();
  else if (IS("ping")) ping();
  else if (IS("marked")) connect_marked();
  else if (IS("syns")) syns(atoi(argument), 0);
  else if (IS("marked-syns")) syns(atoi(argument), 1);
  else if (IS("messages")) messages(SOCK_DGRAM, count - 4, arguments + 4);
  else if (IS("tcp-messages")) messages(SOCK_STREAM, count - 4, arguments + 4);
  else if (IS("message-flood")) message_flood(atoi(argument), arguments[5]);
  else return 2;
  return 0;
}
