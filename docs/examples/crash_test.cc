// A server that crashes and comes back, and visitors who do not mind.

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cloche/net/tcp_listener.h"
#include "cloche/net/tcp_stream.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/timeout.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/stream_tasks.h"
#include "cloche/testing/world_fixture.h"
#include "gtest/gtest.h"

using namespace cloche;

// What a program leaves behind that dies.
struct Disk {
  int visits = 0;
};

// Tells each visitor its number. It is written down first.
Task<> CountVisits(Endpoint where, Disk* disk) {
  TcpListener listener = co_await Try(TcpListener::Listen(where));
  while (true) {
    TcpStream stream = co_await Try(listener.Accept());
    const std::string number = absl::StrCat(++disk->visits);
    co_await Try(stream.Write(number));
  }
}

Task<std::string> VisitOnce(Endpoint where) {
  TcpStream stream = co_await Try(TcpStream::Connect(where));
  co_return co_await ReadToEnd(stream);
}

// Whoever does not answer within five seconds is asked again.
Task<std::string> Visit(Endpoint where) {
  while (true) {
    auto number = co_await WithTimeout(absl::Seconds(5), VisitOnce(where));
    if (number.ok() && !number->empty()) co_return *number;
    co_await Try(Sleep(absl::Seconds(1)));
  }
}

class CrashTest : public WorldTest {
 protected:
  CrashTest() { StartServer(); }

  void StartServer() { Background(server_, CountVisits, where_, &disk_); }
  void ComeBackAfter(absl::Duration time) {
    world_.network().At(world_.clock().Now() + time, [this] {
      server_.Restart();
      StartServer();
    });
  }

  const Endpoint where_ = server_.EndpointAt(7000);
  Disk disk_;  // A member: it outlives every program.
};

TEST_F(CrashTest, TheCountGoesOnAfterACrash) {
  EXPECT_THAT(world_.Run(client_, Visit(where_)), IsOkAndHolds("1"));
  server_.Kill();
  ComeBackAfter(absl::Minutes(1));
  EXPECT_THAT(world_.Run(client_, Visit(where_)), IsOkAndHolds("2"));
  EXPECT_GT(world_.elapsed(), absl::Minutes(1));
}

TEST_F(CrashTest, TheCountGoesOnAfterAPowerCut) {
  EXPECT_THAT(world_.Run(client_, Visit(where_)), IsOkAndHolds("1"));
  server_.PowerOff();
  ComeBackAfter(absl::Minutes(1));
  EXPECT_THAT(world_.Run(client_, Visit(where_)), IsOkAndHolds("2"));
  EXPECT_GT(world_.elapsed(), absl::Minutes(1));
}
