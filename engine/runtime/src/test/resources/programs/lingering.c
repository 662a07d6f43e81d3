/* Opens connections, ends each, and never reads, until it gets no more: `lingering ADDRESS PORT`. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 5000 };

int main(int count, char **arguments) {
  if (count != 3) return 2;
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[2]))};
  struct rlimit limit = {2 * MOST, 2 * MOST};
  int small = 4096;
  inet_pton(AF_INET, arguments[1], &to.sin_addr);
  setrlimit(RLIMIT_NOFILE, &limit);
  for (int i = 0; i < MOST; i++) {
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(connection, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    if (connection < 0 || connect(connection, (void *)&to, sizeof to) < 0) {
      fflush(stdout);
      perror("connect");
      return 0;
    }
    shutdown(connection, SHUT_WR);
    printf("%d\n", i + 1);
  }
}
