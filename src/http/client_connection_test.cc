// ClientConnection: what it says, what it makes of the answer, and whether
// another request may follow.

#include "cloche/http/client_connection.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "cloche/http/client_test.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;
using ::testing::Pair;

using ClientExchange = ClientTest;
using ClientInterim = ClientTest;
using ClientReuse = ClientTest;
using ClientStreams = ClientTest;

constexpr char kChunked[] =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nSum: 5\r\n\r\n";

// --- One exchange -----------------------------------------------------------

TEST_P(ClientExchange, SendsTheRequestAndGivesTheAnswer) {
  Begin();
  auto asking = Asks(Get("/a?b"));
  EXPECT_EQ(Heard(), "GET /a?b HTTP/1.1\r\nHost: h\r\n\r\n");
  Says("HTTP/1.1 404 Not here\r\nA: 1\r\nContent-Length: 4\r\nB:\r\n\r\nbody");
  const auto response = EndOf(asking);
  ASSERT_THAT(response.status(), IsOk());
  EXPECT_EQ(response->status_code, 404);
  EXPECT_EQ(response->reason, "Not here");
  EXPECT_THAT(
      response->headers,
      ElementsAre(Pair("A", "1"), Pair("Content-Length", "4"), Pair("B", "")));
  EXPECT_THAT(response->FindHeader("a"), Optional(absl::string_view("1")));
  EXPECT_EQ(response->FindHeader("C"), std::nullopt);
  EXPECT_EQ(response->body, "body");
}

