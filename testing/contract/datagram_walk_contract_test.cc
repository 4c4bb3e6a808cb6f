// Contract: whatever a program does with datagrams, both kernels give the same
// answers.
//
// As walk_contract_test.cc, with three UDP sockets that all talk to each other.
// Two are bound, the third gets a port when it needs one; any of them may
// connect, be shut down, close and so leave the others with nobody to talk to.
//
// Few bytes, so that no buffer is ever full and every datagram is heard. And no
// port changes hands, since Linux chooses at random who would get it: each is
// shared with a keeper that hears nobody, and the third never gives its own up.
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
#include "absl/types/span.h"
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
constexpr int kCallsPerWalk = 25;
constexpr size_t kSockets = 3;
constexpr size_t kThird = 2;
constexpr uint32_t kCalls = 17;

// One drawn call of socket `who`; `whom` is the socket that it is about, if it
// is about one, and `number` another argument: 0 to 3.
struct Call {
  size_t who;
  uint32_t what;
  size_t whom;
  int number;
};

// One kernel, and the sockets on it.
class Walker : public SystemCallDriver {
 public:
  static constexpr size_t kHowMany = kSockets;
  static std::string WhoText(size_t who) {
    return absl::StrCat("socket ", who);
  }

  explicit Walker(KernelKind kind) : SystemCallDriver(kind) {
    fds_ = {NewBeside(NewKeeper()), NewBeside(NewKeeper()), NewUdp()};
    nowhere_ = AddressOf(NewKeeper());
    for (const size_t i : {0, 1}) addresses_[i] = AddressOf(fds_[i]);
    addresses_[kThird] = nowhere_;
  }

  bool Has(size_t who) const { return fds_[who] >= 0; }
  // Makes the call; what came of it, as text.
  std::string Do(const Call& call) {
    return absl::StrCat(WhoText(call.who), " ", DoIt(call));
  }
  // What is true of a socket, errors left where they are.
  std::string State(size_t who);
  ::testing::AssertionResult Becomes(size_t who, absl::string_view state) {
    return SystemCallDriver::Becomes(fds_[who], state,
                                     [&] { return State(who); });
  }

 private:
  // At a port of its own, where it hears only who is not there.
  int NewKeeper() {
    const int fd = NewBoundUdp();
    Set(fd, SocketOption::kReuseAddress, 1);
    EXPECT_EQ(calls_.Connect(fd, Ipv4Address(127, 0, 0, 2, 9)), 0);
    return fd;
  }
  int NewBeside(int keeper) {
    const int fd = NewUdp();
    Set(fd, SocketOption::kReuseAddress, 1);
    EXPECT_EQ(calls_.Bind(fd, AddressOf(keeper)), 0);
    return fd;
  }

  std::string DoIt(const Call& call);
  std::string SendSomewhere(const Call& call);
  std::string ReceiveMessageFromSomebody(const Call& call);
  // "socket 1", since the two kernels give them different ports.
  std::string NameOf(const SocketAddress& address) const;
  // Where `whom` is, or was. The third is nowhere until it has a port.
  const SocketAddress& At(size_t whom);

  std::array<int, kSockets> fds_;
  std::array<SocketAddress, kSockets> addresses_;
  SocketAddress nowhere_;
};

const SocketAddress& Walker::At(size_t whom) {
  if (whom == kThird && Has(kThird)) {
    const uint16_t port = AddressOf(fds_[kThird]).port;
    addresses_[kThird] = port == 0 ? nowhere_ : Ipv4Loopback(port);
  }
  return addresses_[whom];
}

std::string Walker::NameOf(const SocketAddress& address) const {
  for (size_t i = 0; i < kSockets; ++i) {
    if (address.port == addresses_[i].port) return absl::StrCat("socket ", i);
  }
  return "somebody";
}

