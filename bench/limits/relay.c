// The least that a hop can cost: bytes from one socket to another, one at a time, without a look at them.
// Arguments: the port to listen on, and the port to send on to, both of the loopback.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static char buffer[512 << 10];

static struct sockaddr_in loopback(const char *port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static void relay(int from, int to) {
  ssize_t got;
  while ((got = recv(from, buffer, sizeof buffer, 0)) > 0) {
    for (ssize_t sent = 0; sent < got;) {
      ssize_t took = send(to, buffer + sent, got - sent, MSG_NOSIGNAL);
      if (took <= 0) return;
      sent += took;
    }
  }
}

int main(int count, char **args) {
  if (count != 3) return 2;
  int one = 1;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  struct sockaddr_in here = loopback(args[1]), there = loopback(args[2]);
  if (bind(listener, (struct sockaddr *)&here, sizeof here) != 0 || listen(listener, 8) != 0) return 1;
  puts("ready");
  fflush(stdout);
  for (;;) {
    int from = accept(listener, NULL, NULL);
    int to = socket(AF_INET, SOCK_STREAM, 0);
    if (from < 0 || connect(to, (struct sockaddr *)&there, sizeof there) != 0) return 1;
    setsockopt(to, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    relay(from, to);
    close(from);
    close(to);
  }
}
