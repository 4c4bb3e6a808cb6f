// HttpServer and requests that cannot be served: an answer that says why, and a
// close that does not destroy that answer.

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cloche/http/http_test.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::StartsWith;

using HttpRefusal = HttpTest;
using HttpLinger = HttpTest;

constexpr char kBad[] = "GET / HTTP/1.1\r\nHost\r\n\r\n";
constexpr char kBadAnswer[] =
    "400 (close) 400 Bad Request: a header line has no colon\n";

// --- What the client is told ------------------------------------------------

TEST_P(HttpRefusal, SaysWhatIsWrongAndCloses) {
  Begin();
  Say(kBad);
  EXPECT_THAT(Answers(), ElementsAre(kBadAnswer));
  EXPECT_EQ(ending_, "closed");
  EXPECT_THAT(Served(), IsOk());
}

TEST_P(HttpRefusal, ComesAtOnceAndNotAtTheEndOfTheHead) {
  Begin();
  Say("GET / HTTP/1.1\n");
  EXPECT_THAT(Answers(), ElementsAre(StartsWith("400 (close)")));
}

TEST_P(HttpRefusal, ComesAfterTheAnswersToEarlierRequests) {
  Begin();
  Say(absl::StrCat(Get("/1"), Get("/2"), kBad, Get("/3")));
  EXPECT_THAT(Answers(), ElementsAre("200 /1", "200 /2", kBadAnswer));
  EXPECT_EQ(ending_, "closed");
}

