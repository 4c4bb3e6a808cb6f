// ReadySocketTest: a ReadySocket over a backend of the fake kernel, and its
// peer.
//
// Next: docs/examples/readiness_on_completions_read_test.cc and _write_test.cc.

#ifndef CLOCHE_DOCS_EXAMPLES_READINESS_ON_COMPLETIONS_TEST_H_
#define CLOCHE_DOCS_EXAMPLES_READINESS_ON_COMPLETIONS_TEST_H_

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/backend/backends.h"
#include "cloche/base/errors.h"
#include "cloche/docs/examples/readiness_on_completions.h"
#include "cloche/net/endpoint.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/test_world.h"
#include "gtest/gtest.h"

namespace cloche {

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
    socket_ = std::make_unique<ReadySocket>(host_.loop(), fd_, options, [this] {
      ++news_;
      if (on_ready_) on_ready_();
    });
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
  // The peer takes what there is, and this side has not heard of it yet.
  void PeerTakesWhatIsThere() {
    while (calls_.Recv(peer_, absl::MakeSpan(sink_), 0) > 0) {
    }
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
  int news_ = 0;                    // How often it has called.
  std::function<void()> on_ready_;  // What is to happen then, too.
  std::unique_ptr<ReadySocket> socket_;

 private:
  int NewTcp() {
    return calls_.Socket(AddressFamily::kIpv4, SocketType::kStream);
  }

  std::string sink_ = std::string(100'000, 'f');
};

}  // namespace cloche

#endif  // CLOCHE_DOCS_EXAMPLES_READINESS_ON_COMPLETIONS_TEST_H_
