// ReadySocket in every world: every call fails, every task is cancelled, every
// host dies, and everything comes in every order.

#include <cerrno>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/backend/backends.h"
#include "cloche/base/errors.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/docs/examples/readiness_on_completions.h"
#include "cloche/loop/loop.h"
#include "cloche/net/connect_leaf.h"
#include "cloche/net/endpoint.h"
#include "cloche/net/tcp_listener.h"
#include "cloche/net/tcp_stream.h"
#include "cloche/sync/event.h"
#include "cloche/tasks/cleanup.h"
#include "cloche/tasks/current_task.h"
#include "cloche/tasks/task.h"
#include "cloche/tasks/timeout.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/backend_kinds.h"
#include "cloche/testing/explore.h"
#include "cloche/testing/stream_tasks.h"
#include "cloche/testing/sweep.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

constexpr absl::Duration kLatency = absl::Milliseconds(1);

// What a ReadySocket's task sleeps on: rings again and again.
class Bell {
 public:
  void Ring() { rung_->Set(); }
  Task<> Wait() {
    co_await Try(rung_->Wait());
    rung_.emplace();
    co_return absl::OkStatus();
  }

 private:
  std::optional<Event> rung_{std::in_place};
};

// A socket that is closed unless somebody takes it.
class NewSocket {
 public:
  NewSocket(Loop& loop, AddressFamily family)
      : loop_(loop),
        fd_(loop.environment().sockets->Socket(family, SocketType::kStream)) {}
  NewSocket(const NewSocket&) = delete;
  NewSocket& operator=(const NewSocket&) = delete;
  ~NewSocket() {
    if (fd_ >= 0) loop_.backend().Close(fd_);
  }
  int get() const { return fd_; }
  int Take() { return std::exchange(fd_, -1); }

 private:
  Loop& loop_;
  int fd_;
};

// Connects, talks, and waits for the kernel to let go, however that ended.
Task<> WithReadySocket(Endpoint where, ReadySocketOptions options,
                       std::function<Task<>(ReadySocket&, Bell&)> talk) {
  Loop& loop = (co_await CurrentTask()).loop();
  NewSocket fd(loop, where.address().family);
  if (fd.get() < 0) co_return ErrnoStatus(fd.get(), "socket");
  co_await Try(WithTimeout(absl::Seconds(10), ConnectLeaf(fd.get(), where)));
  Bell bell;
  ReadySocket socket(loop, fd.Take(), options, [&bell] { bell.Ring(); });
  const auto close = [&]() -> Task<> {
    socket.Abort();
    while (!socket.closed()) co_await Try(bell.Wait());
    co_return absl::OkStatus();
  };
  co_return co_await WithCleanup(
      WithTimeout(absl::Seconds(10), talk(socket, bell)), close,
      absl::Minutes(5));
}

// --- The sweeps: an echo, both ways at once ---------------------------------

Task<> EchoOne(Endpoint where) {
  TcpListener listener = co_await Try(TcpListener::Listen(where));
  TcpStream stream = co_await Try(listener.Accept());
  while (true) {
    const std::string part = co_await Try(ReadOnce(stream));
    if (part.empty()) co_return absl::OkStatus();
    co_await Try(stream.Write(part));
  }
}
Task<> Echo(Endpoint where) {
  co_return co_await WithTimeout(absl::Seconds(20), EchoOne(where));
}

const std::string& Said() {
  static const std::string* const kSaid = new std::string(Pattern(500));
  return *kSaid;
}

// As a reactor does it: writes and reads what it may, and sleeps otherwise.
Task<> Talk(ReadySocket& socket, Bell& bell, std::string& heard) {
  char room[70];
  absl::string_view rest = Said();
  while (heard.size() < Said().size()) {
    int64_t sent = 1;
    while (!rest.empty() && (sent = socket.Send(rest)) > 0) {
      rest.remove_prefix(sent);
    }
    if (sent < 0 && sent != -EAGAIN) co_return ErrnoStatus(sent, "send");
    const int64_t size = socket.Recv(absl::MakeSpan(room));
    if (size == 0) co_return absl::UnavailableError("it is over");
    if (size < 0 && size != -EAGAIN) co_return ErrnoStatus(size, "recv");
    if (size > 0) heard.append(room, size);
    if (size < 0) co_await Try(bell.Wait());
  }
  co_return absl::OkStatus();
}

using Talker = Task<>(ReadySocket& socket, Bell& bell, std::string& heard);

