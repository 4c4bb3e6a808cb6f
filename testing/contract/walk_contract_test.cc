// Contract: whatever a program does, both kernels give the same answers.
//
// The other tests state what somebody thought of. Here calls are drawn at
// random from a seed and made on both kernels, one by one
// (testing/contract/walk.h).
//
// One listener, one client, at most one accepted socket. Few bytes, so that no
// buffer is ever full and every byte sent is on its way at once.
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
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

constexpr int kWalks = 300;
constexpr int kCallsPerWalk = 20;

enum Who : size_t { kListener, kClient, kServer };

constexpr std::array<absl::string_view, 3> kNames = {"listener", "client",
                                                     "server"};

// What a client or a server can do is numbered; the last two end it.
constexpr int kShutdown = 5;
constexpr int kReset = 16;
constexpr int kClose = 17;

// One drawn call; `number` is its argument, if it has one: 0 to 3.
struct Call {
  Who who;
  int what;
  int number;
};

// One kernel, and the three sockets on it.
class Walker : public SystemCallDriver {
 public:
  static constexpr size_t kHowMany = kNames.size();
  static absl::string_view WhoText(Who who) { return kNames[who]; }

  Walker(KernelKind kind, bool listens) : SystemCallDriver(kind) {
    fds_ = {NewBound(), NewTcp(), -1};
    listener_address_ = AddressOf(fds_[kListener]);
    nobody_ = AddressOf(NewBound());
    for (const int fd : {fds_[kListener], fds_[kClient]}) {
      Set(fd, SocketOption::kNoDelay, 1);  // Nothing waits for an ACK.
    }
    if (listens) EXPECT_EQ(calls_.Listen(fds_[kListener], 5), 0);
  }

  bool Has(Who who) const { return fds_[who] >= 0; }
  // Makes the call; what came of it, as text.
  virtual std::string Do(const Call& call);
  // What is true of a socket, errors left where they are.
  std::string State(Who who);
  ::testing::AssertionResult Becomes(Who who, absl::string_view state) {
    return SystemCallDriver::Becomes(fds_[who], state,
                                     [&] { return State(who); });
  }

 private:
  std::string DoToListener(const Call& call);
  std::string DoToOther(const Call& call);
  std::string DoOutOfBand(const Call& call);
  std::string Close(Who who, bool reset);

  std::array<int, kHowMany> fds_;
  SocketAddress listener_address_;
  SocketAddress nobody_;
};

std::string Walker::State(Who who) {
  const int fd = fds_[who];
  const std::string level = Level(fd);
  SocketAddress peer;
  const bool named = calls_.GetPeerName(fd, &peer) == 0;
  const bool peek = level != "nothing" && level.find("ERR") == level.npos;
  return absl::StrCat(level, named ? ", has a peer" : "", ", holds \"",
                      peek ? Receive(fd, 100, kReceivePeek) : "", "\"");
}

std::string Walker::Do(const Call& call) {
  const std::string answer =
      call.who == kListener ? DoToListener(call) : DoToOther(call);
  return absl::StrCat(kNames[call.who], " ", answer);
}

std::string Walker::DoToListener(const Call& call) {
  const int fd = fds_[kListener];
  switch (call.what % 8) {
    case 0:
      return absl::StrCat("listens: ", calls_.Listen(fd, call.number + 1));
    case 1:
      // Linux gives the flag of a socket that is shut down before it listens
      // to every connection that it will ever accept.
      if (Level(fd) != "nothing" && Level(fd) != "IN") return "is left alone";
      return absl::StrCat(
          "shuts down: ",
          calls_.Shutdown(fd, static_cast<ShutdownHow>(call.number % 3)));
    default: {
      if (Has(kServer)) return "is left alone";
      const int accepted = calls_.Accept4(fd, nullptr);
      if (accepted >= 0) fds_[kServer] = Keep(accepted);
      return absl::StrCat("accepts: ", accepted >= 0 ? 0 : accepted);
    }
  }
}

std::string Walker::Close(Who who, bool reset) {
  if (reset) Set(fds_[who], SocketOption::kLinger, 0);
  const int result = calls_.Close(fds_[who]);
  fds_[who] = -1;
  return absl::StrCat(reset ? "resets: " : "closes: ", result);
}

