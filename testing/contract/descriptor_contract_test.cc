// Contract: descriptors, the small integers, and what happens without any left.

#include <cerrno>

#include "cloche/calls/socket_calls.h"
#include "cloche/testing/contract/system_call_contract.h"

namespace cloche {
namespace {

class DescriptorContract : public SystemCallContract {
 protected:
  // The limit is the whole process's, and a failed check needs descriptors.
  void TearDown() override { kernel_->ResetDescriptorLimit(); }
};

TEST_P(DescriptorContract, ANewDescriptorIsTheLowestNumberThatIsFree) {
  const int first = NewTcp();
  const int second = NewTcp();
  const int third = NewTcp();
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
  calls_.Close(second);
  calls_.Close(first);
  EXPECT_EQ(NewTcp(), first);
  EXPECT_EQ(NewTcp(), second);
}

TEST_P(DescriptorContract, AClosedDescriptorIsBad) {
  const Ends ends = Connect();
  EXPECT_EQ(calls_.Close(ends.client), 0);
  EXPECT_EQ(calls_.Close(ends.client), -EBADF);
  EXPECT_EQ(Receive(ends.client), Errno(EBADF));
  EXPECT_EQ(calls_.Send(ends.client, "x", 0), -EBADF);
  EXPECT_EQ(calls_.Accept4(ends.client, nullptr), -EBADF);
  EXPECT_EQ(calls_.Close(-1), -EBADF);
}

TEST_P(DescriptorContract, AnEpollSetIsNoSocket) {
  const int epoll = NewEpoll();
  EXPECT_EQ(Receive(epoll), Errno(ENOTSOCK));
  EXPECT_EQ(calls_.Accept4(epoll, nullptr), -ENOTSOCK);
}

TEST_P(DescriptorContract, EveryOpenDescriptorCountsAndAClosedOneDoesNot) {
  const size_t before = kernel_->CountOpenDescriptors();
  const Ends ends = Connect();
  EXPECT_EQ(kernel_->CountOpenDescriptors(), before + 3);
  calls_.Close(ends.client);
  EXPECT_EQ(kernel_->CountOpenDescriptors(), before + 2);
}

TEST_P(DescriptorContract, AtTheLimitNothingMoreIsOpened) {
  kernel_->LimitDescriptorsTo(1);
  const int last = NewTcp();
  EXPECT_EQ(calls_.Socket(AddressFamily::kIpv4, SocketType::kStream), -EMFILE);
  EXPECT_EQ(epoll_.EpollCreate1(), -EMFILE);
  EXPECT_EQ(wake_.OpenWake(), -EMFILE);
  calls_.Close(last);
  EXPECT_EQ(NewTcp(), last);
}

TEST_P(DescriptorContract, AcceptAtTheLimitLeavesTheConnectionWaiting) {
  const int listener = NewListener();
  const int fd = NewConnecting(AddressOf(listener));
  ASSERT_TRUE(Becomes(listener, "IN"));
  kernel_->LimitDescriptorsTo(0);
  EXPECT_EQ(calls_.Accept4(listener, nullptr), -EMFILE);
  EXPECT_EQ(calls_.Accept4(listener, nullptr), -EMFILE);
  kernel_->ResetDescriptorLimit();
  SocketAddress peer;
  Accept(listener, &peer);
  EXPECT_EQ(peer, AddressOf(fd));
}

TEST_P(DescriptorContract, AcceptAtTheLimitFailsEvenWhenNobodyWaits) {
  const int listener = NewListener();
  kernel_->LimitDescriptorsTo(0);
  EXPECT_EQ(calls_.Accept4(listener, nullptr), -EMFILE);
}

INSTANTIATE_ON_EVERY_KERNEL(DescriptorContract);

}  // namespace
}  // namespace cloche