// A server that sends back what it hears, and a client that talks to it. Gives
// what that has heard.
std::string& StartTalk(SweepRun& run, ReadySocketOptions options,
                       Talker* talker) {
  TestHost& server = run.AddHost("server");
  TestHost& client = run.AddHost("client");
  auto& heard = run.Keep<std::string>();
  run.Background(server, Echo, server.EndpointAt(7000));
  run.Main(
      client,
      [&heard, options, talker, where = server.EndpointAt(7000)]() -> Task<> {
        co_return co_await WithReadySocket(
            where, options, [&heard, talker](ReadySocket& socket, Bell& bell) {
              return talker(socket, bell, heard);
            });
      });
  return heard;
}

void EchoInto(SweepRun& run, ReadySocketOptions options) {
  const std::string& heard = StartTalk(run, options, Talk);
  run.AtEnd([&heard] { EXPECT_EQ(heard, Said().substr(0, heard.size())); });
}

void AnEcho(SweepRun& run) {
  EchoInto(run, {.most_bytes = 50, .read_bytes = 30});
}
void AnEchoWithoutABuffer(SweepRun& run) {
  EchoInto(run, {.most_bytes = 50, .read_bytes = 0});
}

class ReadySocketSweep : public ::testing::TestWithParam<BackendKind> {
 protected:
  const SweepOptions options_ = {.backend = GetParam()};
};
INSTANTIATE_TEST_SUITE_P(On, ReadySocketSweep,
                         ::testing::Values(BackendKind::kEpoll,
                                           BackendKind::kIocp,
                                           BackendKind::kIoUring),
                         TestNameOfBackend);

TEST_P(ReadySocketSweep, HearsTheTruthWhateverFails) {
  EXPECT_GT(SweepFaults(AnEcho, options_).runs, 100);
}

TEST_P(ReadySocketSweep, HearsTheTruthWithoutABufferWhateverFails) {
  EXPECT_GT(SweepFaults(AnEchoWithoutABuffer, options_).runs, 100);
}

TEST_P(ReadySocketSweep, EndsWheneverItIsCancelled) {
  EXPECT_GT(SweepCancellation(AnEcho, options_).runs, 20);
}

TEST_P(ReadySocketSweep, LeavesNothingWhereverItIsCutOff) {
  EXPECT_GT(SweepDestruction(AnEcho, options_).runs, 20);
}

TEST_P(ReadySocketSweep, DoesNotMindNuisances) {
  EXPECT_GT(SweepNuisances(AnEcho, options_).runs, 5);
}

TEST_P(ReadySocketSweep, DoesNotMindNuisancesWithoutABuffer) {
  EXPECT_GT(SweepNuisances(AnEchoWithoutABuffer, options_).runs, 5);
}

// --- The exploration: a cancel that races each byte -------------------------

// Takes the receive back at the very instant at which the answer comes.
Task<> TalkImpatiently(ReadySocket& socket, Bell& bell, std::string& heard) {
  char byte;
  for (const absl::string_view letter : {"a", "b", "c"}) {
    socket.Send(letter);
    co_await Try(MoveOnAfter(2 * kLatency, bell.Wait()));
    socket.CancelReceive();
    while (socket.Recv(absl::MakeSpan(&byte, 1)) == 1) heard += byte;
  }
  while (heard.size() < 3) {
    if (socket.Recv(absl::MakeSpan(&byte, 1)) == 1) {
      heard += byte;
    } else {
      co_await Try(bell.Wait());
    }
  }
  co_return absl::OkStatus();
}

void TalkWith(SweepRun& run, ReadySocketOptions options) {
  run.world().network().SetLink({.latency = kLatency});
  const std::string& heard = StartTalk(run, options, TalkImpatiently);
  run.AtEnd([&heard] { EXPECT_EQ(heard, "abc"); });
}

void Impatience(SweepRun& run) { TalkWith(run, {}); }
void ImpatienceWithoutABuffer(SweepRun& run) {
  TalkWith(run, {.read_bytes = 0});
}

TEST_P(ReadySocketSweep, LosesNoByteToACancelInAnyOrder) {
  const ExploreReport report = Explore(Impatience, {.run = options_});
  EXPECT_FALSE(report.failed);
  EXPECT_GT(report.choices, 5u);
}

TEST_P(ReadySocketSweep, LosesNoByteWithoutABufferInAnyOrder) {
  EXPECT_FALSE(Explore(ImpatienceWithoutABuffer, {.run = options_}).failed);
}

}  // namespace
}  // namespace cloche
