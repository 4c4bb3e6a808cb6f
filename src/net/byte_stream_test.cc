// ByteStream: what its operations are called in a task dump, and what they owe
// to streams of any kind, those without a kernel below included.

#include "cloche/net/byte_stream.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "cloche/net/stream_operation.h"
#include "cloche/net/tcp_stream_test.h"

namespace cloche {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

using ByteStreamDump = TcpStreamTest;
using ByteStreamOperations = TcpStreamTest;

// --- In a task dump ---------------------------------------------------------

TEST_P(ByteStreamDump, SaysWhatAReadWaitsFor) {
  Connect();
  auto read = Reads();
  world_.Pass(kWhile);
  EXPECT_THAT(DumpTasks(client_.loop()),
              ContainsRegex("reads from TCP 10.0.0.1:7000 \\(fd .+\\), "
                            "until data or end of stream arrives"));
}

TEST_P(ByteStreamDump, SaysHowMuchOfAWriteIsLeft) {
  Connect();
  auto write = Writes(Pattern(kTooMuch));
  world_.Pass(kWhile);
  EXPECT_THAT(
      DumpTasks(client_.loop()),
      AllOf(ContainsRegex("writes to TCP 10.0.0.1:7000 \\(fd .+\\), until "
                          "the peer has read enough of the .+ bytes left"),
            Not(HasSubstr("the 1000000 bytes"))));
}

TEST_P(ByteStreamDump, SaysWhatAShutdownWaitsFor) {
  Connect();
  auto write = Writes(Pattern(kTooMuch));
  auto shutdown = ShutsDown();
  world_.Pass(kWhile);
  EXPECT_THAT(DumpTasks(client_.loop()),
              ContainsRegex("shuts down TCP 10.0.0.1:7000 \\(fd .+\\), "
                            "when the write in flight has finished"));
}

TEST_P(ByteStreamDump, SaysThatAStreamIsClosed) {
  Connect();
  auto read = Reads();
  world_.Pass(kWhile);
  near_->Close();
  EXPECT_THAT(DumpTasks(client_.loop()),
              HasSubstr("reads from TCP 10.0.0.1:7000 (closed)"));
  EXPECT_THAT(EndOf(read),
              StatusIs(kAborted, "read from TCP 10.0.0.1:7000 (closed)"));
}

TEST_P(ByteStreamDump, SaysThatAStreamIsGone) {
  Connect();
  auto read = Reads();
  world_.Pass(kWhile);
  near_.reset();
  EXPECT_THAT(DumpTasks(client_.loop()),
              HasSubstr("reads from a stream that is gone"));
}

// --- Over any stream --------------------------------------------------------

// Keeps an operation until it is told what became of it.
class HeldStream final : public ByteStream {
 public:
  void Close() override {}
  void Abort() override {}
  std::string Description() const override { return "a held stream"; }

  bool StartRead(StreamOperation& operation) override {
    return Hold(operation);
  }
  bool StartWrite(StreamOperation& operation) override {
    return Hold(operation);
  }
  bool StartShutdownWrite(StreamOperation& operation) override {
    return Hold(operation);
  }
  int WaitableDescriptor() const override { return -1; }
  absl::StatusOr<std::optional<size_t>> ReadNow(absl::Span<char>) override {
    return std::nullopt;
  }
  absl::StatusOr<size_t> WriteNow(absl::string_view) override { return 0; }
  void Cancel(StreamOperation& operation) override {
    EXPECT_TRUE(operation.cancel_requested);
    operation.Finish(operation.task->CancellationStatus());
  }
  void OnHandedBack(StreamOperation&) override { ADD_FAILURE(); }

  // The operation that waits, or null.
  StreamOperation* held() { return held_.Front(); }
  // From now on everything is over as soon as it starts, with this status.
  void EndAtOnce(absl::Status status) { at_once_ = std::move(status); }

 private:
  bool Hold(StreamOperation& operation) {
    if (at_once_.has_value()) {
      operation.status = *at_once_;
      operation.transferred = operation.wanted();
      return true;
    }
    held_.PushBack(operation);
    return false;
  }

  std::optional<absl::Status> at_once_;
  StreamOperationList held_;
};

TEST_P(ByteStreamOperations, MayBeOverAsSoonAsTheyStart) {
  HeldStream stream;
  stream.EndAtOnce(absl::OkStatus());
  EXPECT_THAT(world_.Run(client_, WriteAll(stream, "hello")), IsOk());
  EXPECT_THAT(world_.Run(client_, ReadOnce(stream, 3)),
              IsOkAndHolds(std::string(3, '\0')));
  stream.EndAtOnce(absl::DataLossError("broken"));
  EXPECT_THAT(world_.Run(client_, ShutDownWriting(stream)),
              StatusIs(absl::StatusCode::kDataLoss, "broken"));
}

TEST_P(ByteStreamOperations, GiveWhatTheStreamFilledIn) {
  HeldStream stream;
  auto read = Start(client_.loop(), [&] { return ReadOnce(stream); });
  world_.Pass(kWhile);
  StreamOperation& operation = *stream.held();
  ASSERT_EQ(operation.wanted(), 100u);
  operation.start()[0] = 'x';
  operation.transferred = 1;
  operation.Finish(absl::OkStatus());
  EXPECT_THAT(EndOf(read), IsOkAndHolds("x"));
}

TEST_P(ByteStreamOperations, TellTheStreamThatTheyAreCancelled) {
  HeldStream stream;
  auto read = Start(client_.loop(), [&] { return ReadOnce(stream); });
  world_.Pass(kWhile);
  read.Cancel();
  EXPECT_THAT(EndOf(read), StatusIs(kCancelled));
}

TEST_P(ByteStreamOperations, LeaveTheirStreamWhenTheLoopEnds) {
  HeldStream stream;
  auto write = Start(client_.loop(), WriteAll, std::ref(stream), "hello");
  world_.Pass(kWhile);
  client_.Kill();
  EXPECT_EQ(stream.held(), nullptr);
}

INSTANTIATE_ON_FAKE_BACKENDS(ByteStreamDump);
INSTANTIATE_ON_FAKE_BACKENDS(ByteStreamOperations);

}  // namespace
}  // namespace cloche
