// ReadySocket over every backend of the fake kernel: those where a poller says
// who is ready, and those where the kernel says what is done.

#include "cloche/docs/examples/readiness_on_completions.h"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/backend/backends.h"
#include "cloche/base/errors.h"
#include "cloche/net/endpoint.h"
#include "cloche/testing/backend_kinds.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/stream_tasks.h"
#include "cloche/testing/test_world.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::AnyOf;

// A connection on one host: the ReadySocket has one end, and the test does with
// the other what a peer would do.
class ReadySocketTest : public ::testing::Test {
 protected:
  explicit ReadySocketTest(BackendKind backend) : world_(/*seed=*/1, backend) {
    const SocketAddress where = Endpoint::Loopback(7000).address();
    const int listener = NewTcp();
    EXPECT_EQ(calls_.Bind(listener, where), 0);
    EXPECT_EQ(calls_.Listen(listener, /*backlog=*/1), 0);
    fd_ = NewTcp();
    EXPECT_EQ(calls_.Connect(fd_, where), -EINPROGRESS);
    peer_ = calls_.Accept4(listener, nullptr);
    EXPECT_EQ(calls_.Close(listener), 0);
  }
  void TearDown() override {
    socket_->Abort();
    Settle();
    EXPECT_TRUE(socket_->closed());
    socket_.reset();
    if (peer_ >= 0) calls_.Close(peer_);
  }

  void Open(ReadySocketOptions options) {
    socket_ = std::make_unique<ReadySocket>(host_.loop(), fd_, options,
                                            [this] { ++news_; });
  }

  // Turns of the loop, until they bring nothing more.
  void Settle() {
    for (int quiet = 0; quiet < 3; ++quiet) {
      const uint64_t before = host_.loop().progress();
      ASSERT_THAT(host_.loop().RunOnce(absl::InfinitePast()), IsOk());
      if (host_.loop().progress() != before) quiet = 0;
    }
  }

  // From here on every write has to wait. How many bytes it took.
  size_t FillKernel() {
    size_t total = 0;
    int64_t size;
    while ((size = calls_.Send(fd_, sink_, 0)) > 0) total += size;
    return total;
  }
  // Small writes, until it says no. How many it took.
  size_t FillSocket() {
    size_t taken = 0;
    while (taken < 100 && socket_->Send("x") == 1) ++taken;
    return taken;
  }
  // What the peer gets until nothing more comes.
  std::string PeerReads() {
    std::string all;
    for (int64_t size = 1; size > 0;) {
      size = calls_.Recv(peer_, absl::MakeSpan(sink_), 0);
      if (size > 0) all.append(sink_.data(), size);
      Settle();
    }
    return all;
  }
  // What the peer hears of what is said, in many writes, over a kernel that
  // takes a part of them now and the rest later.
  std::string HeardOf(absl::string_view said) {
    const size_t size = said.size();
    std::string heard;
    for (int turns = 0; turns < 1000 && heard.size() < size; ++turns) {
      while (!said.empty() && socket_->writable()) {
        said.remove_prefix(socket_->Send(said));
      }
      heard += PeerReads();
    }
    return heard;
  }
  bool PeerIsAtTheEnd() {
    return calls_.Recv(peer_, absl::MakeSpan(sink_), 0) == 0;
  }
  void PeerSends(absl::string_view bytes) {
    EXPECT_EQ(calls_.Send(peer_, bytes, 0), static_cast<int64_t>(bytes.size()));
  }
  void PeerResets() {
    EXPECT_EQ(calls_.SetSockOpt(peer_, SocketOption::kLinger, 0), 0);
    EXPECT_EQ(calls_.Close(std::exchange(peer_, -1)), 0);
  }

  // "hello", "end", "EAGAIN": one Recv.
  std::string Recv(size_t most = 100) {
    std::string room(most, '\0');
    const int64_t size = socket_->Recv(absl::MakeSpan(room.data(), most));
    if (size < 0) return ErrnoName(static_cast<int>(size));
    return size == 0 ? "end" : room.substr(0, size);
  }

  bool IsOpen() { return host_.kernel().descriptors().Find(fd_) != nullptr; }

  TestWorld world_;
  TestHost& host_ = world_.AddHost("host");
  SocketCalls& calls_ = host_.kernel().sockets();
  int fd_ = -1;
  int peer_ = -1;
  int news_ = 0;  // How often it has called.
  std::unique_ptr<ReadySocket> socket_;

