// Contract: the flags of epoll_ctl(2) that few programs use, and how deep epoll
// sets may be nested.

#include <cerrno>
#include <vector>

#include "cloche/calls/epoll_calls.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/testing/contract/system_call_contract.h"

namespace cloche {
namespace {

class EpollFlagsContract : public SystemCallContract {
 protected:
  int Add(int epoll, int fd, uint32_t events) {
    return Control(epoll, EpollCtlOp::kAdd, fd, events);
  }
  int Modify(int epoll, int fd, uint32_t events) {
    return Control(epoll, EpollCtlOp::kModify, fd, events);
  }
  // `count` epoll sets, each of which watches the one before it.
  std::vector<int> NewChain(int count) {
    std::vector<int> chain = {NewEpoll()};
    while (static_cast<int>(chain.size()) < count) {
      chain.push_back(NewEpoll(chain.back(), kEpollIn));
    }
    return chain;
  }
};

// --- EPOLLEXCLUSIVE ---------------------------------------------------------

TEST_P(EpollFlagsContract, AnExclusiveOneReportsLikeAnyOther) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollIn | kEpollExclusive);
  EXPECT_EQ(Now(epoll), "nothing");
  calls_.Send(ends.server, "x", 0);
  EXPECT_EQ(Next(epoll), "IN");
  Reset(ends.server);
  ASSERT_TRUE(Becomes(ends.client, "IN|OUT|RDHUP|ERR|HUP"));
  EXPECT_EQ(Now(epoll), "IN|ERR|HUP");
}

TEST_P(EpollFlagsContract, ExclusiveGoesWithReadingWritingAndEdgesOnly) {
  const int epoll = NewEpoll();
  const int fd = Connect().client;
  for (const uint32_t other : {kEpollPri, kEpollRdHup, kEpollOneShot}) {
    EXPECT_EQ(Add(epoll, fd, kEpollIn | other | kEpollExclusive), -EINVAL);
  }
  EXPECT_EQ(Add(epoll, fd,
                kEpollIn | kEpollOut | kEpollErr | kEpollHup |
                    kEpollEdgeTriggered | kEpollExclusive),
            0);
}

TEST_P(EpollFlagsContract, ExclusiveIsForAddingAndForGood) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollIn | kEpollExclusive);
  EXPECT_EQ(Modify(epoll, ends.client, kEpollIn), -EINVAL);
  EXPECT_EQ(Add(epoll, ends.server, kEpollIn), 0);
  EXPECT_EQ(Modify(epoll, ends.server, kEpollIn | kEpollExclusive), -EINVAL);
  EXPECT_EQ(Control(epoll, EpollCtlOp::kDelete, ends.client), 0);
}

TEST_P(EpollFlagsContract, AnEpollSetIsNotWatchedExclusively) {
  EXPECT_EQ(Add(NewEpoll(), NewEpoll(), kEpollIn | kEpollExclusive), -EINVAL);
}

TEST_P(EpollFlagsContract, WithNobodyWaitingEverySetHearsOfIt) {
  const Ends ends = Connect();
  const int first = NewEpoll(ends.client, kEpollIn | kEpollExclusive);
  const int second = NewEpoll(ends.client, kEpollIn | kEpollExclusive);
  calls_.Send(ends.server, "x", 0);
  ASSERT_TRUE(Becomes(ends.client, "IN|OUT"));
  EXPECT_EQ(Now(first), "IN");
  EXPECT_EQ(Now(second), "IN");
}

// --- EPOLLWAKEUP ------------------------------------------------------------

TEST_P(EpollFlagsContract, WakeupIsTakenAndChangesNothing) {
  const Ends ends = Connect();
  const int epoll = NewEpoll(ends.client, kEpollOut | kEpollWakeup);
  EXPECT_EQ(Now(epoll), "OUT");
  EXPECT_EQ(Modify(epoll, ends.client, kEpollIn | kEpollWakeup), 0);
  EXPECT_EQ(Now(epoll), "nothing");
}

// --- Sets of sets -----------------------------------------------------------

TEST_P(EpollFlagsContract, NoMoreThanFiveSetsWatchOneAnother) {
  const std::vector<int> chain = NewChain(5);
  EXPECT_EQ(Add(NewEpoll(), chain.back(), kEpollIn), -ELOOP);
  EXPECT_EQ(Add(chain.front(), NewEpoll(), kEpollIn), -ELOOP);
  EXPECT_EQ(Add(chain.front(), Connect().client, kEpollIn), 0);
}

TEST_P(EpollFlagsContract, WhatHappensBelowFiveSetsIsSeenAbove) {
  const Ends ends = Connect();
  const std::vector<int> chain = NewChain(5);
  EXPECT_EQ(Add(chain.front(), ends.client, kEpollIn), 0);
  EXPECT_EQ(Now(chain.back()), "nothing");
  calls_.Send(ends.server, "x", 0);
  EXPECT_EQ(Next(chain.back()), "IN");
}

// So whoever keeps a loop inside another one watches it level-triggered.
TEST_P(EpollFlagsContract, AnEdgeOfASetIsAWakeUpBelowAndNotWhatIsLeftThere) {
  const Ends first = Connect();
  const Ends second = Connect();
  const int inner = NewEpoll(first.client, kEpollIn | kEpollEdgeTriggered);
  Add(inner, second.client, kEpollIn | kEpollEdgeTriggered);
  const int outer = NewEpoll(inner, kEpollIn | kEpollEdgeTriggered);
  calls_.Send(first.server, "x", 0);
  EXPECT_EQ(Next(outer), "IN");
  EXPECT_EQ(Now(outer), "nothing");
  calls_.Send(first.server, "x", 0);  // It is in the list already.
  EXPECT_EQ(Next(outer), "IN");
  calls_.Send(second.server, "x", 0);
  EXPECT_EQ(Next(outer), "IN");
  EXPECT_EQ(Ready(inner, /*most=*/1).size(), 1u);
  EXPECT_EQ(Now(outer), "nothing");  // And yet there is something.
  EXPECT_EQ(Ready(NewEpoll(inner, kEpollIn)), std::vector<int>{inner});
}

TEST_P(EpollFlagsContract, TwoChainsAreNotJoinedToMoreThanFive) {
  const std::vector<int> lower = NewChain(3);
  const std::vector<int> upper = NewChain(3);
  EXPECT_EQ(Add(upper.front(), lower.back(), kEpollIn), -ELOOP);
  EXPECT_EQ(Add(upper.front(), lower[1], kEpollIn), 0);
}

INSTANTIATE_ON_EVERY_KERNEL(EpollFlagsContract);

}  // namespace
}  // namespace cloche
