// Contract: UNIX sockets. What they are called, and how they connect.

#include <cerrno>
#include <string>

#include "cloche/calls/socket_calls.h"
#include "cloche/fakes/fake_addresses.h"
#include "cloche/testing/contract/system_call_contract.h"

namespace cloche {
namespace {

class UnixConnectContract : public SystemCallContract {
 protected:
  int NewBoundTo(const SocketAddress& address) {
    const int fd = NewUnix();
    EXPECT_EQ(calls_.Bind(fd, address), 0);
    return fd;
  }
  // A name that is no file; paths are unique, so it is too.
  SocketAddress NewAbstract() {
    return UnixAddress(std::string(1, '\0') + kernel_->NewPath());
  }
  // Connects until the listener's backlog is full.
  void FillBacklog(int listener) {
    int result = 0;
    while (result == 0) {
      result = calls_.Connect(NewUnix(), AddressOf(listener));
    }
    EXPECT_EQ(result, -EAGAIN);
  }
};

// --- Names ------------------------------------------------------------------

TEST_P(UnixConnectContract, ASocketIsUnnamedUntilItIsBound) {
  const SocketAddress address = NewUnixAddress();
  const int fd = NewUnix();
  EXPECT_EQ(AddressOf(fd), UnixAddress());
  EXPECT_EQ(calls_.Bind(fd, address), 0);
  EXPECT_EQ(AddressOf(fd), address);
}

TEST_P(UnixConnectContract, APathIsInUseUntilItIsUnlinked) {
  const SocketAddress address = NewUnixAddress();
  const int first = NewBoundTo(address);
  EXPECT_EQ(calls_.Bind(NewUnix(), address), -EADDRINUSE);
  calls_.Close(first);
  EXPECT_EQ(calls_.Bind(NewUnix(), address), -EADDRINUSE);
  EXPECT_EQ(kernel_->Unlink(address.path), 0);
  EXPECT_EQ(calls_.Bind(NewUnix(), address), 0);
}

TEST_P(UnixConnectContract, UnlinkOfNoPathSaysSo) {
  EXPECT_EQ(kernel_->Unlink(kernel_->NewPath()), -ENOENT);
}

TEST_P(UnixConnectContract, ASocketIsBoundOnce) {
  const SocketAddress address = NewUnixAddress();
  const int fd = NewBoundTo(address);
  EXPECT_EQ(calls_.Bind(fd, NewUnixAddress()), -EINVAL);
  EXPECT_EQ(calls_.Bind(fd, address), -EADDRINUSE);
  EXPECT_EQ(calls_.Bind(fd, NewAbstract()), -EINVAL);
}

TEST_P(UnixConnectContract, ABindThatFailedLeavesThePathFree) {
  const SocketAddress address = NewUnixAddress();
  const int fd = NewBoundTo(NewUnixAddress());
  EXPECT_EQ(calls_.Bind(fd, address), -EINVAL);
  EXPECT_EQ(calls_.Bind(NewUnix(), address), 0);
}

TEST_P(UnixConnectContract, AnAbstractNameIsFreeOnceItsSocketIsClosed) {
  const SocketAddress name = NewAbstract();
  const int fd = NewBoundTo(name);
  EXPECT_EQ(AddressOf(fd), name);
  EXPECT_EQ(calls_.Bind(NewUnix(), name), -EADDRINUSE);
  calls_.Close(fd);
  EXPECT_EQ(calls_.Bind(NewUnix(), name), 0);
}

TEST_P(UnixConnectContract, AnAcceptedSocketDoesNotKeepAnAbstractNameTaken) {
  const SocketAddress name = NewAbstract();
  const int listener = NewBoundTo(name);
  EXPECT_EQ(calls_.Listen(listener, 1), 0);
  NewUnixClient(name);
  EXPECT_EQ(AddressOf(Accept(listener)), name);
  calls_.Close(listener);
  EXPECT_EQ(calls_.Bind(NewUnix(), name), 0);
}

TEST_P(UnixConnectContract, AnAcceptedSocketDoesNotTakeAnAbstractNameWithIt) {
  const SocketAddress name = NewAbstract();
  const int listener = NewBoundTo(name);
  EXPECT_EQ(calls_.Listen(listener, 1), 0);
  NewUnixClient(name);
  calls_.Close(Accept(listener));
  EXPECT_EQ(calls_.Bind(NewUnix(), name), -EADDRINUSE);
}

TEST_P(UnixConnectContract, BindToNoPathChoosesAnAbstractNameOfFiveDigits) {
  const int fd = NewBoundTo(UnixAddress());
  const SocketAddress name = AddressOf(fd);
  EXPECT_EQ(name.path.size(), 6u);
  EXPECT_EQ(name.path.find_first_not_of("0123456789abcdef", 1),
            std::string::npos);
  EXPECT_TRUE(IsAbstract(name));
  EXPECT_EQ(calls_.Bind(fd, UnixAddress()), 0);  // As often as one likes.
  EXPECT_EQ(AddressOf(fd), name);
}

TEST_P(UnixConnectContract, APathHasAtMost107BytesAndNoNullInside) {
  const int fd = NewUnix();
  EXPECT_EQ(calls_.Bind(fd, UnixAddress(std::string(108, 'x'))), -EINVAL);
  EXPECT_EQ(calls_.Connect(fd, UnixAddress(std::string(108, 'x'))), -EINVAL);
  EXPECT_EQ(calls_.Connect(fd, UnixAddress(std::string(107, 'x'))), -ENOENT);
  const std::string with_null = std::string("/a") + '\0' + "b";
  EXPECT_EQ(calls_.Bind(fd, UnixAddress(with_null)), -EINVAL);
}

TEST_P(UnixConnectContract, AnAddressOfTheInternetIsInvalid) {
  EXPECT_EQ(calls_.Bind(NewUnix(), Ipv4Loopback(0)), -EINVAL);
  EXPECT_EQ(calls_.Connect(NewUnix(), Ipv4Loopback(1)), -EINVAL);
}

// --- Connecting -------------------------------------------------------------

TEST_P(UnixConnectContract, ConnectIsDoneWhenItReturns) {
  const int listener = NewUnixListener();
  const int fd = NewUnix();
  EXPECT_EQ(Level(fd), "OUT|HUP");
  EXPECT_EQ(calls_.Connect(fd, AddressOf(listener)), 0);
  EXPECT_EQ(Level(fd), "OUT");
  EXPECT_EQ(calls_.Send(fd, "before accept", 0), 13);
  EXPECT_EQ(Receive(Accept(listener)), "before accept");
}

TEST_P(UnixConnectContract, TheAcceptedSocketIsCalledAsItsListener) {
  const Ends ends = ConnectUnix();
  EXPECT_EQ(AddressOf(ends.server), AddressOf(ends.listener));
  EXPECT_EQ(PeerOf(ends.client), AddressOf(ends.listener));
}

TEST_P(UnixConnectContract, AClientIsUnnamedUnlessItIsBound) {
  const Ends ends = ConnectUnix();
  EXPECT_EQ(PeerOf(ends.server), UnixAddress());
  const SocketAddress address = NewUnixAddress();
  EXPECT_EQ(calls_.Bind(ends.client, address), 0);
  EXPECT_EQ(PeerOf(ends.server), address);
}

TEST_P(UnixConnectContract, AcceptNamesThePeer) {
  const int listener = NewUnixListener();
  NewUnixClient(AddressOf(listener));
  SocketAddress peer;
  Accept(listener, &peer);
  EXPECT_EQ(peer, UnixAddress());
  const SocketAddress address = NewUnixAddress();
  const int fd = NewBoundTo(address);
  EXPECT_EQ(calls_.Connect(fd, AddressOf(listener)), 0);
  Accept(listener, &peer);
  EXPECT_EQ(peer, address);
}

TEST_P(UnixConnectContract, WithoutAPeerThereIsNoPeersName) {
  SocketAddress peer;
  EXPECT_EQ(calls_.GetPeerName(NewUnix(), &peer), -ENOTCONN);
  EXPECT_EQ(calls_.GetPeerName(NewUnixListener(), &peer), -ENOTCONN);
}

TEST_P(UnixConnectContract, APathThatIsNotThereIsNoEntry) {
  EXPECT_EQ(calls_.Connect(NewUnix(), NewUnixAddress()), -ENOENT);
}

TEST_P(UnixConnectContract, AnAbstractNameThatNobodyHasIsRefused) {
  EXPECT_EQ(calls_.Connect(NewUnix(), NewAbstract()), -ECONNREFUSED);
}

TEST_P(UnixConnectContract, NoNameIsNoDestination) {
  EXPECT_EQ(calls_.Connect(NewUnix(), UnixAddress()), -EINVAL);
}

TEST_P(UnixConnectContract, APathWithoutAListenerIsRefusedAndLeavesNoError) {
  const SocketAddress address = NewUnixAddress();
  const int bound = NewBoundTo(address);
  const int fd = NewUnix();
  EXPECT_EQ(calls_.Connect(fd, address), -ECONNREFUSED);
  calls_.Close(bound);
  EXPECT_EQ(calls_.Connect(fd, address), -ECONNREFUSED);
  EXPECT_EQ(TakeError(fd), 0);
  EXPECT_EQ(Level(fd), "OUT|HUP");
}

TEST_P(UnixConnectContract, AListenerWhosePathWasUnlinkedIsNotFound) {
  const int listener = NewUnixListener();
  const SocketAddress address = AddressOf(listener);
  EXPECT_EQ(kernel_->Unlink(address.path), 0);
  EXPECT_EQ(calls_.Connect(NewUnix(), address), -ENOENT);
  EXPECT_EQ(AddressOf(listener), address);
}

TEST_P(UnixConnectContract, ConnectOfAConnectedSocketSaysSo) {
  const Ends ends = ConnectUnix();
  const SocketAddress address = AddressOf(ends.listener);
  EXPECT_EQ(calls_.Connect(ends.client, address), -EISCONN);
  EXPECT_EQ(calls_.Connect(ends.server, address), -EISCONN);
  EXPECT_EQ(calls_.Connect(NewPair().client, address), -EISCONN);
}

TEST_P(UnixConnectContract, ConnectLooksForTheListenerFirst) {
  const Ends ends = ConnectUnix();
  EXPECT_EQ(calls_.Connect(ends.client, NewUnixAddress()), -ENOENT);
  const int full = NewUnixListener(/*backlog=*/0);
  FillBacklog(full);
  EXPECT_EQ(calls_.Connect(ends.client, AddressOf(full)), -EAGAIN);
}

TEST_P(UnixConnectContract, AListenerCannotConnect) {
  const int listener = NewUnixListener();
  EXPECT_EQ(calls_.Connect(listener, AddressOf(listener)), -EINVAL);
}

TEST_P(UnixConnectContract, ConnectIsNoEdgeForTheClient) {
  const int listener = NewUnixListener();
  const int fd = NewUnix();
  const int epoll = NewEpoll(fd, kEpollOut | kEpollEdgeTriggered);
  EXPECT_EQ(Now(epoll), "OUT|HUP");
  EXPECT_EQ(calls_.Connect(fd, AddressOf(listener)), 0);
  EXPECT_EQ(Now(epoll), "nothing");
}

// --- Listening --------------------------------------------------------------

TEST_P(UnixConnectContract, OnlyWhatHasANameAndNoPeerListens) {
  EXPECT_EQ(calls_.Listen(NewUnix(), 1), -EINVAL);
  const Ends ends = ConnectUnix();
  EXPECT_EQ(calls_.Listen(ends.server, 1), -EINVAL);
  EXPECT_EQ(calls_.Listen(ends.listener, 1), 0);
}

TEST_P(UnixConnectContract, AListenerIsReadableWhileSomebodyWaits) {
  const int listener = NewUnixListener();
  EXPECT_EQ(Level(listener), "nothing");
  NewUnixClient(AddressOf(listener));
  EXPECT_TRUE(Becomes(listener, "IN"));
  Accept(listener);
  EXPECT_EQ(Level(listener), "nothing");
  EXPECT_EQ(calls_.Accept4(listener, nullptr), -EAGAIN);
}

TEST_P(UnixConnectContract, AcceptOnWhatDoesNotListenIsInvalid) {
  EXPECT_EQ(calls_.Accept4(NewUnix(), nullptr), -EINVAL);
  EXPECT_EQ(calls_.Accept4(NewPair().client, nullptr), -EINVAL);
}

TEST_P(UnixConnectContract, AListenerNeitherReceivesNorSends) {
  const int listener = NewUnixListener();
  EXPECT_EQ(Receive(listener), Errno(EINVAL));
  EXPECT_EQ(calls_.Send(listener, "a", 0), -ENOTCONN);
}

TEST_P(UnixConnectContract, TheBacklogHoldsOneMoreThanItWasTold) {
  const int listener = NewUnixListener(/*backlog=*/1);
  const SocketAddress address = AddressOf(listener);
  NewUnixClient(address);
  NewUnixClient(address);
  const int fd = NewUnix();
  EXPECT_EQ(calls_.Connect(fd, address), -EAGAIN);
  EXPECT_EQ(Level(fd), "OUT|HUP");
  Accept(listener);
  EXPECT_EQ(calls_.Connect(fd, address), 0);
}

TEST_P(UnixConnectContract, NothingSaysThatAFullBacklogHasRoomAgain) {
  const int listener = NewUnixListener(/*backlog=*/0);
  FillBacklog(listener);
  const int fd = NewUnix();
  const int epoll = NewEpoll(fd, kEpollOut | kEpollEdgeTriggered);
  EXPECT_EQ(Now(epoll), "OUT|HUP");
  EXPECT_EQ(calls_.Connect(fd, AddressOf(listener)), -EAGAIN);
  Accept(listener);
  EXPECT_EQ(Now(epoll), "nothing");
}

TEST_P(UnixConnectContract, ALargerBacklogHasRoomAtOnce) {
  const int listener = NewUnixListener(/*backlog=*/0);
  FillBacklog(listener);
  EXPECT_EQ(calls_.Listen(listener, 1), 0);
  NewUnixClient(AddressOf(listener));
}

TEST_P(UnixConnectContract, AListenerShutDownForReadingRefusesForEver) {
  const int listener = NewUnixListener();
  NewUnixClient(AddressOf(listener));
  EXPECT_EQ(calls_.Shutdown(listener, ShutdownHow::kRead), 0);
  EXPECT_EQ(calls_.Connect(NewUnix(), AddressOf(listener)), -ECONNREFUSED);
  EXPECT_EQ(calls_.Listen(listener, 1), 0);
  EXPECT_EQ(calls_.Connect(NewUnix(), AddressOf(listener)), -ECONNREFUSED);
}

// Who waits for connections, and is told so, spins.
TEST_P(UnixConnectContract, AListenerShutDownForReadingStaysReadable) {
  const int listener = NewUnixListener();
  NewUnixClient(AddressOf(listener));
  calls_.Shutdown(listener, ShutdownHow::kRead);
  Keep(calls_.Accept4(listener, nullptr));  // Who waited is still let in.
  EXPECT_EQ(Level(listener), "IN|RDHUP");
  EXPECT_EQ(calls_.Accept4(listener, nullptr), -EAGAIN);
}

TEST_P(UnixConnectContract, ClosingAListenerResetsWhoWaitsInItsQueue) {
  const int listener = NewUnixListener();
  const int fd = NewUnixClient(AddressOf(listener));
  calls_.Close(listener);
  EXPECT_TRUE(Becomes(fd, "IN|OUT|RDHUP|ERR|HUP"));
  EXPECT_EQ(Receive(fd), Errno(ECONNRESET));
  EXPECT_EQ(Receive(fd), "");
}

TEST_P(UnixConnectContract, ClosingAListenerLeavesWhatItAccepted) {
  const Ends ends = ConnectUnix();
  calls_.Close(ends.listener);
  EXPECT_EQ(calls_.Send(ends.client, "abc", 0), 3);
  EXPECT_EQ(Receive(ends.server), "abc");
}

TEST_P(UnixConnectContract,
       AClientThatClosedWhileItWaitedIsAcceptedAllTheSame) {
  const int listener = NewUnixListener();
  const int fd = NewUnixClient(AddressOf(listener));
  calls_.Send(fd, "hi", 0);
  calls_.Close(fd);
  SocketAddress peer;
  const int server = Accept(listener, &peer);
  EXPECT_EQ(peer, UnixAddress());
  EXPECT_EQ(Receive(server), "hi");
  EXPECT_EQ(Receive(server), "");
}

INSTANTIATE_ON_EVERY_KERNEL(UnixConnectContract);

}  // namespace
}  // namespace cloche
