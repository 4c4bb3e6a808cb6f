// Descriptors, call counts and faults of a fake host.

#include <cerrno>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "cloche/fakes/fake_kernel_test.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class FakeHostTest : public FakeKernelTest {};

TEST_F(FakeHostTest, DescriptorsStartAtThreeAndTheLowestFreeComesFirst) {
  EXPECT_EQ(NewTcp(host_), 3);
  EXPECT_EQ(NewTcp(host_), 4);
  EXPECT_EQ(NewTcp(host_), 5);
  calls_.Close(4);
  calls_.Close(3);
  EXPECT_EQ(NewTcp(host_), 3);
  EXPECT_EQ(NewTcp(host_), 4);
  EXPECT_EQ(NewTcp(host_), 6);
}

TEST_F(FakeHostTest, OpenDescriptorsAreListedForPeople) {
  NewListener(host_);
  host_.wake().OpenWake();
  NewEpoll(3, kEpollIn);
  EXPECT_EQ(
      host_.OpenDescriptors(),
      (std::vector<std::string>{"fd 3: TCP 0.0.0.0:80 listening", "fd 4: wake",
                                "fd 5: epoll of 1 descriptors"}));
}

TEST_F(FakeHostTest, TheDescriptorLimitFailsEveryCallThatOpensOne) {
  host_.SetDescriptorLimit(4);
  EXPECT_EQ(NewTcp(host_), 3);
  EXPECT_EQ(NewTcp(host_), -EMFILE);
  EXPECT_EQ(host_.epoll().EpollCreate1(), -EMFILE);
  EXPECT_EQ(host_.wake().OpenWake(), -EMFILE);
}

TEST_F(FakeHostTest, AcceptWithoutADescriptorLeavesTheConnectionWaiting) {
  const int listener = NewListener(host_);
  NewConnecting(host_, Ipv4Loopback(80));
  host_.SetDescriptorLimit(5);
  EXPECT_EQ(calls_.Accept4(listener, nullptr), -EMFILE);
  host_.SetDescriptorLimit(6);
  EXPECT_EQ(calls_.Accept4(listener, nullptr), 5);
}

TEST_F(FakeHostTest, AcceptWithoutADescriptorFailsEvenWhenNobodyWaits) {
  const int listener = NewListener(host_);
  host_.SetDescriptorLimit(4);
  EXPECT_EQ(calls_.Accept4(listener, nullptr), -EMFILE);
}

TEST_F(FakeHostTest, SocketCallsOnOtherDescriptorsSayNotASocket) {
  const int wake = host_.wake().OpenWake();
  EXPECT_EQ(calls_.Send(wake, "x", 0), -ENOTSOCK);
  EXPECT_EQ(calls_.Listen(wake, 1), -ENOTSOCK);
  EXPECT_EQ(host_.wake().SignalWake(NewTcp(host_)), -EINVAL);
}

TEST_F(FakeHostTest, DatagramsOfUnixSocketsAreNotThereYet) {
  EXPECT_EQ(calls_.Socket(AddressFamily::kUnix, SocketType::kDatagram),
            -EPROTONOSUPPORT);
}

TEST_F(FakeHostTest, CallsAreCountedByKindFailedOnesToo) {
  NewTcp(host_);
  host_.SetDescriptorLimit(0);
  NewTcp(host_);
  EXPECT_EQ(host_.CallCount(CallKind::kSocket), 2u);
  EXPECT_EQ(host_.CallCount(CallKind::kBind), 0u);
  EXPECT_EQ(server_.CallCount(CallKind::kSocket), 0u);
}

TEST_F(FakeHostTest, AFaultHitsTheCallItWasMeantForAndNoOther) {
  host_.FailCall(CallKind::kSocket, ENFILE, /*nth_from_now=*/2);
  EXPECT_EQ(NewTcp(host_), 3);
  EXPECT_EQ(NewTcp(host_), -ENFILE);
  EXPECT_EQ(NewTcp(host_), 4);
}

TEST_F(FakeHostTest, APersistentFaultStaysUntilItIsCleared) {
  host_.FailCall(CallKind::kSocket, ENOBUFS, 1, /*persistent=*/true);
  EXPECT_EQ(NewTcp(host_), -ENOBUFS);
  EXPECT_EQ(NewTcp(host_), -ENOBUFS);
  host_.ClearFaults();
  EXPECT_EQ(NewTcp(host_), 3);
}

TEST_F(FakeHostTest, AnOpenDescriptorIsDescribedWithItsState) {
  const int listener = NewListener(server_);
  EXPECT_THAT(server_.OpenDescriptors(),
              ElementsAre("fd 3: TCP 0.0.0.0:80 listening"));
  NewConnecting(client_, server_.Address(AddressFamily::kIpv4, 80));
  EXPECT_THAT(client_.OpenDescriptors(), ElementsAre(HasSubstr("connecting")));
  PassTime(absl::Milliseconds(10));
  const int end = server_.sockets().Accept4(listener, nullptr);
  EXPECT_EQ(server_.sockets().Shutdown(end, ShutdownHow::kWrite), 0);
  EXPECT_THAT(server_.OpenDescriptors()[1], HasSubstr("FIN sent"));
  PassTime(absl::Milliseconds(10));
  EXPECT_THAT(server_.OpenDescriptors()[1], HasSubstr("FIN acknowledged"));
}

TEST_F(FakeHostTest, ACloseThatIsInterruptedHasClosedAllTheSame) {
  const int fd = NewTcp(host_);
  host_.FailCall(CallKind::kClose, EINTR);
  EXPECT_EQ(calls_.Close(fd), -EINTR);
  EXPECT_TRUE(host_.OpenDescriptors().empty());
}

}  // namespace
}  // namespace cloche