 private:
  int NewTcp() {
    return calls_.Socket(AddressFamily::kIpv4, SocketType::kStream);
  }

  std::string sink_ = std::string(100'000, 'f');
};

// --- Writing ----------------------------------------------------------------

class ReadySocketWriting : public ReadySocketTest,
                           public ::testing::WithParamInterface<BackendKind> {
 protected:
  ReadySocketWriting() : ReadySocketTest(GetParam()) {}
};
INSTANTIATE_ON_FAKE_BACKENDS(ReadySocketWriting);

TEST_P(ReadySocketWriting, IsWritableFromTheBeginning) {
  Open({});
  EXPECT_TRUE(socket_->writable());
}

TEST_P(ReadySocketWriting, IsUnwritableWithAsManyWritesPendingAsItMayHave) {
  FillKernel();
  Open({.most_pending = 3});
  FillSocket();
  EXPECT_EQ(socket_->pending(), 3u);
  EXPECT_FALSE(socket_->writable());
}

TEST_P(ReadySocketWriting, StaysUnwritableWhileThePeerReadsNothing) {
  FillKernel();
  Open({});
  FillSocket();
  Settle();
  EXPECT_EQ(socket_->Send("x"), -EAGAIN);
}

TEST_P(ReadySocketWriting, IsWritableAgainWhenAPendingWriteHasEnded) {
  FillKernel();
  Open({});
  FillSocket();
  Settle();
  PeerReads();
  EXPECT_TRUE(socket_->writable());
}

TEST_P(ReadySocketWriting, SaysThatItIsWritableAgain) {
  FillKernel();
  Open({});
  FillSocket();
  Settle();
  news_ = 0;
  PeerReads();
  EXPECT_GT(news_, 0);
}

TEST_P(ReadySocketWriting, TakesNoMoreBytesAtOnceThanItMayHold) {
  Open({.most_bytes = 4});
  EXPECT_EQ(socket_->Send("hello"), 4);
}

TEST_P(ReadySocketWriting, KeepsTheOrderOfTheBytesThatItJoins) {
  Open({.most_pending = 5, .most_bytes = 7777});
  const std::string said = Pattern(1'000'000);
  EXPECT_EQ(HeardOf(said), said);
}

TEST_P(ReadySocketWriting, KeepsTheOrderOfTheBytesOfSingleWrites) {
  Open({.most_pending = 5, .most_bytes = 7777, .joins = false});
  const std::string said = Pattern(1'000'000);
  EXPECT_EQ(HeardOf(said), said);
}

TEST_P(ReadySocketWriting, TellsTheErrorOfAPendingWriteAtTheNext) {
  FillKernel();
  Open({});
  FillSocket();
  Settle();
  PeerResets();
  Settle();
  EXPECT_TRUE(socket_->writable());
  EXPECT_THAT(socket_->Send("x"), AnyOf(-ECONNRESET, -EPIPE));
}

// Something is missing from the stream, so nothing may follow.
TEST_P(ReadySocketWriting, TellsTheErrorOfAWriteForGood) {
  FillKernel();
  Open({});
  FillSocket();
  Settle();
  PeerResets();
  Settle();
  const int64_t error = socket_->Send("x");
  EXPECT_EQ(socket_->Send("x"), error);
}

// --- Closing ----------------------------------------------------------------

TEST_P(ReadySocketWriting, IsClosedOnlyWhenAllIsHandedBack) {
  FillKernel();
  Open({});
  FillSocket();
  Settle();
  socket_->Abort();
  EXPECT_TRUE(IsOpen());  // The kernel may still look at our buffers.
  EXPECT_FALSE(socket_->closed());
  Settle();
  EXPECT_FALSE(IsOpen());
  EXPECT_TRUE(socket_->closed());
}

TEST_P(ReadySocketWriting, SaysWhenItIsClosed) {
  Open({});
  Settle();
  news_ = 0;
  socket_->Close();
  Settle();
  EXPECT_GT(news_, 0);
}

TEST_P(ReadySocketWriting, SendsWhatItTookBeforeItCloses) {
  const size_t before = FillKernel();
  Open({});
  const size_t taken = FillSocket();
  socket_->Close();
  Settle();
  EXPECT_EQ(PeerReads().size(), before + taken);
  EXPECT_TRUE(PeerIsAtTheEnd());
}

TEST_P(ReadySocketWriting, ClosesWhenWhatItTookCannotBeSent) {
  FillKernel();
  Open({});
  FillSocket();
  socket_->Close();
  PeerResets();
  Settle();
  EXPECT_TRUE(socket_->closed());
}

TEST_P(ReadySocketWriting, TakesNothingAfterClose) {
  Open({});
  socket_->Close();
  EXPECT_EQ(socket_->Send("x"), -EBADF);
  EXPECT_EQ(Recv(), "EBADF");
}

// --- Reading, with a buffer of ours and without -----------------------------

class ReadySocketReading
    : public ReadySocketTest,
      public ::testing::WithParamInterface<std::tuple<BackendKind, size_t>> {
 protected:
  ReadySocketReading() : ReadySocketTest(std::get<0>(GetParam())) {
    Open({.read_bytes = std::get<1>(GetParam())});
    Settle();
  }
};
INSTANTIATE_TEST_SUITE_P(On, ReadySocketReading,
                         ::testing::Combine(::testing::ValuesIn(FakeBackends()),
                                            ::testing::Values(0, 100)),
                         [](const auto& info) {
                           return absl::StrCat(
                               TestNameOf(std::get<0>(info.param)), "With",
                               std::get<1>(info.param), "Bytes");
                         });

TEST_P(ReadySocketReading, IsNotReadableWhileThereIsNothing) {
  EXPECT_FALSE(socket_->readable());
  EXPECT_EQ(Recv(), "EAGAIN");
}

TEST_P(ReadySocketReading, IsReadableWhenBytesHaveCome) {
  PeerSends("hello");
  Settle();
  EXPECT_TRUE(socket_->readable());
  EXPECT_EQ(Recv(), "hello");
}

TEST_P(ReadySocketReading, SaysThatItIsReadable) {
  PeerSends("hello");
  Settle();
  EXPECT_EQ(news_, 1);
}

TEST_P(ReadySocketReading, GivesWhatThereIsInPieces) {
  PeerSends("hello");
  Settle();
  EXPECT_EQ(Recv(3), "hel");
  EXPECT_EQ(Recv(3), "lo");
}

TEST_P(ReadySocketReading, IsReadableAgainWhenMoreComes) {
  PeerSends("hello");
  Settle();
  EXPECT_EQ(Recv(), "hello");
  EXPECT_EQ(Recv(), "EAGAIN");
  PeerSends("again");
  Settle();
  EXPECT_EQ(Recv(), "again");
}

TEST_P(ReadySocketReading, ReadsNothingAfterThePeersFinAsOftenAsItTries) {
  EXPECT_EQ(calls_.Shutdown(peer_, ShutdownHow::kWrite), 0);
  Settle();
  EXPECT_TRUE(socket_->readable());
  EXPECT_EQ(Recv(), "end");
  EXPECT_EQ(Recv(), "end");
}

TEST_P(ReadySocketReading, ReadsWhatCameBeforeTheFin) {
  PeerSends("hello");
  EXPECT_EQ(calls_.Shutdown(peer_, ShutdownHow::kWrite), 0);
  Settle();
  EXPECT_EQ(Recv(), "hello");
  Settle();
  EXPECT_EQ(Recv(), "end");
}

TEST_P(ReadySocketReading, TellsAReset) {
  PeerResets();
  Settle();
  EXPECT_EQ(Recv(), "ECONNRESET");
}

// The kernel has taken them, or else it leaves them: the sweep has both.
TEST_P(ReadySocketReading, LosesNoByteToACancel) {
  PeerSends("hello");
  socket_->CancelReceive();
  Settle();
  std::string heard = Recv();
  Settle();
  if (heard == "EAGAIN") heard = Recv();
  EXPECT_EQ(heard, "hello");
}

TEST_P(ReadySocketReading, IsNotReadableOfWhatComesAfterACancel) {
  socket_->CancelReceive();
  Settle();
  PeerSends("hello");
  Settle();
  EXPECT_FALSE(socket_->readable());
}

TEST_P(ReadySocketReading, LeavesWhatComesAfterACancelToTheNextRecv) {
  socket_->CancelReceive();
  Settle();
  PeerSends("hello");
  std::string heard = Recv();  // Over a ring this has only asked.
  Settle();
  if (heard == "EAGAIN") heard = Recv();
  EXPECT_EQ(heard, "hello");
}

}  // namespace
}  // namespace cloche
