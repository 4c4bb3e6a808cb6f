// Contract: a server stays up without descriptors, and stops when it is told.
//
// The limit on descriptors is the whole process's: these tests lower it, and
// give it back.

#include <functional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/net/server.h"
#include "cloche/net/stop_source.h"
#include "cloche/sync/event.h"
#include "cloche/testing/contract/stream_contract.h"

namespace cloche {
namespace {

constexpr absl::StatusCode kUnavailable = absl::StatusCode::kUnavailable;

// Descriptors for both ends of one connection, and for the client's end of
// another; and for the socket that an accept of a completion port waits with.
// The limit is lowered before the server accepts: an accept that an io_uring
// has got already goes by the one that held then.
int OneAndAHalfConnections(BackendKind backend) {
  return backend == BackendKind::kIocp ? 4 : 3;
}

// Sends back what it got, until the peer has said all.
Task<> Echo(TcpStream stream) {
  char buffer[4096];
  while (true) {
    const size_t size = co_await Try(stream.Read(absl::MakeSpan(buffer)));
    if (size == 0) co_return absl::OkStatus();
    co_await Try(stream.Write(absl::string_view(buffer, size)));
  }
}

Task<std::string> Ask(ByteStream& stream, std::string question) {
  co_await Try(stream.Write(question));
  co_return co_await ReadAll(stream, question.size());
}

class ServerContract : public StreamContract {
 protected:
  // The loop ends first: its tasks refer to what is declared here.
  ~ServerContract() override { EndLoop(); }

  TaskHandle<> StartServer(absl::Duration exhausted_pause) {
    Listen();
    ServeOptions options;
    options.exhausted_pause = exhausted_pause;
    options.on_error = [this](const absl::Status& status) {
      if (absl::IsResourceExhausted(status)) exhausted_.Set();
    };
    return Start(*loop_, Serve, std::ref(*listener_), std::ref(stop_),
                 std::move(options), Echo);
  }
  TcpStream NewClient() {
    return Run(TcpStream::Connect(listener_->local_endpoint())).value();
  }

  StopSource stop_;
  Event exhausted_;
};

TEST_P(ServerContract, EchoesUntilItIsStoppedAndThenListensNoMore) {
  const TaskHandle<> server = StartServer(absl::Milliseconds(1));
  const Endpoint where = listener_->local_endpoint();
  TcpStream client = NewClient();
  EXPECT_THAT(Run(Ask(client, "hello")), IsOkAndHolds("hello"));
  stop_.Stop();
  // What has begun may go on.
  EXPECT_THAT(Run(Ask(client, "still")), IsOkAndHolds("still"));
  // The connection keeps the port from everybody else, so nobody listens.
  EXPECT_THAT(Run(TcpStream::Connect(where)), StatusIs(kUnavailable));
  client.Close();
  EXPECT_THAT(Run(server.Join()), IsOk());
}

TEST_P(ServerContract, WithoutADescriptorAConnectionWaitsAndIsServedLater) {
  if (!kernel_->CanLimitDescriptors()) GTEST_SKIP() << "there is no limit";
  StartServer(absl::Milliseconds(1));
  kernel_->LimitDescriptorsTo(OneAndAHalfConnections(GetParam().backend));
  TcpStream first = NewClient();
  EXPECT_THAT(Run(Ask(first, "hello")), IsOkAndHolds("hello"));
  TcpStream second = NewClient();  // The last descriptor there is.
  EXPECT_THAT(Run(exhausted_.Wait()), IsOk());
  first.Close();  // The server's end of it follows.
  EXPECT_THAT(Run(Ask(second, "at last")), IsOkAndHolds("at last"));
}

TEST_P(ServerContract, WhileItPausesItServesWhoIsThereAndAcceptsNobody) {
  if (!kernel_->CanLimitDescriptors()) GTEST_SKIP() << "there is no limit";
  const TaskHandle<> server = StartServer(absl::Hours(1));
  kernel_->LimitDescriptorsTo(OneAndAHalfConnections(GetParam().backend));
  TcpStream first = NewClient();
  EXPECT_THAT(Run(Ask(first, "hello")), IsOkAndHolds("hello"));
  // It gets in where an accept has its descriptor before anybody comes.
  TcpStream second = NewClient();
  EXPECT_THAT(Run(exhausted_.Wait()), IsOk());
  kernel_->ResetDescriptorLimit();  // There is room again, but it has paused.
  TcpStream third = NewClient();
  auto late = Start(*loop_, Ask, std::ref(third), std::string("late"));
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(Run(Ask(first, "hello")), IsOkAndHolds("hello"));
  }
  EXPECT_FALSE(late.ended());
  // A stop ends the pause too, and with the listener goes who never got in.
  stop_.Stop();
  first.Close();
  second.Close();
  EXPECT_THAT(Run(server.Join()), IsOk());
  EXPECT_THAT(Run(late.Join()), StatusIs(kUnavailable));
}

TEST_P(ServerContract, AConnectionThatIsResetEarlyIsNobodysBusiness) {
  StartServer(absl::Milliseconds(1));
  for (int i = 0; i < 5; ++i) NewClient().Abort();
  TcpStream client = NewClient();
  EXPECT_THAT(Run(Ask(client, "hello")), IsOkAndHolds("hello"));
}

INSTANTIATE_IN_EVERY_WORLD(ServerContract);

}  // namespace
}  // namespace cloche
