#include "cloche/testing/check_stream.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
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
  const std::unique_ptr<ByteStream> inner_;
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

}  // namespace
}  // namespace cloche
