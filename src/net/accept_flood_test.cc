// Serve while thousands connect: who is connected already is served meanwhile.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/net/server_test.h"
#include "cloche/tasks/running_task.h"
#include "cloche/tasks/sleep.h"

namespace cloche {
namespace {

class AcceptFlood : public ServerTest {
 protected:
  // On either host: select cannot have more than a thousand.
  const int clients_ = GetParam() == BackendKind::kSelect ? 900 : 2000;

  // Echoes, and notes how many connections had been accepted by then.
  Task<> EchoAndNote(TcpStream stream) {
    while (true) {
      const std::string text = co_await Try(ReadOnce(stream));
      if (text.empty()) co_return absl::OkStatus();
      accepts_when_heard_ = Accepts();
      co_await Try(stream.Write(text));
    }
  }

  Task<> ConnectAndStay() {
    TcpStream stream = co_await Try(TcpStream::Connect(where_));
    co_return co_await Sleep(absl::Hours(1));
  }

  uint64_t accepts_when_heard_ = 0;
};

// Accepts are counted like any other wait that is over at once. The first one
// is made by the poller's own dispatch.
TEST_P(AcceptFlood, IsTakenInATurnsBudgetAtATimeAndOthersAreServedBetween) {
  server_.kernel().SetDescriptorLimit(5000);
  client_.kernel().SetDescriptorLimit(5000);
  listener_ =
      world_.Run(server_, TcpListener::Listen(where_, {.backlog = 4096}))
          .value();
  Serves([this](TcpStream stream) { return EchoAndNote(std::move(stream)); });
  TcpStream old = Connects();
  world_.Pass(kWhile);
  const uint64_t before = Accepts();
  // The handshakes end, and the words arrive, in the same millisecond.
  for (int i = 0; i < clients_; ++i) {
    Start(client_.loop(), [this] { return ConnectAndStay(); });
  }
  world_.Pass(absl::Milliseconds(2));
  EXPECT_THAT(Says(old, "hello"), IsOkAndHolds("hello"));
  EXPECT_GT(accepts_when_heard_ - before, 1u) << "the flood came too late";
  EXPECT_LE(accepts_when_heard_ - before, 1u + kTurnBudget);
  world_.Pass(kWhile);
  EXPECT_GE(Accepts() - before, 1u * clients_);
}

INSTANTIATE_ON_FAKE_BACKENDS(AcceptFlood);

}  // namespace
}  // namespace cloche
