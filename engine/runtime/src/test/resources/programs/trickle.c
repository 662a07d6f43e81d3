/* Sends a byte on each of many connections, again and again: `trickle ADDRESS PORT NUMBER MILLIS`. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int count, char **arguments) {
  if (count != 5) return 2;
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[2]))};
  struct rlimit limit = {8192, 8192};
  int number = atoi(arguments[3]), *sockets = calloc(number, sizeof *sockets);
  inet_pton(AF_INET, arguments[1], &to.sin_addr);
  setrlimit(RLIMIT_NOFILE, &limit);
  signal(SIGPIPE, SIG_IGN);
  for (int i = 0; i < number; i++) {
    sockets[i] = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(sockets[i], (void *)&to, sizeof to) < 0) {
      perror("connect");
      return 1;
    }
  }
  puts("connected");
  fflush(stdout);
  for (;;) {
    for (int i = 0; i < number; i++) {
      if (write(sockets[i], "x", 1) < 0) {
        perror("write");
        return 1;
      }
    }
    usleep(atoi(arguments[4]) * 1000);
  }
}