std::string Walker::State(size_t who) {
  const int fd = fds_[who];
  const std::string level = Level(fd);
  SocketAddress peer;
  const bool named = calls_.GetPeerName(fd, &peer) == 0;
  const SocketAddress own = AddressOf(fd);
  const bool peek = level.find("ERR") == level.npos;
  return absl::StrCat(level, named ? ", has a peer" : "", ", is at ",
                      ToText(WithoutPort(own)), own.port != 0 ? " port" : "",
                      ", holds \"", peek ? Receive(fd, 100, kReceivePeek) : "",
                      "\"");
}

std::string Walker::SendSomewhere(const Call& call) {
  const absl::string_view bytes("abc", static_cast<size_t>(call.number));
  return absl::StrCat("sends to socket ", call.whom, ": ",
                      SendTo(fds_[call.who], At(call.whom), bytes));
}

std::string Walker::ReceiveMessageFromSomebody(const Call& call) {
  char room[3];
  const absl::Span<char> buffer(room, static_cast<size_t>(call.number));
  SocketAddress from;
  ReceiveMessage message{.buffers = absl::MakeConstSpan(&buffer, 1),
                         .from = &from};
  const int64_t count = calls_.RecvMsg(fds_[call.who], message);
  for (size_t i = 0; i < kSockets; ++i) At(i);
  return absl::StrCat("receives a message: ", count, " from ",
                      count < 0 ? "nobody" : NameOf(from),
                      message.truncated ? ", truncated" : "");
}

std::string Walker::DoIt(const Call& call) {
  const int fd = fds_[call.who];
  const size_t size = static_cast<size_t>(call.number);
  switch (call.what) {
    case 0:
    case 1:
    case 2:
    case 3:
      return SendSomewhere(call);
    case 4:
    case 5:
      return absl::StrCat("sends: ",
                          calls_.Send(fd, absl::string_view("xyz", size), 0));
    case 6:
      return absl::StrCat("receives: ", Receive(fd, size));
    case 7:
    case 8:
      return ReceiveMessageFromSomebody(call);
    case 9:
      return absl::StrCat("peeks: ", Receive(fd, size, kReceivePeek));
    case 10:
    case 11:
      return absl::StrCat("connects to socket ", call.whom, ": ",
                          calls_.Connect(fd, At(call.whom)));
    case 12:
      if (call.who == kThird) return "is left alone";
      return absl::StrCat("has no peer: ", calls_.Connect(fd, SocketAddress()));
    case 13:
      return absl::StrCat("takes its error: ", TakeError(fd));
    case 14:
      return absl::StrCat("binds: ", calls_.Bind(fd, Ipv4Loopback(0)));
    case 15:
      return absl::StrCat(
          "shuts down: ",
          calls_.Shutdown(fd, static_cast<ShutdownHow>(call.number % 3)));
    default:
      fds_[call.who] = -1;
      return absl::StrCat("closes: ", calls_.Close(fd));
  }
}

// The generator is the same on every machine; its distributions are not.
Call Draw(std::mt19937& random) {
  const size_t who = random() % kSockets;
  // What ends something is drawn twice.
  uint32_t what = random() % kCalls;
  if (what >= 15) what = random() % kCalls;
  return {who, what, random() % kSockets, static_cast<int>(random() % 4)};
}

class DatagramWalkContract : public ::testing::TestWithParam<int> {};

TEST_P(DatagramWalkContract, BothKernelsGiveTheSameAnswers) {
  std::mt19937 random(static_cast<uint32_t>(GetParam()));
  std::vector<Call> calls(kCallsPerWalk);
  for (Call& call : calls) call = Draw(random);
  ExpectSameWalk<Walker>(calls, [] {
    return WalkPair<Walker>{std::make_unique<Walker>(KernelKind::kFake),
                            std::make_unique<Walker>(KernelKind::kSystem)};
  });
}

INSTANTIATE_TEST_SUITE_P(FromSeed, DatagramWalkContract,
                         ::testing::Range(0, kWalks* Effort()));

}  // namespace
}  // namespace cloche
