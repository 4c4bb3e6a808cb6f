// The least that an HTTP server can do on Linux: by hand, in one file of C, on
// one thread. It is the ceiling: what a server on Cloche is measured against.
//
// It is no server for anybody. It answers every request alike, never looks at
// the method or the target, has no timeouts and hardly any limits. What it
// does, it does with as few system calls as there can be:
//
//   a request on an open connection:     recv, send          and a share of an
//   a connection with one request:       accept4, recv,      epoll_wait, which
//                                        send, close         reports up to 256
//
// Where others need more, and why it does not:
//
//   - accept4 makes the new socket non-blocking and close-on-exec: no fcntl.
//   - TCP_NODELAY is set once, on the listener: the sockets that it accepts
//     inherit it.
//   - TCP_DEFER_ACCEPT: the kernel reports a connection when its first bytes
//     are there. So recv right after accept4 finds the request, and a
//     connection that closes after its answer never gets to know epoll.
//   - Edge-triggered, and EPOLL_CTL_MOD never: what was registered once stays.
//   - A recv that did not fill the buffer has emptied the socket: no second
//     recv to hear EAGAIN. This fails if there is more to hear than bytes (the
//     peer's end, an error): then epoll has said so, and we ask on.
//   - close forgets the registration: no EPOLL_CTL_DEL, and no shutdown.
//   - Requests that arrive together are answered by one send.
//
// Main disadvantage: it cuts off a client that does not read its answers, since
// it cannot wait for room. Usage: raw_epoll_http PORT (0: the kernel chooses).
//
// Next: compare_http.py, which measures it beside Cloche.

#define _GNU_SOURCE  // accept4.
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
  kBacklog = 4096,
  kAtOnce = 256,  // Events of one epoll_wait, and connections accepted.
  kMostConnections = 65536,
  kInputBytes = 16 * 1024,
  kOutputBytes = 64 * 1024,
  kAnswerBytes = 256,  // More than any answer has.
};

// What epoll reports when there may be more to hear than the bytes.
enum { kMoreThanBytes = EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLPRI };

// One buffer each for all connections: nobody owns them between two events, so
// that an idle connection costs nothing here.
static char input[kInputBytes];
static char output[kOutputBytes];

// The beginning of a request whose end has not come yet, by descriptor. Rare:
// the table is all zeros, and its pages never become memory.
static struct Unfinished {
  char* bytes;
  size_t size;
} unfinished[kMostConnections];

static int epoll_fd;
static int listener;

static void Die(const char* operation) {
  perror(operation);
  exit(1);
}

// How a connection goes on after an answer. HTTP/1.0 wants to be told.
enum Persistence { kStaysOpen, kStaysOpenAndSaysSo, kCloses, kKinds };

static const char* const kConnectionHeader[kKinds] = {
    "", "Connection: keep-alive\r\n", "Connection: close\r\n"};

static struct Answer {
  char bytes[kAnswerBytes];
  size_t size;
} answers[kKinds];

// Writes the answers anew when the date in them is no longer right.
static void RefreshAnswers(void) {
  static time_t written_at = -1;
  const time_t now = time(NULL);
  if (now == written_at) return;
  written_at = now;
  char date[40];
  struct tm fields;
  strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT",
           gmtime_r(&now, &fields));
  for (int kind = 0; kind < kKinds; ++kind) {
    answers[kind].size =
        (size_t)snprintf(answers[kind].bytes, kAnswerBytes,
                         "HTTP/1.1 200 OK\r\nDate: %s\r\n%s"
                         "Content-Length: 13\r\n"
                         "Content-Type: text/plain; charset=utf-8\r\n\r\n"
                         "Hello, world!",
                         date, kConnectionHeader[kind]);
  }
}

static bool LineHas(const char* line, const char* end, const char* word) {
  const size_t size = strlen(word);
  for (; line + size <= end; ++line) {
    if (strncasecmp(line, word, size) == 0) return true;
  }
  return false;
}

// What the request line says: HTTP/1.0 closes, later versions do not.
static enum Persistence PersistenceOfVersion(const char* line,
                                             const char* end) {
  const char version[] = "HTTP/1.0\r";
  const size_t size = sizeof(version) - 1;
  const bool is_1_0 =
      line + size <= end && memcmp(end - size, version, size) == 0;
  return is_1_0 ? kCloses : kStaysOpen;
}

// What a header line makes of it; only "Connection:" is of interest.
static enum Persistence PersistenceOfHeader(const char* line, const char* end,
                                            enum Persistence so_far) {
  const char name[] = "Connection:";
  const size_t size = sizeof(name) - 1;
  if (line + size > end || strncasecmp(line, name, size) != 0) return so_far;
  if (LineHas(line + size, end, "close")) return kCloses;
  const bool keep_alive = LineHas(line + size, end, "keep-alive");
  return so_far == kCloses && keep_alive ? kStaysOpenAndSaysSo : so_far;
}

// Returns where the request that begins at `head` ends, which is behind its
// first empty line, or NULL if that has not come yet.
static const char* ParseHead(const char* head, const char* end,
                             enum Persistence* persistence) {
  const char* line = head;
  while (true) {
    const char* newline = memchr(line, '\n', (size_t)(end - line));
    if (newline == NULL) return NULL;
    if (newline - line <= 1) return newline + 1;
    *persistence = line == head
                       ? PersistenceOfVersion(line, newline)
                       : PersistenceOfHeader(line, newline, *persistence);
    line = newline + 1;
  }
}

