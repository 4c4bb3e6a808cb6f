// The real socket calls of whatever system this is: what every one of them must
// say in the same words. What is special to one is in
// linux_socket_calls_test.cc and windows_socket_calls_test.cc.

#include <cerrno>

#include "cloche/calls/system_calls_test.h"

namespace cloche {
namespace {

class SystemSocketCallsTest : public SystemCallsTest {};

// --- Errors -----------------------------------------------------------------

TEST_F(SystemSocketCallsTest, SocketOfNoFamilyIsRefused) {
  EXPECT_EQ(calls_.Socket(AddressFamily::kUnspecified, SocketType::kStream),
            -EAFNOSUPPORT);
}

TEST_F(SystemSocketCallsTest, BindToAnAddressInUseIsRefused) {
  EXPECT_EQ(calls_.Bind(NewTcp(), NameOf(NewListener())), -EADDRINUSE);
}

TEST_F(SystemSocketCallsTest, ARefusedConnectIsInProgressAndThenAnError) {
  const int nobody = NewBound();
  const int fd = NewTcp();
  ASSERT_EQ(calls_.Connect(fd, NameOf(nobody)), -EINPROGRESS);
  AwaitWritable(fd);
  int error = 0;
  EXPECT_EQ(calls_.GetSockOpt(fd, SocketOption::kError, &error), 0);
  EXPECT_EQ(error, ECONNREFUSED);
}

// --- Streams ----------------------------------------------------------------

TEST_F(SystemSocketCallsTest, AnEndOfStreamReceivesNothing) {
  const Ends ends = Connect();
  EXPECT_EQ(calls_.Send(ends.client, "bye", 0), 3);
  EXPECT_EQ(calls_.Shutdown(ends.client, ShutdownHow::kWrite), 0);
  AwaitReadable(ends.server);
  EXPECT_EQ(Receive(ends.server), "bye");
  AwaitReadable(ends.server);
  EXPECT_EQ(Receive(ends.server), "");
}

TEST_F(SystemSocketCallsTest, OutOfBandBytesPassTheOthers) {
  const Ends ends = Connect();
  ASSERT_EQ(calls_.Send(ends.client, "in band", 0), 7);
  ASSERT_EQ(calls_.Send(ends.client, "!", kSendOutOfBand), 1);
  AwaitUrgent(ends.server);
  EXPECT_EQ(Receive(ends.server, 100, kReceiveOutOfBand), "!");
  EXPECT_EQ(Receive(ends.server), "in band");
}

// --- Names ------------------------------------------------------------------

TEST_F(SystemSocketCallsTest, BindToPortZeroLetsTheSystemChooseAndSayWhich) {
  SocketAddress name = NameOf(NewListener());
  EXPECT_NE(name.port, 0);
  name.port = 0;
  EXPECT_EQ(name, Loopback());
}

TEST_F(SystemSocketCallsTest, ThePeersNameIsTheOtherEndsOwn) {
  const Ends ends = Connect();
  EXPECT_EQ(PeerOf(ends.client), NameOf(ends.listener));
  EXPECT_EQ(PeerOf(ends.server), NameOf(ends.client));
}

TEST_F(SystemSocketCallsTest, AcceptSaysWhoCalls) {
  const int listener = NewListener();
  const int client = NewTcp();
  ASSERT_EQ(calls_.Connect(client, NameOf(listener)), -EINPROGRESS);
  AwaitReadable(listener);
  SocketAddress peer;
  EXPECT_GE(Own(calls_.Accept4(listener, &peer)), 0);
  EXPECT_EQ(peer, NameOf(client));
}

TEST_F(SystemSocketCallsTest, SpeaksIpv6) {
  const int probe = NewTcp(AddressFamily::kIpv6);
  if (probe < 0 ||
      calls_.Bind(probe, Loopback(AddressFamily::kIpv6)) == -EADDRNOTAVAIL) {
    GTEST_SKIP() << "this machine has no IPv6";
  }
  const Ends ends = Connect(AddressFamily::kIpv6);
  EXPECT_EQ(PeerOf(ends.client), NameOf(ends.listener));
}

}  // namespace
}  // namespace cloche
