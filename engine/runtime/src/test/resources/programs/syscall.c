/* Makes one system call: syscall NUMBER [ARGUMENT]... Prints its process number first, then the error number, or 0. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
  long a[7] = {0};
  for (int i = 1; i < argc && i <= 7; i++) {
    a[i - 1] = strtol(argv[i], NULL, 0);
  }
  printf("%d\n", (int)getpid());
  fflush(stdout);
  errno = 0;
  syscall(a[0], a[1], a[2], a[3], a[4], a[5], a[6]);
  printf("%d\n", errno);
  return 0;
}