TEST_P(ClientExchange, SendsABodyWithItsHead) {
  Begin();
  auto asking = Asks(Post("/", "12345"));
  EXPECT_EQ(Heard(),
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n12345");
  EXPECT_EQ(Calls(SendCallOf(GetParam())), 1u);
  Says(Ok("thanks"));
  EXPECT_EQ(OutcomeOf(asking), "200 thanks");
}

TEST_P(ClientExchange, ReadsBodiesOfEachFraming) {
  Begin();
  EXPECT_EQ(Exchange(Get("/"), Ok("")), "200 ");
  EXPECT_EQ(Exchange(Get("/"), kChunked), "200 abcde [Sum=5]");
  auto asking = Asks(Get("/"));
  Says("HTTP/1.0 200 OK\r\n\r\nuntil the end");
  FinishesSaying();
  EXPECT_EQ(OutcomeOf(asking), "200 until the end");
}

// Whatever they say of one.
TEST_P(ClientExchange, ReadsNoBodyWhereThereIsNone) {
  Begin();
  ClientRequest head = Get("/");
  head.method = "HEAD";
  EXPECT_EQ(Exchange(head, "HTTP/1.1 200 \r\nContent-Length: 9\r\n\r\n"),
            "200 ");
  EXPECT_EQ(Exchange(Get("/"), "HTTP/1.1 204 \r\nContent-Length: 9\r\n\r\n"),
            "204 ");
  EXPECT_EQ(
      Exchange(Get("/"), "HTTP/1.1 304 \r\nTransfer-Encoding: chunked\r\n\r\n"),
      "304 ");
  EXPECT_EQ(Exchange(Get("/"), Ok("one")), "200 one");
}

TEST_P(ClientExchange, GivesTheSameWhereverTheAnswerIsSplit) {
  const std::string texts[] = {Ok("one"), kChunked,
                               "HTTP/1.1 100 \r\n\r\nHTTP/1.1 204 \r\n\r\n"};
  const std::string outcomes[] = {"200 one", "200 abcde [Sum=5]", "204 "};
  Begin();
  for (int i = 0; i < 3; ++i) {
    for (size_t split = 1; split < texts[i].size(); ++split) {
      auto asking = Asks(Get("/"));
      Heard();
      Says(texts[i].substr(0, split));
      Says(texts[i].substr(split));
      ASSERT_EQ(OutcomeOf(asking), outcomes[i]) << i << " " << split;
      ASSERT_TRUE(connection_->reusable()) << i << " " << split;
    }
  }
}

TEST_P(ClientExchange, RefusesARequestThatCannotBeSentAndSendsNothing) {
  Begin();
  EXPECT_THAT(FailureOf(Asks(Get("/a b"))), StatusIs(kInvalid, "target"));
  EXPECT_EQ(Calls(CallKind::kSend), 0u);
  EXPECT_TRUE(connection_->reusable());
}

// --- Answers before the answer (RFC 9110 section 15.2) ----------------------

TEST_P(ClientInterim, IsReadOver) {
  Begin();
  EXPECT_EQ(Exchange(Get("/"), absl::StrCat("HTTP/1.1 100 Continue\r\n\r\n"
                                            "HTTP/1.1 103 \r\nA: b\r\n\r\n",
                                            Ok("one"))),
            "200 one");
  EXPECT_TRUE(connection_->reusable());
}

TEST_P(ClientInterim, HasALimit) {
  options_.max_interim_responses = 2;
  Begin();
  const std::string interim = "HTTP/1.1 103 \r\n\r\n";
  EXPECT_EQ(Exchange(Get("/"), absl::StrCat(interim, interim, Ok("one"))),
            "200 one");
  auto asking = Asks(Get("/"));
  Says(absl::StrCat(interim, interim, interim, Ok("one")));
  EXPECT_THAT(FailureOf(asking), StatusIs(kDataLoss, "too many answers"));
}

TEST_P(ClientInterim, MayNotSwitchProtocols) {
  Begin();
  auto asking = Asks(Get("/"));
  Says("HTTP/1.1 101 Switching Protocols\r\n\r\nhello");
  EXPECT_THAT(FailureOf(asking), StatusIs(kDataLoss, "nobody asked for"));
}

// --- Several exchanges ------------------------------------------------------

TEST_P(ClientReuse, AsksOneAfterTheOther) {
  Begin();
  for (int i = 0; i < 5; ++i) {
    const std::string text = absl::StrCat(i);
    EXPECT_EQ(Exchange(Get("/"), Ok(text)), absl::StrCat("200 ", text));
    EXPECT_TRUE(connection_->reusable());
  }
}

TEST_P(ClientReuse, IsNotPossibleAfterTheLastAnswer) {
  const std::string answers[] = {
      "HTTP/1.1 200 \r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.0 200 \r\nContent-Length: 0\r\n\r\n",
      // More than it said: whose answer would that be?
      absl::StrCat(Ok("one"), "more"),
      absl::StrCat(kChunked, Ok("not asked for")),
  };
  for (const std::string& answer : answers) {
    Begin();
    EXPECT_THAT(Exchange(Get("/"), answer), ::testing::StartsWith("200"));
    EXPECT_FALSE(connection_->reusable()) << answer;
    EXPECT_THAT(FailureOf(Asks(Get("/"))),
                StatusIs(kPrecondition, "use a new connection"));
  }
}

TEST_P(ClientReuse, IsNotPossibleAfterARequestThatSaysThatItIsTheLast) {
  Begin();
  ClientRequest request = Get("/");
  request.keep_alive = false;
  EXPECT_EQ(Exchange(request, Ok("one")), "200 one");
  EXPECT_FALSE(connection_->reusable());
}

TEST_P(ClientReuse, IsNotPossibleWhileARequestIsBeingAnswered) {
  Begin();
  auto first = Asks(Get("/1"));
  Heard();
  EXPECT_FALSE(connection_->reusable());
  EXPECT_THAT(FailureOf(Asks(Get("/2"))), StatusIs(kPrecondition, "another"));
  Says(Ok("one"));
  EXPECT_EQ(OutcomeOf(first), "200 one");
}

// A server closes when it likes; the request can be made once more.
TEST_P(ClientReuse, FindsOutThatTheServerHasClosedMeanwhile) {
  Begin();
  EXPECT_EQ(Exchange(Get("/"), Ok("one")), "200 one");
  FinishesSaying();
  EXPECT_THAT(FailureOf(Asks(Get("/"))),
              StatusIs(kUnavailable, "ask again on a new one"));
}

TEST_P(ClientReuse, TakesNothingForAnAnswerThatCameBeforeTheRequest) {
  Begin();
  EXPECT_EQ(Exchange(Get("/"), Ok("one")), "200 one");
  Says(Ok("two"));
  EXPECT_THAT(FailureOf(Asks(Get("/"))), StatusIs(kUnavailable));
  EXPECT_FALSE(connection_->reusable());
}

// --- Answers that are read as they come -------------------------------------

TEST_P(ClientStreams, BodiesAsTheyCome) {
  Begin();
  std::string parts;
  auto asking = Start(client_.loop(), [&]() {
    return connection_->Ask(
        Get("/"),
        [&](const ClientResponse& response, BodyReader& body) -> Task<> {
          parts = absl::StrCat(response.status_code, ":");
          char room[100];
          while (const size_t size =
                     co_await Try(body.Read(absl::MakeSpan(room)))) {
            absl::StrAppend(&parts, absl::string_view(room, size), ",");
          }
          co_return absl::OkStatus();
        });
  });
  Heard();
  Says("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
  EXPECT_EQ(parts, "200:");
  Says("ab");
  EXPECT_EQ(parts, "200:ab,");
  Says("cd");
  EXPECT_EQ(parts, "200:ab,cd,");
  EXPECT_THAT(EndOf(asking), IsOk());
  EXPECT_TRUE(connection_->reusable());
}

// Asks, and reads nothing of the answer; that has come when `rest` is false.
TEST_P(ClientStreams, AreOverIfTheBodyIsNotReadAndHasNotCome) {
  for (const bool all_has_come : {true, false}) {
    Begin();
    auto asking = Start(client_.loop(), [&]() {
      return connection_->Ask(Get("/"),
                              [](const ClientResponse&, BodyReader&) -> Task<> {
                                co_return absl::OkStatus();
                              });
    });
    Heard();
    const std::string answer = Ok("12345");
    Says(answer.substr(0, answer.size() - (all_has_come ? 0 : 1)));
    EXPECT_THAT(EndOf(asking), IsOk());
    EXPECT_EQ(connection_->reusable(), all_has_come);
  }
}

TEST_P(ClientStreams, EndWithTheErrorOfTheirUser) {
  Begin();
  auto asking = Start(client_.loop(), [&]() {
    return connection_->Ask(Get("/"),
                            [](const ClientResponse&, BodyReader&) -> Task<> {
                              co_return absl::InternalError("the disk is full");
                            });
  });
  Heard();
  Says(Ok("12345"));
  EXPECT_THAT(EndOf(asking), StatusIs(absl::StatusCode::kInternal, "disk"));
  EXPECT_FALSE(connection_->reusable());
}

INSTANTIATE_ON_FAKE_BACKENDS(ClientExchange);
INSTANTIATE_ON_FAKE_BACKENDS(ClientInterim);
INSTANTIATE_ON_FAKE_BACKENDS(ClientReuse);
INSTANTIATE_ON_FAKE_BACKENDS(ClientStreams);

}  // namespace
}  // namespace cloche
