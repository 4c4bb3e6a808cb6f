// A server among bad clients: whatever they do, good ones are served meanwhile,
// and nothing of the bad ones is left.

#include <optional>
#include <stdexcept>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/net/server_test.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/timeout.h"

namespace cloche {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::SizeIs;

// --- The server -------------------------------------------------------------

// How long a client may take to finish a message, and to take the answer.
constexpr absl::Duration kPatience = absl::Seconds(10);

constexpr size_t kMessageBytes = 100;

std::string Message(std::string text) {
  text.resize(kMessageBytes, '.');
  return text;
}

// "" at the end of the stream.
Task<std::string> ReadMessage(ByteStream& stream) {
  std::string message;
  while (message.size() < kMessageBytes) {
    const size_t left = kMessageBytes - message.size();
    const std::string part = co_await Try(ReadOnce(stream, left));
    if (part.empty()) co_return part;
    message += part;
  }
  co_return message;
}

Task<> EchoMessages(TcpStream stream) {
  while (true) {
    const std::string message =
        co_await Try(WithTimeout(kPatience, ReadMessage(stream)));
    if (message.empty()) co_return absl::OkStatus();
    if (message == Message("surprise")) throw std::out_of_range("no surprises");
    co_await Try(WithTimeout(kPatience, stream.Write(message)));
  }
}

// --- The bad clients --------------------------------------------------------

using BadClient = Task<> (*)(Endpoint server);

// Gives nothing away until the server has had enough.
Task<> SaysHalfAndFallsSilent(Endpoint server) {
  TcpStream stream = co_await Try(TcpStream::Connect(server));
  co_await Try(stream.Write("half a mess"));
  co_return (co_await ReadOnce(stream)).status();
}

Task<> WritesAndNeverReads(Endpoint server) {
  TcpStream stream =
      co_await Try(TcpStream::Connect(server, {.receive_buffer_bytes = 2000}));
  const std::string message = Message("more and more");
  while (true) co_await Try(stream.Write(message));
}

Task<> ResetsInTheMiddle(Endpoint server) {
  TcpStream stream = co_await Try(TcpStream::Connect(server));
  co_await Try(stream.Write("half a mess"));
  co_await Try(Sleep(absl::Seconds(1)));
  stream.Abort();
  co_return absl::OkStatus();
}

Task<> Surprises(Endpoint server) {
  TcpStream stream = co_await Try(TcpStream::Connect(server));
  const std::string message = Message("surprise");
  co_await Try(stream.Write(message));
  co_return (co_await ReadOnce(stream)).status();
}

Task<> ConnectsAndIsGone(Endpoint server) {
  co_return (co_await TcpStream::Connect(server)).status();
}

// --- The scenarios ----------------------------------------------------------

class BadClients : public ServerTest {
 protected:
  BadClients() {
    Serves(EchoMessages);
    world_.Pass(kWhile);
    good_ = Connects();
    world_.Pass(kWhile);
    at_rest_ = server_.kernel().OpenDescriptors().size();
  }
  // Lets the good client go before the client's loop does.
  ~BadClients() override { good_.reset(); }

  void Comes(BadClient client) { Start(client_.loop(), client, where_); }

  // A good client talks once a second, and is answered within a round trip.
  void ExpectGoodServiceFor(absl::Duration time) {
    const absl::Duration end = world_.elapsed() + time;
    while (world_.elapsed() < end) {
      const absl::Duration before = world_.elapsed();
      EXPECT_THAT(Says(*good_, Message("hello")),
                  IsOkAndHolds(Message("hello")));
      EXPECT_EQ(world_.elapsed() - before, absl::Milliseconds(2));
      world_.Pass(absl::Seconds(1));
    }
    EXPECT_FALSE(serving_->ended());
  }

  void ExpectNothingIsLeft() {
    EXPECT_THAT(server_.kernel().OpenDescriptors(), SizeIs(at_rest_));
  }

  std::optional<TcpStream> good_;
  size_t at_rest_ = 0;
};

TEST_P(BadClients, ThatFallSilentAreLeftWhenPatienceIsAtAnEnd) {
  Comes(SaysHalfAndFallsSilent);
  ExpectGoodServiceFor(kPatience + absl::Seconds(2));
  EXPECT_THAT(errors_, ElementsAre(StatusIs(kLate)));
  ExpectNothingIsLeft();
}

TEST_P(BadClients, ThatNeverReadAreLeftWhenPatienceIsAtAnEnd) {
  Comes(WritesAndNeverReads);
  ExpectGoodServiceFor(kPatience + absl::Seconds(2));
  EXPECT_THAT(errors_, ElementsAre(StatusIs(kLate)));
  ExpectNothingIsLeft();
}

TEST_P(BadClients, ThatResetEndNothingButTheirConnection) {
  Comes(ResetsInTheMiddle);
  ExpectGoodServiceFor(absl::Seconds(2));
  EXPECT_THAT(errors_, ElementsAre(StatusIs(kUnavailable, "ECONNRESET")));
  ExpectNothingIsLeft();
}

TEST_P(BadClients, ThatMakeAHandlerThrowEndNothingButTheirConnection) {
  Comes(Surprises);
  ExpectGoodServiceFor(absl::Seconds(1));
  EXPECT_THAT(errors_, ElementsAre(StatusIs(absl::StatusCode::kInternal,
                                            "no surprises")));
  ExpectNothingIsLeft();
}

TEST_P(BadClients, ThatTakeEveryDescriptorKeepNewOnesWaitingButNoOldOnes) {
  LimitConnectionsTo(3);
  for (int i = 0; i < 5; ++i) Comes(SaysHalfAndFallsSilent);
  world_.Pass(kWhile);
  auto visit = BeginsAVisit(Message("hello"));
  ExpectGoodServiceFor(kPatience / 2);
  EXPECT_FALSE(visit.ended());
  // Two rounds of silent ones have to be sat out.
  ExpectGoodServiceFor(2 * kPatience);
  EXPECT_THAT(EndOf(visit), IsOkAndHolds(Message("hello")));
  world_.Pass(kWhile);
  ExpectNothingIsLeft();
}

TEST_P(BadClients, InCrowdsAndAllAtOnceAreOutlived) {
  LimitConnectionsTo(10);
  for (int round = 0; round < 5; ++round) {
    for (const BadClient client :
         {SaysHalfAndFallsSilent, WritesAndNeverReads, ResetsInTheMiddle,
          Surprises, ConnectsAndIsGone}) {
      Comes(client);
    }
    ExpectGoodServiceFor(absl::Seconds(1));
  }
  EXPECT_THAT(errors_, Contains(StatusIs(kExhausted)));  // Crowds, indeed.
  ExpectGoodServiceFor(absl::Minutes(5));
  ExpectNothingIsLeft();
  EXPECT_THAT(Visits(Message("hello")), IsOkAndHolds(Message("hello")));
}

INSTANTIATE_ON_FAKE_BACKENDS(BadClients);

}  // namespace
}  // namespace cloche
