// ClientConnection and servers that end early, are slow, or talk nonsense: a
// clear error each time, in time, and nothing left behind.

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/fakes/errno_table.h"
#include "cloche/http/client_test.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/timeout.h"

namespace cloche {
namespace {

using ClientEarlyEnd = ClientTest;
using ClientSlowServer = ClientTest;
using ClientNonsense = ClientTest;
using ClientCancelled = ClientTest;
using ClientFailure = ClientTest;

constexpr absl::string_view kHead =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
constexpr absl::string_view kBody = "3\r\nabc\r\n0\r\nA: b\r\n\r\n";

// --- Servers that end early -------------------------------------------------

TEST_P(ClientEarlyEnd, IsToldApartByHowMuchHasCome) {
  const std::string all = absl::StrCat(kHead, kBody);
  for (size_t size = 0; size < all.size(); ++size) {
    SCOPED_TRACE(size);
    Begin();
    auto asking = Asks(Get("/a"));
    Heard();
    EXPECT_THAT(FarWrites(all.substr(0, size)), IsOk());
    far_->Close();
    const absl::Status failure = FailureOf(asking);
    if (size == 0) {
      EXPECT_THAT(failure, StatusIs(kUnavailable, "without an answer"));
    } else if (size < kHead.size()) {
      EXPECT_THAT(failure, StatusIs(kDataLoss, "in the middle of its head"));
    } else {
      EXPECT_THAT(failure, StatusIs(kInvalid, "ends before its time"));
    }
    EXPECT_FALSE(connection_->reusable());
  }
}

TEST_P(ClientEarlyEnd, IsAnErrorAlsoIfItIsAReset) {
  const std::string all = absl::StrCat(kHead, kBody);
  for (size_t size = 0; size < all.size(); ++size) {
    SCOPED_TRACE(size);
    Begin();
    auto asking = Asks(Get("/a"));
    Heard();
    Says(all.substr(0, size));
    far_->Abort();
    EXPECT_THAT(FailureOf(asking), StatusIs(kUnavailable, "ECONNRESET"));
  }
}

TEST_P(ClientEarlyEnd, NamesTheRequestAndTheServer) {
  Begin();
  auto asking = Asks(Get("/a"));
  Heard();
  far_->Close();
  EXPECT_THAT(
      FailureOf(asking),
      StatusIs(kUnavailable, ::testing::HasSubstr(absl::StrCat(
                                 "GET /a from TCP ", where_.ToString()))));
}

// --- A machine that cannot send ---------------------------------------------

// The server would wait for the rest of the request, and we for its answer.
TEST_P(ClientFailure, ToSendForWantOfMemoryIsAnErrorAtOnce) {
  Begin();
  const absl::Duration begin = world_.elapsed();
  client_.kernel().FailCall(SendCallOf(GetParam()), ENOBUFS);
  EXPECT_THAT(FailureOf(Asks(Post("/", "body"))),
              StatusIs(kExhausted, "ENOBUFS"));
  EXPECT_EQ(world_.elapsed(), begin);
  EXPECT_FALSE(connection_->reusable());
}

// --- Servers that are slow --------------------------------------------------

TEST_P(ClientSlowServer, HasTheHeadTimeoutFromTheEndOfTheRequest) {
  Begin();
  const absl::Duration begin = world_.elapsed();
  EXPECT_THAT(FailureOf(Asks(Get("/"))),
              StatusIs(kLate, "has not answered within 30s"));
  EXPECT_EQ(world_.elapsed() - begin, absl::Seconds(30));
}

TEST_P(ClientSlowServer, GetsNoMoreTimeForAByteNowAndThen) {
  Begin();
  const absl::Duration begin = world_.elapsed();
  auto asking = Asks(Get("/"));
  auto dripping = Start(server_.loop(), [this]() -> Task<> {
    for (const char c : kHead) {
      co_await Try(far_->Write(absl::string_view(&c, 1)));
      co_await Try(Sleep(absl::Seconds(1)));
    }
    co_return absl::OkStatus();
  });
  EXPECT_THAT(FailureOf(asking), StatusIs(kLate, "has not answered"));
  EXPECT_EQ(world_.elapsed() - begin, absl::Seconds(30));
}

TEST_P(ClientSlowServer, HasAllTheTimeThatTheRequestTakes) {
  Begin();
  ClientRequest request = Post("/", "");
  request.stream = [](BodyWriter& body) -> Task<> {
    co_await Try(Sleep(absl::Seconds(100)));
    co_return co_await body.Write("late");
  };
  auto asking = Asks(std::move(request));
  world_.Pass(absl::Seconds(120));
  Says(Ok("one"));
  EXPECT_EQ(OutcomeOf(asking), "200 one");
}

TEST_P(ClientSlowServer, HasTheBodyTimeoutForTheBody) {
  Begin();
  auto asking = Asks(Get("/"));
  Heard();
  Says(absl::StrCat(kHead, "3\r\na"));
  EXPECT_THAT(FailureOf(asking), StatusIs(kLate, "took too long to arrive"));
}

// --- Servers that talk nonsense ---------------------------------------------

struct Nonsense {
  absl::string_view text;
  absl::StatusCode code;
  const char* part_of_message;
};

const Nonsense kNonsense[] = {
    {"SSH-2.0-OpenSSH_9.2\r\n", kDataLoss, "does not begin with an HTTP"},
    {"\x15\x03\x01\x02\x02", kDataLoss, "a control character"},
    {"<html>\n", kDataLoss, "does not end with CR and LF"},
    {"HTTP/2.0 200 OK\r\n", kDataLoss, "not in HTTP/1.0 or HTTP/1.1"},
    {"HTTP/1.1 200 OK\r\nA : b\r\n", kDataLoss, "space before the colon"},
    {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n",
     kDataLoss, "more than one Content-Length"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", kDataLoss,
     "must be chunked"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n+3\r\nabc\r\n",
     kInvalid, "read the body"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab", kInvalid,
     "read the body"},
};

TEST_P(ClientNonsense, IsAnErrorAtOnceThatSaysWhatIsWrong) {
  for (const Nonsense& nonsense : kNonsense) {
    SCOPED_TRACE(nonsense.text);
    Begin();
    auto asking = Asks(Get("/"));
    Heard();
    Says(std::string(nonsense.text));
    EXPECT_TRUE(asking.ended());
    EXPECT_THAT(FailureOf(asking),
                StatusIs(nonsense.code, nonsense.part_of_message));
    EXPECT_FALSE(connection_->reusable());
  }
}

TEST_P(ClientNonsense, HasALimitInTheHead) {
  Begin();
  auto asking = Asks(Get("/"));
  Heard();
  Says(absl::StrCat("HTTP/1.1 200 OK\r\nA: ", std::string(20000, 'a')));
  EXPECT_THAT(FailureOf(asking), StatusIs(kDataLoss, "headers are too long"));
}

TEST_P(ClientNonsense, HasALimitInTheBody) {
  options_.body.max_bytes = 4;
  for (const std::string& answer :
       {Ok("12345"), absl::StrCat(kHead, "5\r\n"),
        std::string("HTTP/1.1 200 \r\n\r\n12345")}) {
    Begin();
    auto asking = Asks(Get("/"));
    Heard();
    Says(answer);
    EXPECT_THAT(FailureOf(asking), StatusIs(kExhausted, "longer than is"))
        << answer;
  }
  Begin();
  EXPECT_EQ(Exchange(Get("/"), Ok("1234")), "200 1234");
}

// --- Cancelled --------------------------------------------------------------

// At each moment of an exchange in which everything takes a while.
TEST_P(ClientCancelled, AtAnyMomentLeavesNothingBehind) {
  for (absl::Duration after; after < absl::Milliseconds(900);
       after += absl::Milliseconds(50)) {
    SCOPED_TRACE(after);
    Begin();
    auto asking = Start(client_.loop(), [&]() {
      return WithTimeout(after, connection_->Ask(Post("/", Pattern(1000))));
    });
    Heard();
    for (const absl::string_view part : {kHead.substr(0, 20), kHead.substr(20),
                                         kBody.substr(0, 4), kBody.substr(4)}) {
      world_.Pass(absl::Milliseconds(100));
      EXPECT_THAT(FarWrites(std::string(part)), IsOk());
    }
    const absl::Status end = EndOf(asking).status();
    if (!end.ok()) EXPECT_THAT(end, StatusIs(kLate));
    EXPECT_EQ(connection_->reusable(), end.ok());
  }
}

INSTANTIATE_ON_FAKE_BACKENDS(ClientEarlyEnd);
INSTANTIATE_ON_FAKE_BACKENDS(ClientSlowServer);
INSTANTIATE_ON_FAKE_BACKENDS(ClientNonsense);
INSTANTIATE_ON_FAKE_BACKENDS(ClientCancelled);
INSTANTIATE_ON_FAKE_BACKENDS(ClientFailure);

}  // namespace
}  // namespace cloche
