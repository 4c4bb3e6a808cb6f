// ClientConnection and the bodies of its requests: written in parts, asked
// about first, refused before they are sent.

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cloche/http/body_writer.h"
#include "cloche/http/client_test.h"
#include "cloche/tasks/sleep.h"

namespace cloche {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

using ClientBody = ClientTest;
using ClientExpects = ClientTest;
using ClientAnsweredEarly = ClientTest;

ClientRequest Streamed(std::function<Task<>(BodyWriter&)> stream) {
  ClientRequest request = Post("/", "");
  request.stream = std::move(stream);
  return request;
}

// Writes without end, while it is let.
Task<> WriteTooMuch(BodyWriter& body) {
  const std::string part(10000, 'x');
  while (true) co_await Try(body.Write(part));
}

// --- In parts ---------------------------------------------------------------

TEST_P(ClientBody, GoesInChunksAsItIsWritten) {
  Begin();
  auto asking = Asks(Streamed([](BodyWriter& body) -> Task<> {
    co_await Try(body.Write("abc"));
    co_await Try(Sleep(absl::Seconds(1)));
    co_await Try(body.Write("de"));
    co_return body.SetTrailer("Sum", "5");
  }));
  EXPECT_EQ(Heard(),
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
            "3\r\nabc\r\n");
  world_.Pass(absl::Seconds(1));
  EXPECT_EQ(Heard(), "2\r\nde\r\n0\r\nSum: 5\r\n\r\n");
  Says(Ok("thanks"));
  EXPECT_EQ(OutcomeOf(asking), "200 thanks");
  EXPECT_TRUE(connection_->reusable());
}

TEST_P(ClientBody, GoesAsItIsIfItsLengthIsKnown) {
  Begin();
  ClientRequest request = Streamed([](BodyWriter& body) -> Task<> {
    co_await Try(body.Write("abc"));
    co_return co_await body.Write("de");
  });
  request.content_length = 5;
  auto asking = Asks(std::move(request));
  EXPECT_THAT(Heard(), EndsWith("\r\nContent-Length: 5\r\n\r\nabcde"));
  Says(Ok(""));
  EXPECT_EQ(OutcomeOf(asking), "200 ");
}

TEST_P(ClientBody, MustBeAsLongAsWasSaid) {
  for (const uint64_t said : {2, 4}) {
    Begin();
    ClientRequest request =
        Streamed([](BodyWriter& body) { return body.Write("abc"); });
    request.content_length = said;
    EXPECT_THAT(FailureOf(Asks(std::move(request))),
                StatusIs(kPrecondition, "content_length says"));
    EXPECT_FALSE(connection_->reusable());
  }
}

TEST_P(ClientBody, EndsTheRequestWithTheErrorOfItsWriter) {
  Begin();
  auto asking = Asks(Streamed([](BodyWriter& body) -> Task<> {
    co_await Try(body.Write("abc"));
    co_return absl::InternalError("the file is gone");
  }));
  EXPECT_THAT(FailureOf(asking),
              StatusIs(absl::StatusCode::kInternal, "the file is gone"));
  EXPECT_FALSE(connection_->reusable());
}

// What comes back is read while the rest goes out: else both would wait.
TEST_P(ClientBody, OfAnySizeMayComeBackAsItGoes) {
  Begin();
  const std::string much = Pattern(kTooMuch);
  auto echo = Start(server_.loop(), [&]() -> Task<> {
    std::string heard;
    while (!absl::StrContains(heard, "\r\n\r\n")) {
      heard += co_await Try(ReadOnce(*far_, 1));
    }
    co_await Try(far_->Write("HTTP/1.1 200 OK\r\n\r\n"));
    for (size_t size = 0; size < much.size();) {
      const std::string part = co_await Try(ReadOnce(*far_, 10000));
      co_await Try(far_->Write(part));
      size += part.size();
    }
    co_return co_await far_->ShutdownWrite();
  });
  const auto response = EndOf(Asks(Post("/", much)));
  ASSERT_THAT(response.status(), IsOk());
  EXPECT_TRUE(response->body == much);
  EXPECT_THAT(world_.Run(server_, echo.Join()), IsOk());
}

TEST_P(ClientBody, IsGivenUpIfTheServerDoesNotRead) {
  Begin();
  auto asking = Asks(Streamed(WriteTooMuch));
  EXPECT_THAT(FailureOf(asking), StatusIs(kLate));
  EXPECT_FALSE(connection_->reusable());
}

// --- Answered before it is over ---------------------------------------------

TEST_P(ClientAnsweredEarly, GivesTheAnswerAndSendsNoMore) {
  Begin();
  auto asking = Asks(Streamed(WriteTooMuch));
  Heard();
  Says(
      "HTTP/1.1 413 \r\nConnection: close\r\nContent-Length: 8\r\n\r\ntoo "
      "much");
  EXPECT_EQ(OutcomeOf(asking), "413 too much");
  EXPECT_FALSE(connection_->reusable());
}

// The server has answered, and closes without having read it all.
TEST_P(ClientAnsweredEarly, GivesTheAnswerThoughTheRequestCouldNotBeSent) {
  Begin();
  auto asking = Asks(Streamed([](BodyWriter& body) -> Task<> {
    co_await Try(Sleep(absl::Seconds(1)));
    co_return co_await WriteTooMuch(body);
  }));
  EXPECT_THAT(FarWrites("HTTP/1.1 200 \r\nContent-Length: 3\r\n\r\none"),
              IsOk());
  far_->Close();
  EXPECT_EQ(OutcomeOf(asking), "200 one");
  EXPECT_FALSE(connection_->reusable());
}

// --- Asked about first (RFC 9110 section 10.1.1) ----------------------------

ClientRequest Expecting() {
  ClientRequest request = Post("/", "body");
  request.expect_continue = true;
  return request;
}

TEST_P(ClientExpects, ToBeToldBeforeItSendsTheBody) {
  Begin();
  auto asking = Asks(Expecting());
  EXPECT_THAT(Heard(), EndsWith("\r\nExpect: 100-continue\r\n\r\n"));
  Says("HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(Heard(), "body");
  Says(Ok("thanks"));
  EXPECT_EQ(OutcomeOf(asking), "200 thanks");
  EXPECT_TRUE(connection_->reusable());
}

TEST_P(ClientExpects, NoAnswerForEver) {
  options_.continue_timeout = absl::Seconds(5);
  Begin();
  auto asking = Asks(Expecting());
  EXPECT_THAT(Heard(), Not(HasSubstr("body")));
  world_.Pass(absl::Seconds(5));
  EXPECT_EQ(Heard(), "body");
  Says(Ok("thanks"));
  EXPECT_EQ(OutcomeOf(asking), "200 thanks");
}

TEST_P(ClientExpects, ThatARefusalSparesTheBody) {
  Begin();
  auto asking = Asks(Expecting());
  Heard();
  Says("HTTP/1.1 417 \r\nContent-Length: 2\r\n\r\nno");
  EXPECT_EQ(OutcomeOf(asking), "417 no");
  EXPECT_FALSE(connection_->reusable());
  near_->Close();
  EXPECT_EQ(Heard(), "");
}

INSTANTIATE_ON_FAKE_BACKENDS(ClientBody);
INSTANTIATE_ON_FAKE_BACKENDS(ClientExpects);
INSTANTIATE_ON_FAKE_BACKENDS(ClientAnsweredEarly);

}  // namespace
}  // namespace cloche