enum State { kOpen, kClosed };
static enum State Close(int fd) {
  free(unfinished[fd].bytes);
  unfinished[fd] = (struct Unfinished){NULL, 0};
  close(fd);
  return kClosed;
}

// Moves the beginning that was kept, if any, to the front of the input buffer.
static size_t TakeUnfinished(int fd) {
  struct Unfinished* kept = &unfinished[fd];
  const size_t size = kept->size;
  if (size == 0) return 0;
  memcpy(input, kept->bytes, size);
  free(kept->bytes);
  *kept = (struct Unfinished){NULL, 0};
  return size;
}

// Keeps the beginning of a request until the next bytes come.
static enum State KeepUnfinished(int fd, const char* bytes, size_t size) {
  if (size == 0) return kOpen;
  if (size == kInputBytes) return Close(fd);  // It will never fit.
  unfinished[fd] = (struct Unfinished){malloc(size), size};
  if (unfinished[fd].bytes == NULL) Die("malloc");
  memcpy(unfinished[fd].bytes, bytes, size);
  return kOpen;
}

// Of one that does not all fit, nobody would send the rest: that is a failure.
static bool Send(int fd, size_t size) {
  return size == 0 || send(fd, output, size, MSG_NOSIGNAL) == (ssize_t)size;
}

// Answers all whole requests of the input buffer, with one send as a rule.
static enum State AnswerAll(int fd, size_t input_size) {
  const char* const end = input + input_size;
  const char* head = input;
  const char* next;
  size_t size = 0;
  enum Persistence persistence;
  while ((next = ParseHead(head, end, &persistence)) != NULL) {
    head = next;
    const struct Answer* answer = &answers[persistence];
    memcpy(output + size, answer->bytes, answer->size);
    size += answer->size;
    const bool closes = persistence == kCloses;
    if (!closes && size + kAnswerBytes <= kOutputBytes) continue;
    if (!Send(fd, size) || closes) return Close(fd);
    size = 0;
  }
  if (!Send(fd, size)) return Close(fd);
  return KeepUnfinished(fd, head, (size_t)(end - head));
}

// Reads and answers what has arrived. `events` is what epoll said of the
// connection; nothing (0) if it was just accepted.
static enum State Converse(int fd, unsigned events) {
  while (true) {
    const size_t kept = TakeUnfinished(fd);
    const size_t room = kInputBytes - kept;
    const ssize_t size = recv(fd, input + kept, room, 0);
    if (size < 0 && errno == EAGAIN) return KeepUnfinished(fd, input, kept);
    if (size <= 0) return Close(fd);
    if (AnswerAll(fd, kept + (size_t)size) == kClosed) return kClosed;
    if ((size_t)size < room && !(events & kMoreThanBytes)) return kOpen;
  }
}

static void Register(int fd, unsigned events) {
  struct epoll_event event = {.events = events, .data.fd = fd};
  if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) Die("epoll_ctl");
}

// Accepts who is waiting, but not for ever: the open connections want their
// turn, and the listener, level-triggered, is reported again.
static void AcceptSome(void) {
  for (int i = 0; i < kAtOnce; ++i) {
    const int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      if (errno == EAGAIN) return;
      if (errno == ECONNABORTED) continue;
      Die("accept4");
    }
    if (fd >= kMostConnections) {
      close(fd);
    } else if (Converse(fd, 0) == kOpen) {
      // What came since the recv, an end included, is reported at once.
      Register(fd, EPOLLIN | EPOLLPRI | EPOLLRDHUP | EPOLLET);
    }
  }
}

static void SetOption(int level, int name, int value) {
  if (setsockopt(listener, level, name, &value, sizeof(value)) != 0) {
    Die("setsockopt");
  }
}

// Returns the port.
static int Listen(int port) {
  listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener < 0) Die("socket");
  SetOption(SOL_SOCKET, SO_REUSEADDR, 1);
  SetOption(IPPROTO_TCP, TCP_NODELAY, 1);
  SetOption(IPPROTO_TCP, TCP_DEFER_ACCEPT, 1);
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons((in_port_t)port),
                                .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof(address);
  if (bind(listener, (struct sockaddr*)&address, size) != 0) Die("bind");
  if (listen(listener, kBacklog) != 0) Die("listen");
  getsockname(listener, (struct sockaddr*)&address, &size);
  return ntohs(address.sin_port);
}

int main(int argc, char** argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: %s PORT\n", argv[0]);
    return 2;
  }
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_fd < 0) Die("epoll_create1");
  printf("listening on %d\n", Listen(atoi(argv[1])));
  fflush(stdout);
  Register(listener, EPOLLIN);
  struct epoll_event events[kAtOnce];
  while (true) {  // The event loop.
    const int count = epoll_wait(epoll_fd, events, kAtOnce, -1);
    if (count < 0 && errno != EINTR) Die("epoll_wait");
    RefreshAnswers();
    for (int i = 0; i < count; ++i) {
      if (events[i].data.fd == listener) {
        AcceptSome();
      } else {
        Converse(events[i].data.fd, events[i].events);
      }
    }
  }
}
