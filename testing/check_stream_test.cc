#include "cloche/testing/check_stream.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "cloche/net/byte_stream.h"
#include "cloche/testing/memory_stream.h"
#include "cloche/testing/test_loop.h"
#include "gmock/gmock.h"
#include "gtest/gtest-spi.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

StreamMaker Memory(size_t capacity) {
  return [capacity]() -> Task<StreamPair> {
    co_return NewMemoryStreams(capacity);
  };
}

TEST(CheckStream, MemoryStreamsPass) {
  TestLoop loop;
  CheckStream(loop.loop(), Memory(65536));
}

TEST(CheckStream, MemoryStreamsWithRoomForOneBytePass) {
  TestLoop loop;
  CheckStream(loop.loop(), Memory(1));
}

TEST(CheckStream, LockStepStreamsPass) {
  TestLoop loop;
  CheckStream(loop.loop(), Memory(0));
}

// --- Streams with one fault each --------------------------------------------

// Passes everything on to a good stream; tests change one thing of it.
class WrappedStream : public ByteStream {
 public:
  explicit WrappedStream(std::unique_ptr<ByteStream> inner)
      : inner_(std::move(inner)) {}

  absl::StatusOr<std::optional<size_t>> ReadNow(
      absl::Span<char> room) override {
    return inner_->ReadNow(room);
  }
  absl::StatusOr<size_t> WriteNow(absl::string_view bytes) override {
    return inner_->WriteNow(bytes);
  }
  void Close() override { inner_->Close(); }
  void Abort() override { inner_->Abort(); }
  std::string Description() const override { return inner_->Description(); }
  bool StartRead(StreamOperation& operation) override {
    return inner_->StartRead(operation);
  }
  bool StartWrite(StreamOperation& operation) override {
    return inner_->StartWrite(operation);
  }
  bool StartShutdownWrite(StreamOperation& operation) override {
    return inner_->StartShutdownWrite(operation);
  }
  int WaitableDescriptor() const override {
    return inner_->WaitableDescriptor();
  }
  void Cancel(StreamOperation& operation) override {
    inner_->Cancel(operation);
  }
  void OnHandedBack(StreamOperation& operation) override {
    inner_->OnHandedBack(operation);
  }

 protected:
  std::unique_ptr<ByteStream> inner_;
};

// What CheckStream says against a pair of these.
template <typename Stream>
std::string Complaints() {
  ::testing::TestPartResultArray caught;
  {
    const ::testing::ScopedFakeTestPartResultReporter reporter(
        ::testing::ScopedFakeTestPartResultReporter::
            INTERCEPT_ONLY_CURRENT_THREAD,
        &caught);
    TestLoop loop;
    CheckStream(loop.loop(), []() -> Task<StreamPair> {
      StreamPair pair = NewMemoryStreams();
      co_return StreamPair{std::make_unique<Stream>(std::move(pair.near)),
                           std::make_unique<Stream>(std::move(pair.far))};
    });
  }
  std::string text;
  for (int i = 0; i < caught.size(); ++i) {
    text += caught.GetTestPartResult(i).message();
  }
  return text;
}

TEST(CheckStream, AStreamThatOnlyPassesOnPasses) {
  EXPECT_EQ(Complaints<WrappedStream>(), "");
}

TEST(CheckStream, AShutdownThatDoesNothingIsFound) {
  class Deaf final : public WrappedStream {
   public:
    using WrappedStream::WrappedStream;
    bool StartShutdownWrite(StreamOperation&) override { return true; }
  };
  const std::string complaints = Complaints<Deaf>();
  EXPECT_THAT(complaints, HasSubstr("ShutdownWrite the peer reads the rest"));
  EXPECT_THAT(complaints, HasSubstr("is idempotent, and ends writing"));
  EXPECT_THAT(complaints, Not(HasSubstr("the promise: bytes arrive")));
}

TEST(CheckStream, AnAbortThatOnlyClosesIsFound) {
  class Polite final : public WrappedStream {
   public:
    using WrappedStream::WrappedStream;
    void Abort() override { inner_->Close(); }
  };
  EXPECT_THAT(Complaints<Polite>(),
              HasSubstr("the promise: an Abort is seen by the peer"));
}

TEST(CheckStream, BytesThatAreLostAreFound) {
  class Lossy final : public WrappedStream {
   public:
    using WrappedStream::WrappedStream;
    bool StartWrite(StreamOperation& operation) override {
      operation.transferred = operation.wanted();
      return true;
    }
  };
  EXPECT_THAT(Complaints<Lossy>(),
              HasSubstr("the promise: bytes arrive in order, and once"));
}