TEST_P(HttpRefusal, OfAnotherVersionIs505) {
  Begin();
  Say("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  EXPECT_THAT(Answers(), ElementsAre(StartsWith("505 (close) 505 HTTP Vers")));
}

TEST_P(HttpRefusal, OfALongRequestLineIs414) {
  Begin();
  Say(Get(absl::StrCat("/", std::string(options_.limits.max_bytes, 'a'))));
  EXPECT_THAT(Answers(), ElementsAre(StartsWith("414 (close) 414 URI Too")));
  EXPECT_EQ(ending_, "closed");
}

TEST_P(HttpRefusal, OfLongHeadersIs431) {
  Begin();
  Say(Get("/", absl::StrCat("A: ", std::string(20000, 'a'), "\r\n")));
  EXPECT_THAT(Answers(), ElementsAre(StartsWith("431 (close) 431 Request H")));
  EXPECT_EQ(ending_, "closed");
}

TEST_P(HttpRefusal, DoesNotComeBeforeTheLimit) {
  options_.limits.max_bytes = 1000;
  Begin();
  const size_t rest = 1000 - Get("/", "A: \r\n").size();
  Say(Get("/", absl::StrCat("A: ", std::string(rest, 'a'), "\r\n")));
  EXPECT_THAT(Answers(), ElementsAre("200 /"));
  Say(Get("/", absl::StrCat("A: ", std::string(rest + 1, 'a'), "\r\n")));
  EXPECT_THAT(Answers(), ElementsAre("200 /", StartsWith("431")));
}

TEST_P(HttpRefusal, SendsNoBodyToHead) {
  Begin();
  Say("HEAD / HTTP/1.1\r\nHost\r\n\r\n");
  EXPECT_THAT(received_, StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_THAT(received_, EndsWith("\r\n\r\n"));
}

TEST_P(HttpRefusal, SendsNoBodyToAHeadThatEndsInTheMiddle) {
  Begin();
  Say("HEAD / HTTP/1.1\r\nHo");
  FinishSaying();
  EXPECT_THAT(Served(), IsOk());
  EXPECT_THAT(received_, StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_THAT(received_, EndsWith("\r\n\r\n"));
}

TEST_P(HttpRefusal, FollowsAnEndInTheMiddleOfAHead) {
  Begin();
  Say("GET / HTTP/1.1\r\nHo");
  FinishSaying();
  EXPECT_THAT(Served(), IsOk());
  EXPECT_THAT(Answers(),
              ElementsAre("400 (close) 400 Bad Request: it ends in the middle "
                          "of its head\n"));
  EXPECT_EQ(ending_, "closed");
  EXPECT_LT(served_for_, absl::Seconds(1));  // There is nobody to linger for.
}

// The peer is gone, and hears nothing of it.
TEST_P(HttpRefusal, AfterACloseInTheMiddleOfAHeadIsNobodysTrouble) {
  BeginWithoutReading();
  Say("GET / HTTP/1.1\r\nHo");
  near_->Close();
  EXPECT_THAT(Served(), IsOk());
}

TEST_P(HttpRefusal, DoesNotFollowAResetInTheMiddleOfAHead) {
  int exchanges = 0;
  options_.on_exchange = [&](const Exchange&) { ++exchanges; };
  Begin();
  Say("GET / HTTP/1.1\r\nHo");
  near_->Abort();
  EXPECT_THAT(Served(), StatusIs(kUnavailable, "ECONNRESET"));
  EXPECT_EQ(exchanges, 0);
}

// --- How the connection ends (RFC 9112 section 9.6) -------------------------

// A plain close with data unread would be a reset.
TEST_P(HttpLinger, KeepsTheAnswerFromBeingLostToAReset) {
  BeginWithoutReading();
  Say(absl::StrCat(kBad, std::string(50000, 'x')));
  Say(std::string(50000, 'x'));
  StartReading();
  world_.Pass(kWhile);
  EXPECT_THAT(Answers(), ElementsAre(kBadAnswer));
  EXPECT_EQ(ending_, "closed");
  EXPECT_THAT(Served(), IsOk());
}

TEST_P(HttpLinger, TellsTheClientAtOnceThatTheAnswerWasTheLast) {
  options_.linger_timeout = absl::Hours(1);
  Begin();
  Say(kBad);
  EXPECT_EQ(ending_, "closed");
  EXPECT_TRUE(serving());
}

TEST_P(HttpLinger, EndsWhenTheClientHasFinishedToo) {
  options_.linger_timeout = absl::Hours(1);
  Begin();
  Say(kBad);
  FinishSaying();
  EXPECT_THAT(Served(), IsOk());
  EXPECT_EQ(served_for_, kWhile + kOneWay);
}

TEST_P(HttpLinger, EndsAfterItsTimeoutIfTheClientIsSilent) {
  Begin();
  Say(kBad);
  EXPECT_THAT(Served(), IsOk());
  EXPECT_EQ(served_for_, kOneWay + options_.linger_timeout);
}

TEST_P(HttpLinger, EndsAfterItsTimeoutAlsoIfTheClientGoesOnAndOn) {
  Begin();
  Say(kBad);
  auto goes_on = Start(client_.loop(), [this]() -> Task<> {
    while (true) {
      co_await Try(near_->Write("x"));
      co_await Try(Sleep(absl::Milliseconds(100)));
    }
  });
  EXPECT_THAT(Served(), IsOk());
  EXPECT_EQ(served_for_, kOneWay + options_.linger_timeout);
}

// The client is a fast one, and sends without end.
TEST_P(HttpLinger, EndsAfterItsBytesLongBeforeItsTimeout) {
  options_.linger_timeout = absl::Hours(1);
  Begin();
  auto write = Writes(absl::StrCat(kBad, Pattern(kTooMuch)));
  EXPECT_THAT(Served(), IsOk());
  EXPECT_LT(served_for_, absl::Seconds(10));
  EXPECT_THAT(EndOf(write), StatusIs(kUnavailable));
}

TEST_P(HttpLinger, ReadsAsManyBytesAsItMay) {
  options_.linger_timeout = absl::Hours(1);
  options_.linger_bytes = 2 * kTooMuch;
  Begin();
  EXPECT_THAT(EndOf(Writes(absl::StrCat(kBad, Pattern(kTooMuch)))), IsOk());
  FinishSaying();
  EXPECT_THAT(Served(), IsOk());
  EXPECT_EQ(ending_, "closed");
}

TEST_P(HttpLinger, CaresForNoResetAfterTheAnswer) {
  Begin();
  Say(kBad);
  near_->Abort();
  EXPECT_THAT(Served(), IsOk());
}

INSTANTIATE_ON_FAKE_BACKENDS(HttpRefusal);
INSTANTIATE_ON_FAKE_BACKENDS(HttpLinger);

}  // namespace
}  // namespace cloche
