// HttpServer and slow clients: how long it waits for a request, for the rest of
// one, and for an answer to be read.

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cloche/http/http_test.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using HttpIdle = HttpTest;
using HttpSlowHead = HttpTest;
using HttpSlowReader = HttpTest;

constexpr char kTooLate[] =
    "408 (close) 408 Request Timeout: the request took too long to arrive\n";

// --- Nothing comes ----------------------------------------------------------

TEST_P(HttpIdle, ConnectionEndsWithoutAWordAfterItsTimeout) {
  Begin();
  EXPECT_THAT(Served(), IsOk());
  EXPECT_EQ(served_for_, options_.idle_timeout);
  EXPECT_EQ(received_, "");
  EXPECT_EQ(ending_, "closed");
}

TEST_P(HttpIdle, TimeIsCountedFromTheLastAnswer) {
  handler_ = SayTargetAfter(absl::Seconds(30));
  Begin();
  world_.Pass(absl::Seconds(40));
  Say(Get("/a"));
  EXPECT_THAT(Served(), IsOk());
  EXPECT_EQ(served_for_,
            absl::Seconds(40 + 30) + kOneWay + options_.idle_timeout);
  EXPECT_THAT(Answers(), ElementsAre("200 /a"));
}

// They are no request, or a client could stay for ever at two bytes a minute:
// from the first on it has the time that a head has.
TEST_P(HttpIdle, TimeIsNotProlongedByEmptyLines) {
  Begin();
  world_.Pass(absl::Seconds(50));
  for (int i = 0; i < 5; ++i) {
    Say("\r\n");
    world_.Pass(absl::Seconds(1));
  }
  EXPECT_THAT(Served(), IsOk());
  EXPECT_EQ(served_for_, absl::Seconds(50) + kOneWay + options_.head_timeout);
  EXPECT_EQ(received_, "");
}

// At the same moment, the request wins: it is read, so it must be answered.
TEST_P(HttpIdle, ConnectionTakesARequestThatComesAtTheLastMoment) {
  Begin();
  world_.Pass(options_.idle_timeout - kOneWay);
  Say(Get("/a"));
  EXPECT_THAT(Answers(), ElementsAre("200 /a"));
}

TEST_P(HttpIdle, MayLastForEver) {
  options_.idle_timeout = absl::InfiniteDuration();
  Begin();
  world_.Pass(absl::Hours(24 * 365));
  Say(Get("/a"));
  EXPECT_THAT(Answers(), ElementsAre("200 /a"));
}

TEST_P(HttpIdle, TimeIsNotWallTime) {
  Begin();
  world_.Pass(absl::Seconds(1));
  world_.clock().JumpWallClock(absl::Hours(1));
  Say(Get("/a"));
  EXPECT_THAT(Answers(), ElementsAre("200 /a"));
}

// --- A head comes slowly ----------------------------------------------------

TEST_P(HttpSlowHead, IsRefusedAfterItsTimeoutSinceItsFirstByte) {
  Begin();
  world_.Pass(absl::Seconds(20));
  Say("GET / HT");
  EXPECT_THAT(Served(), IsOk());
  EXPECT_EQ(served_for_, absl::Seconds(20) + kOneWay + options_.head_timeout +
                             options_.linger_timeout);
  EXPECT_THAT(Answers(), ElementsAre(kTooLate));
  EXPECT_EQ(ending_, "closed");
}

TEST_P(HttpSlowHead, IsNotGivenMoreTimeForAByteNowAndThen) {
  Begin();
  Say("GET /");
  for (int i = 0; i < 10; ++i) {
    EXPECT_THAT(Answers(), IsEmpty()) << i;
    Say("a");
    world_.Pass(absl::Milliseconds(900));
  }
  EXPECT_THAT(Answers(), ElementsAre(kTooLate));
}

TEST_P(HttpSlowHead, HasItsTimeAlsoWhereItIsLongerThanTheIdleTime) {
  options_.idle_timeout = absl::Seconds(1);
  Begin();
  Say("GET /a");
  world_.Pass(absl::Seconds(9));
  Say(" HTTP/1.0\r\n\r\n");
  EXPECT_THAT(Answers(), ElementsAre("200 (close) /a"));
}

TEST_P(HttpSlowHead, IsTakenIfItsEndComesAtTheLastMoment) {
  Begin();
  EXPECT_THAT(NearWrites("GET /a"), IsOk());
  world_.Pass(options_.head_timeout);
  Say(" HTTP/1.0\r\n\r\n");
  EXPECT_THAT(Answers(), ElementsAre("200 (close) /a"));
}

