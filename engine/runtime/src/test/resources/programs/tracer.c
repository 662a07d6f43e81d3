/* Programs that trace one another, and do not let go. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static void seize(pid_t pid, long options) {
  if (ptrace(PTRACE_SEIZE, pid, 0, options) != 0) {
    perror("seize");
    exit(1);
  }
}

int main(int count, char **arguments) {
  const char *what = count > 1 ? arguments[1] : "";
  pid_t parent = getpid();
  int ready[2];
  char byte;
  if (pipe(ready) != 0) return 1;
  if (strcmp(what, "child") == 0 || strcmp(what, "child-at-exit") == 0) {
    /* A child traces its parent, which then ends. */
    if (fork() == 0) {
      setsid();
      seize(parent, strcmp(what, "child") == 0 ? 0 : PTRACE_O_TRACEEXIT);
      write(ready[1], "x", 1);
      sleep(3600);
    }
    read(ready[0], &byte, 1);
    puts("bye");
    return 5;
  }
  if (strcmp(what, "victim") == 0) {
    /* Tells who it is, and ends when its input does. */
    printf("%d\n", parent);
    fflush(stdout);
    while (read(0, &byte, 1) > 0) {}
    return 7;
  }
  if (strcmp(what, "attach") == 0 || strcmp(what, "attach-at-exit") == 0) {
    seize(atoi(arguments[2]), strcmp(what, "attach") == 0 ? 0 : PTRACE_O_TRACEEXIT);
    puts("attached");
    fflush(stdout);
    sleep(3600);
  }
  if (strcmp(what, "each-other") == 0) {
    pid_t other = fork();
    if (other == 0) {
      seize(parent, PTRACE_O_TRACEEXIT);
      write(ready[1], "x", 1);
      sleep(3600);
    }
    read(ready[0], &byte, 1);
    seize(other, PTRACE_O_TRACEEXIT);
    puts("both");
    return 0;
  }
  return 2;
}
