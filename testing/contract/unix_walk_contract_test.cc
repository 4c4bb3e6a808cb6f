// Contract: whatever a program does with UNIX sockets, both kernels give the
// same answers, and the same edges.
//
// As walk_contract_test.cc, with two differences. What one UNIX socket does to
// another is done when the call returns, on Linux too, so nothing is waited
// for, and edges can be compared. And no socket has a part to play: each may
// bind, listen, connect, accept.
//
// Two sockets with a pair beside them, and at most one accepted socket.
//
// Next: docs/fidelity.md for what is left out here, and why.

#include <array>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/fakes/fake_addresses.h"
#include "cloche/testing/contract/contract_kernel.h"
#include "cloche/testing/contract/system_call_driver.h"
#include "cloche/testing/contract/walk.h"
#include "cloche/testing/effort.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

constexpr int kWalks = 300;
constexpr int kCallsPerWalk = 40;

enum Who : size_t { kServer, kClient, kAccepted, kOne, kOther };

constexpr std::array<absl::string_view, 5> kNames = {
    "server", "client", "accepted", "one", "other"};

// Calls are numbered; this one ends a socket.
constexpr int kClose = 15;

// One drawn call; `number` is its argument, if it has one: 0 to 4.
struct Call {
  Who who;
  int what;
  int number;
};

// One kernel, and the five sockets on it.
class Walker : public SystemCallDriver {
 public:
  static constexpr size_t kHowMany = kNames.size();
  static absl::string_view WhoText(Who who) { return kNames[who]; }

  explicit Walker(KernelKind kind) : SystemCallDriver(kind) {
    const Ends pair = NewPair();
    Become(kServer, NewUnix());
    Become(kClient, NewUnix());
    Become(kOne, pair.client);
    Become(kOther, pair.server);
    for (SocketAddress& address : addresses_) address = NewUnixAddress();
    EXPECT_EQ(calls_.Bind(sockets_[kServer].fd, addresses_[kServer]), 0);
    EXPECT_EQ(calls_.Listen(sockets_[kServer].fd, 1), 0);
  }

  bool Has(Who who) const { return sockets_[who].fd >= 0; }
  // Makes the call; what came of it, as text.
  std::string Do(const Call& call) {
    return absl::StrCat(kNames[call.who], " ", Answer(call));
  }
  // What is true of a socket, errors left where they are; and its edges, one
  // set for each half, as the two have different reasons.
  std::string State(Who who);
  // Nothing is waited for.
  ::testing::AssertionResult Becomes(Who who, absl::string_view state) {
    const std::string own = State(who);
    if (own == state) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << own;
  }

 private:
  struct Socket {
    int fd = -1;
    int reading = -1;  // Edge-triggered epoll sets.
    int writing = -1;
  };

  void Become(Who who, int fd) {
    sockets_[who] = {fd, NewEpoll(fd, kEpollIn | kEpollEdgeTriggered),
                     NewEpoll(fd, kEpollOut | kEpollEdgeTriggered)};
  }
  std::string Answer(const Call& call);
  std::string Transfer(int fd, int what, size_t size);
  std::string Accept(int fd);
  std::string Close(Who who);
  std::string NameText(const SocketAddress& address) const;

  std::array<Socket, kHowMany> sockets_;
  std::array<SocketAddress, kHowMany> addresses_;
};

// Paths differ from kernel to kernel, and so do names that they choose.
std::string Walker::NameText(const SocketAddress& address) const {
  for (size_t i = 0; i < kHowMany; ++i) {
    if (address == addresses_[i]) return absl::StrCat("path ", i);
  }
  return address.path.empty() ? "no name" : "a chosen name";
}

std::string Walker::State(Who who) {
  const auto& [fd, reading, writing] = sockets_[who];
  const std::string level = Level(fd);
  SocketAddress peer;
  const bool has_peer = calls_.GetPeerName(fd, &peer) == 0;
  const bool peek = has_peer && level.find("ERR") == level.npos;
  return absl::StrCat("edges ", Now(reading), " and ", Now(writing), ", ",
                      level, ", ", NameText(AddressOf(fd)), ", peer ",
                      has_peer ? NameText(peer) : "none", ", holds ",
                      peek ? Receive(fd, 100, kReceivePeek) : "what it holds");
}

std::string Walker::Accept(int fd) {
  if (Has(kAccepted)) return "is left alone";
  SocketAddress peer;
  const int accepted = calls_.Accept4(fd, &peer);
  if (accepted < 0) return absl::StrCat("accepts: ", accepted);
  Become(kAccepted, Keep(accepted));
  return absl::StrCat("accepts ", NameText(peer));
}

std::string Walker::Close(Who who) {
  const int result = calls_.Close(sockets_[who].fd);
  sockets_[who] = Socket();
  return absl::StrCat("closes: ", result);
}

std::string Walker::Transfer(int fd, int what, size_t size) {
  switch (what) {
    case 0:
    case 1:
      return absl::StrCat("sends: ",
                          calls_.Send(fd, absl::string_view("abcd", size), 0));
    case 2:
    case 3:
      return absl::StrCat("receives: ", Receive(fd, size));
    default:
      return absl::StrCat("peeks: ", Receive(fd, size, kReceivePeek));
  }
}

std::string Walker::Answer(const Call& call) {
  const int fd = sockets_[call.who].fd;
  const SocketAddress& address = addresses_[call.number];
  switch (call.what) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
      return Transfer(fd, call.what, static_cast<size_t>(call.number));
    case 5:
      return absl::StrCat(
          "shuts down: ",
          calls_.Shutdown(fd, static_cast<ShutdownHow>(call.number % 3)));
    case 6:
      return absl::StrCat("takes its error: ", TakeError(fd));
    case 7:
      return absl::StrCat("binds: ", calls_.Bind(fd, address));
    case 8:
      return absl::StrCat("chooses a name: ", calls_.Bind(fd, UnixAddress()));
    case 9:
      return absl::StrCat("unlinks: ", kernel_->Unlink(address.path));
    case 10:
      return absl::StrCat("listens: ", calls_.Listen(fd, call.number));
    case 11:
      return absl::StrCat("connects: ", calls_.Connect(fd, address));
    case 12:
      return absl::StrCat("connects to the server: ",
                          calls_.Connect(fd, addresses_[kServer]));
    case 13:
    case 14:
      return Accept(fd);
    default:
      return Close(call.who);
  }
}

// The generator is the same on every machine; its distributions are not.
Call Draw(std::mt19937& random) {
  const Who who = static_cast<Who>(random() % Walker::kHowMany);
  // Closing ends much of the fun, so it is drawn twice.
  int what = static_cast<int>(random() % (kClose + 1));
  if (what == kClose) what = static_cast<int>(random() % (kClose + 1));
  return {who, what, static_cast<int>(random() % Walker::kHowMany)};
}

class UnixWalkContract : public ::testing::TestWithParam<int> {};

TEST_P(UnixWalkContract, BothKernelsGiveTheSameAnswersAndEdges) {
  std::mt19937 random(static_cast<uint32_t>(GetParam()));
  std::vector<Call> calls(kCallsPerWalk);
  for (Call& call : calls) call = Draw(random);
  ExpectSameWalk<Walker>(calls, [] {
    return WalkPair<Walker>{std::make_unique<Walker>(KernelKind::kFake),
                            std::make_unique<Walker>(KernelKind::kSystem)};
  });
}

INSTANTIATE_TEST_SUITE_P(FromSeed, UnixWalkContract,
                         ::testing::Range(0, kWalks* Effort()));

}  // namespace
}  // namespace cloche