TEST_P(HttpSlowHead, IsRefusedIfItsEndComesAMomentLater) {
  Begin();
  EXPECT_THAT(NearWrites("GET /a"), IsOk());
  world_.Pass(options_.head_timeout + absl::Nanoseconds(1));
  Say(" HTTP/1.0\r\n\r\n");
  EXPECT_THAT(Answers(), ElementsAre(kTooLate));
}

TEST_P(HttpSlowHead, HasATimeOfItsOwnEachTime) {
  Begin();
  for (int i = 0; i < 3; ++i) {
    Say("GET /a HTTP/1.1\r\n");
    world_.Pass(absl::Seconds(9));
    Say("Host: h\r\n\r\n");
  }
  EXPECT_THAT(Answers(), ElementsAre("200 /a", "200 /a", "200 /a"));
}

// Its first bytes came while another request was being answered.
TEST_P(HttpSlowHead, InAPipelineIsTimedFromItsTurnOn) {
  handler_ = SayTargetAfter(absl::Minutes(1));
  Begin();
  Say(absl::StrCat(Get("/a"), "GET /half"));
  EXPECT_THAT(Served(), IsOk());
  EXPECT_EQ(served_for_, kOneWay + absl::Minutes(1) + options_.head_timeout +
                             options_.linger_timeout);
  EXPECT_THAT(Answers(), ElementsAre("200 /a", kTooLate));
}

// --- An answer is not read --------------------------------------------------

TEST_P(HttpSlowReader, IsCutOffWithAResetAfterItsTimeout) {
  handler_ = SayTooMuch;
  BeginWithoutReading();
  Say(Get("/a"));
  EXPECT_THAT(Served(), StatusIs(kLate));
  EXPECT_EQ(served_for_, kOneWay + options_.write_timeout);
  StartReading();
  world_.Pass(kWhile);
  EXPECT_THAT(Answers(), ElementsAre("cut off"));
  EXPECT_EQ(ending_, "reset");
}

// A close would leave the connection to the system, which tries for minutes.
TEST_P(HttpSlowReader, LeavesNothingOfItsConnectionInTheServersSystem) {
  handler_ = SayTooMuch;
  BeginWithoutReading();
  Say(Get("/a"));
  const Endpoint client = near_->LocalEndpoint().value();
  const auto is_there = [&] {
    return server_.kernel().tcp().HasConnection(where_.address(),
                                                client.address());
  };
  EXPECT_TRUE(is_there());
  EXPECT_THAT(Served(), StatusIs(kLate));
  EXPECT_FALSE(is_there());
}

TEST_P(HttpSlowReader, GetsEverythingIfItReadsInTime) {
  handler_ = SayTooMuch;
  BeginWithoutReading();
  EXPECT_THAT(NearWrites(Get("/a", "Connection: close\r\n")), IsOk());
  std::string all;
  auto reads = Start(client_.loop(), [&]() -> Task<> {
    while (true) {
      co_await Try(Sleep(absl::Milliseconds(200)));
      const std::string part = co_await Try(ReadOnce(*near_, 10000));
      if (part.empty()) co_return absl::OkStatus();
      all += part;
    }
  });
  EXPECT_THAT(EndOf(reads), IsOk());
  EXPECT_GT(world_.elapsed(), absl::Seconds(20));
  EXPECT_TRUE(AnswersIn(all)[0] ==
              absl::StrCat("200 (close) ", Pattern(kTooMuch)));
}

// Each answer has its time, and a client that reads none of many is cut off
// with the first that does not fit any more.
TEST_P(HttpSlowReader, OfManySmallAnswersIsCutOffToo) {
  handler_ = [](const Request&) -> Task<Response> {
    co_return TextResponse(200, std::string(10000, 'a'));
  };
  BeginWithoutReading();
  std::string requests;
  for (int i = 0; i < 100; ++i) requests += Get("/a");
  Say(requests);
  EXPECT_THAT(Served(), StatusIs(kLate));
  EXPECT_LT(served_for_, options_.write_timeout + kWhile);
}

INSTANTIATE_ON_FAKE_BACKENDS(HttpIdle);
INSTANTIATE_ON_FAKE_BACKENDS(HttpSlowHead);
INSTANTIATE_ON_FAKE_BACKENDS(HttpSlowReader);

}  // namespace
}  // namespace cloche
