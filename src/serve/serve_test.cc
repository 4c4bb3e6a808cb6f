// The program as a user runs it: a process with flags, a port and signals.
//
// Nothing here waits for time to pass. The test reads the program's output
// until it says what is awaited, and a read from a socket until it ends.

#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "cloche/calls/linux_socket_address.h"
#include "cloche/net/endpoint.h"
#include "cloche/serve/server_process.h"
#include "cloche/testing/system_backends.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// A blocking connection to a server.
class Client {
 public:
  explicit Client(const Endpoint& server)
      : fd_(socket(server.is_ipv6() ? AF_INET6 : AF_INET,
                   SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    LinuxSocketAddress address;
    EXPECT_EQ(ToLinux(server.address(), address), 0);
    EXPECT_EQ(connect(fd_, address.pointer(), address.length), 0);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { close(fd_); }

  void Ask(absl::string_view target) {
    Say(absl::StrCat("GET ", target,
                     " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
  }
  void Say(const std::string& request) {
    EXPECT_EQ(write(fd_, request.data(), request.size()),
              static_cast<ssize_t>(request.size()));
  }
  std::string ReadToEnd() {
    std::string all;
    char room[1000];
    ssize_t size;
    while ((size = read(fd_, room, sizeof(room))) > 0) all.append(room, size);
    return all;
  }

 private:
  const int fd_;
};

class OverBackend : public ::testing::TestWithParam<std::string> {};

TEST_P(OverBackend, ServesAndStopsAtASignal) {
  ServerProcess server({"--port=0", absl::StrCat("--backend=", GetParam())});
  Client client(server.ReadEndpoint());
  client.Ask("/hello");
  EXPECT_THAT(client.ReadToEnd(), AllOf(StartsWith("HTTP/1.1 200 OK\r\n"),
                                        EndsWith("\r\n\r\nHello, world!")));
  server.Send(SIGTERM);
  EXPECT_THAT(server.ReadLine(), HasSubstr("stopping"));
  EXPECT_EQ(server.ExitCode(), 0);
}

TEST_P(OverBackend, EchoesABodyInChunks) {
  ServerProcess server({"--port=0", absl::StrCat("--backend=", GetParam())});
  Client client(server.ReadEndpoint());
  client.Say(
      "POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
      "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nSum: 5\r\n\r\n");
  EXPECT_THAT(client.ReadToEnd(),
              AllOf(StartsWith("HTTP/1.1 200 OK\r\n"),
                    EndsWith("5\r\nhello\r\n0\r\nSum: 5\r\n\r\n")));
}

INSTANTIATE_OVER_BACKENDS(OverBackend);

std::string Get(const Endpoint& server, absl::string_view target) {
  Client client(server);
  client.Ask(target);
  return client.ReadToEnd();
}

// Asks until the server says that it is at work on /slow.
void AwaitSlow(const Endpoint& server) {
  while (!absl::StrContains(Get(server, "/tasks"), "Slow: sleeps")) {
  }
}

TEST(Serve, FinishesTheRequestItIsAtWhenASignalComes) {
  ServerProcess server({"--port=0"});
  const Endpoint endpoint = server.ReadEndpoint();
  Client client(endpoint);
  client.Ask("/slow?ms=500");
  AwaitSlow(endpoint);
  server.Send(SIGINT);
  EXPECT_THAT(server.ReadLine(), HasSubstr("stopping"));
  EXPECT_THAT(client.ReadToEnd(), EndsWith("Hello, world!"));
  EXPECT_EQ(server.ExitCode(), 0);
}

TEST(Serve, EndsAtOnceAtTheSecondSignal) {
  ServerProcess server({"--port=0"});
  const Endpoint endpoint = server.ReadEndpoint();
  Client client(endpoint);
  client.Ask("/slow?ms=60000");
  AwaitSlow(endpoint);
  server.Send(SIGINT);
  EXPECT_THAT(server.ReadLine(), HasSubstr("stopping"));
  server.Send(SIGINT);
  EXPECT_THAT(server.ReadLine(), HasSubstr("a second signal, SIGINT"));
  EXPECT_EQ(client.ReadToEnd(), "");
  EXPECT_EQ(server.ExitCode(), 1);
}

TEST(Serve, WritesAnAccessLogIfItIsAskedTo) {
  ServerProcess server({"--port=0", "--access_log"});
  const Endpoint endpoint = server.ReadEndpoint();
  Get(endpoint, "/hello");
  EXPECT_THAT(server.ReadLine(),
              AllOf(StartsWith("127.0.0.1 - - ["),
                    HasSubstr("\"GET /hello HTTP/1.1\" 200 13 ")));
}

TEST(Serve, SaysInOneLineThatThePortIsTakenAndWhatToDo) {
  ServerProcess first({"--port=0"});
  const Endpoint endpoint = first.ReadEndpoint();
  ServerProcess second({absl::StrCat("--port=", endpoint.port())});
  EXPECT_THAT(second.ReadLine(),
              AllOf(StartsWith("cloche serve: bind to 127.0.0.1:"),
                    EndsWith("stop it or choose another port")));
  EXPECT_EQ(second.ReadLine(), "");
  EXPECT_EQ(second.ExitCode(), 1);
}

struct Refusal {
  std::string flag;
  std::string explanation;
};

class Refuses : public ::testing::TestWithParam<Refusal> {};

TEST_P(Refuses, InOneLineWithExitCodeTwo) {
  ServerProcess server({GetParam().flag});
  EXPECT_THAT(server.ReadLine(), AllOf(StartsWith("cloche serve: "),
                                       HasSubstr(GetParam().explanation)));
  EXPECT_EQ(server.ReadLine(), "");
  EXPECT_EQ(server.ExitCode(), 2);
}

INSTANTIATE_TEST_SUITE_P(
    Serve, Refuses,
    ::testing::Values(
        Refusal{"--backend=abacus", "there are: epoll, epoll-level"},
        Refusal{"--address=localhost", "write it like 127.0.0.1:80"},
        Refusal{"--address=1.2.3", "write it like 127.0.0.1:80"},
        Refusal{"8080", "it takes flags only, and no '8080'; see --help"}));

}  // namespace
}  // namespace cloche
