// HttpServer and a client that always has more: whatever it sends without end,
// its connection has its share of a turn of the loop, and then others have
// theirs.
//
// No kernel can be made to always have more; the stream of these tests does.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/http/http_server.h"
#include "cloche/http/http_test.h"
#include "cloche/net/byte_stream.h"
#include "cloche/tasks/running_task.h"
#include "cloche/tasks/sleep.h"
#include "cloche/testing/test_loop.h"

namespace cloche {
namespace {

// Gives its first bytes once and then `again` for ever; takes all that is
// written. So that a test fails and does not hang, "for ever" has an end.
class EndlessStream final : public ByteStream {
 public:
  EndlessStream(std::string first, std::string again)
      : ahead_(std::move(first)), again_(std::move(again)) {}

  int reads() const { return reads_; }

  void Close() override {}
  void Abort() override {}
  std::string Description() const override { return "an endless stream"; }
  int WaitableDescriptor() const override { return -1; }

  absl::StatusOr<std::optional<size_t>> ReadNow(
      absl::Span<char> room) override {
    if (++reads_ > kMostReads) return 0;
    while (ahead_.size() < room.size()) ahead_ += again_;
    std::copy_n(ahead_.begin(), room.size(), room.begin());
    ahead_.erase(0, room.size());
    return room.size();
  }
  absl::StatusOr<size_t> WriteNow(absl::string_view bytes) override {
    return bytes.size();
  }
  bool StartRead(StreamOperation& operation) override {
    operation.transferred =
        *ReadNow(absl::MakeSpan(operation.start(), operation.wanted())).value();
    return true;
  }
  bool StartWrite(StreamOperation& operation) override {
    operation.transferred = operation.wanted();
    return true;
  }
  bool StartShutdownWrite(StreamOperation&) override { return true; }
  void Cancel(StreamOperation&) override {}
  void OnHandedBack(StreamOperation&) override {}

 private:
  static constexpr int kMostReads = 10000;

  std::string ahead_;
  const std::string again_;
  int reads_ = 0;
};

// How many turns each test looks at.
constexpr int kTurns = 20;

constexpr uint64_t kManyBytes = 1'000'000'000'000;

class HttpFairness : public ::testing::Test {
 protected:
  // Serves the stream for kTurns, beside a task that counts its own.
  void ServeForAFewTurns(ByteStream& stream) {
    http_.emplace(handler_, options_);
    serving_ =
        Start(loop_.loop(), [&]() -> Task<> { return http_->Serve(stream); });
    Start(loop_.loop(), [this] { return CountTurns(); });
    loop_.RunTurns(kTurns);
    EXPECT_EQ(others_turns_, kTurns);
    ended_ = serving_->ended();
    loop_.Destroy();
  }

  Task<> CountTurns() {
    while (true) {
      ++others_turns_;
      co_await Try(Yield());
    }
  }

  Handler handler_ = [this](const Request& request) -> Task<Response> {
    ++requests_;
    co_return co_await SayTarget(request);
  };
  HttpOptions options_;
  std::optional<HttpServer> http_;
  std::optional<TaskHandle<>> serving_;
  bool ended_ = false;
  int requests_ = 0;
  int others_turns_ = 0;
  TestLoop loop_;
};

TEST_F(HttpFairness, APipelineHasAtMostATurnsBudgetOfAnswersInATurn) {
  EndlessStream stream("", Get("/a"));
  ServeForAFewTurns(stream);
  EXPECT_FALSE(ended_);
  EXPECT_GE(requests_, kTurns);
  EXPECT_LE(requests_, kTurns * kTurnBudget);
}

// They are the beginning of a head, and no head may be so long.
TEST_F(HttpFairness, EmptyLinesWithoutEndAreRefusedAtOnce) {
  EndlessStream stream("", "\r\n");
  ServeForAFewTurns(stream);
  EXPECT_TRUE(ended_);
  EXPECT_LE(stream.reads(), kTurnBudget);
}

TEST_F(HttpFairness, ABodyHasAtMostATurnsBudgetOfReadsInATurn) {
  options_.max_body_bytes = kManyBytes;
  handler_ = [](const Request& request) -> Task<Response> {
    std::string room(1000, ' ');
    while (co_await Try(request.body->Read(absl::MakeSpan(room))) > 0) {
    }
    co_return TextResponse(200, "");
  };
  EndlessStream stream(absl::StrCat("POST / HTTP/1.1\r\nHost: h\r\n",
                                    "Content-Length: ", kManyBytes, "\r\n\r\n"),
                       "some content");
  ServeForAFewTurns(stream);
  EXPECT_FALSE(ended_);
  EXPECT_LE(stream.reads(), kTurns * kTurnBudget);
}

TEST_F(HttpFairness, AnEchoHasAtMostATurnsBudgetOfReadsInATurn) {
  options_.max_body_bytes = kManyBytes;
  handler_ = Echo;
  EndlessStream stream(absl::StrCat("POST / HTTP/1.1\r\nHost: h\r\n",
                                    "Content-Length: ", kManyBytes, "\r\n\r\n"),
                       "some content");
  ServeForAFewTurns(stream);
  EXPECT_FALSE(ended_);
  EXPECT_LE(stream.reads(), kTurns * kTurnBudget);
}

}  // namespace
}  // namespace cloche
