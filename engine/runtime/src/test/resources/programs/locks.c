// Uses advisory locks on a file:
//   locks KIND count FILE TIMES  adds 1 to the number in the file, each time with the lock
//   locks KIND hold FILE         gets the lock, says so, and keeps it
//   locks KIND try FILE          says whether the lock is free
// KIND is flock or fcntl.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static int whole;

static int lock(int fd, int type, int wait) {
  int result;
  do {
    if (whole) {
      int operation = type == F_UNLCK ? LOCK_UN : LOCK_EX;
      result = flock(fd, wait ? operation : operation | LOCK_NB);
    } else {
      struct flock range = {.l_type = type, .l_whence = SEEK_SET, .l_start = 10, .l_len = 5};
      result = fcntl(fd, wait ? F_SETLKW : F_SETLK, &range);
    }
  } while (result < 0 && errno == EINTR);
  return result;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  whole = strcmp(argv[1], "flock") == 0;
  int fd = open(argv[3], O_RDWR | O_CREAT, 0666);
  if (fd < 0) fail("open");
  if (strcmp(argv[2], "try") == 0) {
    if (lock(fd, F_WRLCK, 0) == 0) return puts("free") < 0;
    if (errno != EAGAIN && errno != EACCES) fail("lock");
    return puts("busy") < 0;
  }
  if (strcmp(argv[2], "hold") == 0) {
    if (lock(fd, F_WRLCK, 1) < 0) fail("lock");
    puts("held");
    fflush(stdout);
    for (;;) pause();
  }
  for (int i = atoi(argv[4]); i > 0; i--) {
    char text[16] = "";
    if (lock(fd, F_WRLCK, 1) < 0) fail("lock");
    if (pread(fd, text, sizeof text - 1, 0) < 0) fail("read");
    int length = snprintf(text, sizeof text, "%08d\n", atoi(text) + 1);
    if (pwrite(fd, text, length, 0) != length) fail("write");
    if (lock(fd, F_UNLCK, 1) < 0) fail("unlock");
  }
  return 0;
}