std::string Walker::DoOutOfBand(const Call& call) {
  const int fd = fds_[call.who];
  const size_t size = static_cast<size_t>(call.number);
  switch (call.what) {
    case 13:
      return absl::StrCat(
          "sends out of band: ",
          calls_.Send(fd, absl::string_view("xyz", size), kSendOutOfBand));
    case 14:
      return absl::StrCat("receives out of band: ",
                          Receive(fd, size, kReceiveOutOfBand));
    default:
      return absl::StrCat(
          "wants such bytes inline: ",
          calls_.SetSockOpt(fd, SocketOption::kOutOfBandInline, call.number));
  }
}

std::string Walker::DoToOther(const Call& call) {
  const int fd = fds_[call.who];
  const size_t size = static_cast<size_t>(call.number);
  switch (call.what) {
    case 0:
    case 1:
      return absl::StrCat("sends: ",
                          calls_.Send(fd, absl::string_view("abc", size), 0));
    case 2:
    case 3:
      return absl::StrCat("receives: ", Receive(fd, size));
    case 4:
      return absl::StrCat("peeks: ", Receive(fd, size, kReceivePeek));
    case kShutdown:
      return absl::StrCat(
          "shuts down: ",
          calls_.Shutdown(fd, static_cast<ShutdownHow>(call.number % 3)));
    case 6:
      return absl::StrCat("takes its error: ", TakeError(fd));
    case 7:
    case 8:
      return absl::StrCat("connects: ", calls_.Connect(fd, listener_address_));
    case 9:
      return absl::StrCat("connects to nobody: ", calls_.Connect(fd, nobody_));
    case 10:
      return absl::StrCat("says where it is: ",
                          ToText(WithoutPort(AddressOf(fd))));
    case 11:
      return absl::StrCat("accepts: ", calls_.Accept4(fd, nullptr));
    case 12:
      return absl::StrCat("binds: ", calls_.Bind(fd, Ipv4Loopback(0)));
    case 13:
    case 14:
    case 15:
      return DoOutOfBand(call);
    default:
      return Close(call.who, /*reset=*/call.what == kReset);
  }
}

// The generator is the same on every machine; its distributions are not.
Call Draw(std::mt19937& random) {
  constexpr Who kOften[] = {kListener, kClient, kClient, kServer, kServer};
  const Who who = kOften[random() % 5];
  // Closing ends much of the fun, so it is drawn twice.
  constexpr uint32_t kCalls = kClose + 1;
  int what = static_cast<int>(random() % kCalls);
  if (what >= kReset) what = static_cast<int>(random() % kCalls);
  return {who, what, static_cast<int>(random() % 4)};
}

class WalkContract : public ::testing::TestWithParam<int> {};

TEST_P(WalkContract, BothKernelsGiveTheSameAnswers) {
  std::mt19937 random(static_cast<uint32_t>(GetParam()));
  const bool listens = random() % 4 != 0;
  std::vector<Call> calls(kCallsPerWalk);
  for (Call& call : calls) call = Draw(random);
  ExpectSameWalk<Walker>(calls, [&] {
    return WalkPair<Walker>{
        std::make_unique<Walker>(KernelKind::kFake, listens),
        std::make_unique<Walker>(KernelKind::kSystem, listens)};
  });
}

INSTANTIATE_TEST_SUITE_P(FromSeed, WalkContract,
                         ::testing::Range(0, kWalks* Effort()));

// A kernel with a bug: the client's second and every later shutdown says 7.
class BuggyWalker : public Walker {
 public:
  using Walker::Walker;
  std::string Do(const Call& call) override {
    const std::string answer = Walker::Do(call);
    const bool shuts_down = call.who == kClient && call.what == kShutdown;
    if (!shuts_down || ++shutdowns_ < 2) return answer;
    return "client shuts down: 7";
  }

 private:
  int shutdowns_ = 0;
};

TEST(WalkContractShrinks, ToTheCallsThatADisagreementTakes) {
  std::mt19937 random(7);
  std::vector<Call> calls(200);
  for (Call& call : calls) {
    do call = Draw(random);
    while (call.what >= kReset);
  }
  const auto new_pair = [] {
    return WalkPair<Walker>{
        std::make_unique<Walker>(KernelKind::kFake, true),
        std::make_unique<BuggyWalker>(KernelKind::kFake, true)};
  };
  const std::vector<Call> least = ShrinkWalk<Walker>(calls, new_pair);
  EXPECT_THAT(WalkDisagreement(new_pair(), least),
              ::testing::MatchesRegex("client shuts down: -107\n(.*\n)*"
                                      "client shuts down: -107\n"
                                      "Linux: client shuts down: 7"));
  EXPECT_EQ(least.size(), 2u);
}

}  // namespace
}  // namespace cloche