TEST(CheckStream, AWriterWithoutBoundIsFound) {
  class Greedy final : public WrappedStream {
   public:
    using WrappedStream::WrappedStream;
    absl::StatusOr<size_t> WriteNow(absl::string_view bytes) override {
      return bytes.size();
    }
  };
  EXPECT_THAT(Complaints<Greedy>(), HasSubstr("bytes that nobody reads"));
}

TEST(CheckStream, AWaitForWhatIsThereAlreadyIsFound) {
  class Patient final : public WrappedStream {
   public:
    using WrappedStream::WrappedStream;
    int WaitableDescriptor() const override { return 99; }
  };
  EXPECT_THAT(Complaints<Patient>(),
              HasSubstr("WaitReadable is over when there is something"));
}

TEST(CheckStream, ASecondWriteThatIsForgottenIsFound) {
  class Generous final : public WrappedStream {
   public:
    using WrappedStream::WrappedStream;
    bool StartWrite(StreamOperation& operation) override {
      const bool over = inner_->StartWrite(operation);
      if (absl::IsFailedPrecondition(operation.status)) {
        operation.status = absl::OkStatus();
      }
      return over;
    }
  };
  EXPECT_THAT(Complaints<Generous>(), HasSubstr("a second write is refused"));
}

TEST(CheckStream, ACancelledWriteThatDoesNotCountIsFound) {
  class Silent final : public WrappedStream {
   public:
    using WrappedStream::WrappedStream;
    void Cancel(StreamOperation& operation) override {
      operation.Finish(operation.task->CancellationStatus());
    }
  };
  EXPECT_THAT(Complaints<Silent>(),
              HasSubstr("the promise: a cancelled write says how many"));
}

TEST(CheckStream, ACloseThatDoesNothingIsFound) {
  class Stubborn final : public WrappedStream {
   public:
    using WrappedStream::WrappedStream;
    void Close() override {}
  };
  const std::string complaints = Complaints<Stubborn>();
  EXPECT_THAT(complaints, HasSubstr("Close ends the read in flight"));
  EXPECT_THAT(complaints, HasSubstr("Close ends the write in flight"));
  EXPECT_THAT(complaints, HasSubstr("after Close everything is refused"));
}

TEST(CheckStream, ACloseThatHidesWhatNobodyReadIsFound) {
  class Tidy final : public WrappedStream {
   public:
    using WrappedStream::WrappedStream;
    void Close() override {
      char room[100];
      (void)inner_->ReadNow(absl::MakeSpan(room));
      inner_->Close();
    }
  };
  EXPECT_THAT(Complaints<Tidy>(),
              HasSubstr("the promise: a Close with bytes unread is a reset"));
}

TEST(CheckStream, AShutdownThatFailsAfterAResetIsFound) {
  class Touchy final : public WrappedStream {
   public:
    using WrappedStream::WrappedStream;
    bool StartShutdownWrite(StreamOperation& operation) override {
      const bool over = inner_->StartShutdownWrite(operation);
      const absl::Status broken = inner_->ReadNow({}).status();
      if (over && absl::IsUnavailable(broken)) operation.status = broken;
      return over;
    }
  };
  EXPECT_THAT(Complaints<Touchy>(),
              HasSubstr("the promise: ShutdownWrite is OK after a reset"));
}

TEST(CheckStream, AnEndThatIsThereOnceOnlyIsFound) {
  class Forgetful final : public WrappedStream {
   public:
    using WrappedStream::WrappedStream;
    absl::StatusOr<std::optional<size_t>> ReadNow(
        absl::Span<char> room) override {
      const auto read = inner_->ReadNow(room);
      if (read.ok() && *read == 0u && !room.empty()) return std::nullopt;
      return read;
    }
  };
  EXPECT_THAT(Complaints<Forgetful>(),
              HasSubstr("the promise: the end is there as often as"));
}

// It lives on somewhere else.
TEST(CheckStream, ADestructionThatThePeerDoesNotSeeIsFound) {
  static std::vector<std::unique_ptr<ByteStream>> kept;
  class Undead final : public WrappedStream {
   public:
    explicit Undead(std::unique_ptr<ByteStream> inner)
        : WrappedStream(std::move(inner)) {}
    ~Undead() override {
      // What is in flight has to end: it knows this stream.
      if (reads_ == 0) kept.push_back(std::move(inner_));
    }
    bool StartRead(StreamOperation& operation) override {
      const bool over = inner_->StartRead(operation);
      reads_ += over ? 0 : 1;
      return over;
    }

   private:
    int reads_ = 0;
  };
  EXPECT_THAT(Complaints<Undead>(),
              HasSubstr("the promise: destruction is seen by the peer"));
  kept.clear();
}

}  // namespace
}  // namespace cloche
