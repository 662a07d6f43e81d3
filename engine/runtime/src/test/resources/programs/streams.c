/* Does odd things to its standard streams. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <termios.h>
#include <unistd.h>

static char block[1 << 16];

static void write_all(size_t size) {
  while (size > 0) {
    ssize_t written = write(1, block, size < sizeof block ? size : sizeof block);
    if (written < 0) exit(1);
    size -= written;
  }
}

/* Reads its own output before it can be read by whom it is for. */
static void steal(void) {
  int own = open("/proc/self/fd/1", O_RDONLY | O_NONBLOCK);
  if (own < 0) exit(1);
  if (fork() == 0) {
    for (;;) read(own, block, sizeof block);
  }
  for (;;) write(1, "x", 1);
}

/* Leaves its output open in a socket that is nowhere but in its own queue. */
static void send_away(void) {
  int ends[2];
  socketpair(AF_UNIX, SOCK_DGRAM, 0, ends);
  int sent[] = {ends[0], ends[1], 1, 2};
  union {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof sent)];
  } control = {.header = {CMSG_LEN(sizeof sent), SOL_SOCKET, SCM_RIGHTS}};
  memcpy(CMSG_DATA(&control.header), sent, sizeof sent);
  struct iovec byte = {block, 1};
  struct msghdr message = {.msg_iov = &byte, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  if (sendmsg(ends[0], &message, 0) < 0) exit(1);
}

int main(int count, char **arguments) {
  const char *what = count > 1 ? arguments[1] : "";
  memset(block, 'x', sizeof block);
  if (strcmp(what, "nonblocking") == 0) {
    fcntl(1, F_SETFL, O_NONBLOCK);
    fcntl(2, F_SETFL, O_NONBLOCK);
    for (int i = 0; i < 100; i++) write(1, block, sizeof block);
  } else if (strcmp(what, "packets") == 0) {
    fcntl(1, F_SETFL, O_DIRECT);
    for (int i = 0; i < 2000; i++) write(1, "x", 1);
  } else if (strcmp(what, "small") == 0) {
    fcntl(1, F_SETPIPE_SZ, 4096);
    write_all(1 << 20);
  } else if (strcmp(what, "mapped") == 0) {
    /* The pages stay its own, so it can change what it has written. */
    struct iovec pages = {block, sizeof block};
    if (vmsplice(1, &pages, 1, SPLICE_F_GIFT) < 0) return 1;
    memset(block, 'y', sizeof block);
  } else if (strcmp(what, "steal") == 0) steal();
  else if (strcmp(what, "send") == 0) {
    send_away();
    puts("sent");
  } else if (strcmp(what, "signals") == 0) {
    /* Wants a signal whenever somebody reads. */
    fcntl(1, F_SETOWN, getpid());
    fcntl(1, F_SETSIG, SIGKILL);
    fcntl(1, F_SETFL, O_ASYNC);
    puts("asked");
  } else if (strcmp(what, "stopped-terminal") == 0) {
    tcflow(1, TCOOFF);
    write_all(1 << 20);
  } else if (strcmp(what, "typing") == 0) {
    /* Types into its own terminal without end. */
    for (;;) {
      if (ioctl(0, TIOCSTI, "x") < 0) return 1;
    }
  } else if (strcmp(what, "line-disciplines") == 0) {
    signal(SIGHUP, SIG_IGN);
    for (int kind = 0; kind < 32; kind++) ioctl(0, TIOCSETD, &kind);
    ioctl(0, TIOCEXCL);
    ioctl(0, TIOCCONS);
    ioctl(0, TIOCNOTTY);
    puts("tried");
  } else return 2;
  return 0;
}
