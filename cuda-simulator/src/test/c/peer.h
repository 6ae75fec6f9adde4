/* A second process: the same program again, at the other end of a socket. */
#ifndef CUDASIM_PEER_H
#define CUDASIM_PEER_H

#include "expect.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
  int socket;
  pid_t process;
} peer;

/* The program is started with the part's name and its socket's number. */
static inline peer start_peer(const char *part) {
  int ends[2];
  char number[16];
  EXPECT_EQUAL(0, socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends));
  snprintf(number, sizeof(number), "%d", ends[1]);
  pid_t process = fork();
  if (process == 0) {
    execl("/proc/self/exe", "peer", part, number, NULL);
    _Exit(127);
  }
  close(ends[1]);
  return (peer){ends[0], process};
}

static inline void join_peer(peer other) {
  int status;
  close(other.socket);
  EXPECT_EQUAL(other.process, waitpid(other.process, &status, 0));
  EXPECT_EQUAL(0, status);
}

/* With a descriptor, or -1. */
static inline void send_message(int socket, const void *bytes, size_t length, int descriptor) {
  char control[CMSG_SPACE(sizeof(int))] = {0};
  struct iovec part = {(void *)bytes, length};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (descriptor >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
  }
  EXPECT_EQUAL(length, sendmsg(socket, &message, 0));
}

/* Returns the descriptor, or -1. */
static inline int receive_message(int socket, void *bytes, size_t length) {
  char control[CMSG_SPACE(sizeof(int))] = {0};
  struct iovec part = {bytes, length};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
                           .msg_controllen = sizeof(control)};
  EXPECT_EQUAL(length, recvmsg(socket, &message, 0));
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  int descriptor = -1;
  if (header != NULL && header->cmsg_type == SCM_RIGHTS) {
    memcpy(&descriptor, CMSG_DATA(header), sizeof(int));
  }
  return descriptor;
}

static inline void send_go(int socket) { send_message(socket, "", 1, -1); }

static inline void await_go(int socket) {
  char byte;
  receive_message(socket, &byte, 1);
}

#endif
