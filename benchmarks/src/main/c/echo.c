#include "bench.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A socket that sends back what it gets: the least that a round trip between two processes can cost. */

int64_t bench_echo_listen(const char *name, int64_t length) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  /* Abstract: the name begins with a zero and does not end with one. */
  memcpy(address.sun_path + 1, name, (size_t)length);
  socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
  int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, 1) != 0) {
    return -errno;
  }
  return fd;
}

int64_t bench_echo_serve(int64_t fd) {
  static char packet[65536];
  for (;;) {
    int peer = accept((int)fd, NULL, NULL);
    if (peer < 0) {
      return -errno;
    }
    ssize_t size;
    while ((size = recv(peer, packet, sizeof packet, 0)) > 0) {
      if (send(peer, packet, (size_t)size, MSG_NOSIGNAL) != size) {
        break;
      }
    }
    close(peer);
  }
}
