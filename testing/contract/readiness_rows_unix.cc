// The rows of docs/readiness.md for UNIX stream sockets.
//
// What a pair and a connected socket say is the same, so most rows have a pair.
//
// Next: testing/contract/readiness_table.cc, the rows for TCP and the table.

#include <cerrno>

#include "cloche/calls/socket_calls.h"
#include "cloche/testing/contract/readiness_table.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using Kernel = ReadinessDriver;
using Ends = SystemCallDriver::Ends;

// --- Before there is a connection -------------------------------------------

int NeverConnected(Kernel& kernel) { return kernel.NewUnix(); }

int BoundOnly(Kernel& kernel) {
  const int fd = kernel.NewUnix();
  EXPECT_EQ(kernel.calls().Bind(fd, kernel.NewUnixAddress()), 0);
  return fd;
}

int Listening(Kernel& kernel) { return kernel.NewUnixListener(); }

int ListeningWithOneWaiting(Kernel& kernel) {
  const int listener = kernel.NewUnixListener();
  kernel.NewUnixClient(kernel.AddressOf(listener));
  return listener;
}

int ListenerShutDown(Kernel& kernel) {
  const int listener = kernel.NewUnixListener();
  kernel.calls().Shutdown(listener, ShutdownHow::kRead);
  return listener;
}

// The backlog was full.
int ToldToTryAgain(Kernel& kernel) {
  const int listener = kernel.NewUnixListener(/*backlog=*/0);
  kernel.NewUnixClient(kernel.AddressOf(listener));
  const int fd = kernel.NewUnix();
  EXPECT_EQ(kernel.calls().Connect(fd, kernel.AddressOf(listener)), -EAGAIN);
  return fd;
}

// --- Connected --------------------------------------------------------------

int NotAcceptedYet(Kernel& kernel) {
  return kernel.NewUnixClient(kernel.AddressOf(kernel.NewUnixListener()));
}

int Connected(Kernel& kernel) { return kernel.ConnectUnix().client; }
int Pair(Kernel& kernel) { return kernel.NewPair().client; }

int DataHasArrived(Kernel& kernel) {
  const Ends ends = kernel.NewPair();
  kernel.calls().Send(ends.server, "abc", 0);
  return ends.client;
}

Ends NewFull(Kernel& kernel) {
  const Ends ends = kernel.NewSmallPair();
  kernel.FillUp(ends.client);
  return ends;
}

int SendBufferFull(Kernel& kernel) { return NewFull(kernel).client; }

// --- The end of one half ----------------------------------------------------

int ShutDown(Kernel& kernel, ShutdownHow how) {
  const int fd = kernel.NewPair().client;
  kernel.calls().Shutdown(fd, how);
  return fd;
}
int ShutDownRead(Kernel& kernel) {
  return ShutDown(kernel, ShutdownHow::kRead);
}
int ShutDownWrite(Kernel& kernel) {
  return ShutDown(kernel, ShutdownHow::kWrite);
}

int PeerShutDown(Kernel& kernel, const Ends& ends, ShutdownHow how) {
  kernel.calls().Shutdown(ends.server, how);
  return ends.client;
}
int PeerShutDownRead(Kernel& kernel) {
  return PeerShutDown(kernel, kernel.NewPair(), ShutdownHow::kRead);
}
int PeerShutDownReadWhileFull(Kernel& kernel) {
  return PeerShutDown(kernel, NewFull(kernel), ShutdownHow::kRead);
}
int PeerShutDownWrite(Kernel& kernel) {
  return PeerShutDown(kernel, kernel.NewPair(), ShutdownHow::kWrite);
}
int PeerShutDownWriteWhileFull(Kernel& kernel) {
  return PeerShutDown(kernel, NewFull(kernel), ShutdownHow::kWrite);
}

// --- The end of both --------------------------------------------------------

int ShutDownBoth(Kernel& kernel) {
  return ShutDown(kernel, ShutdownHow::kBoth);
}

int PeerClosed(Kernel& kernel) {
  const Ends ends = kernel.ConnectUnix();
  kernel.calls().Close(ends.server);
  return ends.client;
}

int OtherEndOfAPairClosed(Kernel& kernel) {
  const Ends ends = kernel.NewPair();
  kernel.calls().Close(ends.server);
  return ends.client;
}

int PeerClosedBehindData(Kernel& kernel) {
  const Ends ends = kernel.NewPair();
  kernel.calls().Send(ends.server, "abc", 0);
  kernel.calls().Close(ends.server);
  return ends.client;
}

int PeerClosedWithOurDataUnread(Kernel& kernel) {
  const Ends ends = kernel.NewPair();
  kernel.calls().Send(ends.client, "abc", 0);
  kernel.calls().Close(ends.server);
  return ends.client;
}

int PeerClosedAndTold(Kernel& kernel) {
  const int fd = PeerClosedWithOurDataUnread(kernel);
  kernel.TakeError(fd);
  return fd;
}

int PeerClosedWhileFull(Kernel& kernel) {
  const Ends ends = NewFull(kernel);
  kernel.calls().Close(ends.server);
  return ends.client;
}

int ListenerClosedBeforeAccept(Kernel& kernel) {
  const int listener = kernel.NewUnixListener();
  const int fd = kernel.NewUnixClient(kernel.AddressOf(listener));
  kernel.calls().Close(listener);
  return fd;
}

constexpr Situation kSituations[] = {
    {"UNIX, never connected", NeverConnected},
    {"UNIX, bound only", BoundOnly},
    {"UNIX, listening, nobody waits", Listening},
    {"UNIX, listening, one connection waits", ListeningWithOneWaiting},
    {"UNIX, listener, shut down for reading", ListenerShutDown},
    {"UNIX, connect said EAGAIN", ToldToTryAgain},
    {"UNIX, connected, not accepted yet", NotAcceptedYet},
    {"UNIX, connected", Connected},
    {"UNIX, socket pair", Pair},
    {"UNIX, 3 bytes have arrived", DataHasArrived},
    {"UNIX, send buffer full", SendBufferFull},
    {"UNIX, own SHUT_RD", ShutDownRead},
    {"UNIX, own SHUT_WR", ShutDownWrite},
    {"UNIX, own SHUT_RDWR", ShutDownBoth},
    {"UNIX, peer's SHUT_RD", PeerShutDownRead},
    {"UNIX, peer's SHUT_RD, send buffer full", PeerShutDownReadWhileFull},
    {"UNIX, peer's SHUT_WR", PeerShutDownWrite},
    {"UNIX, peer's SHUT_WR, send buffer full", PeerShutDownWriteWhileFull},
    {"UNIX, peer closed", PeerClosed},
    {"UNIX, socket pair, other end closed", OtherEndOfAPairClosed},
    {"UNIX, peer closed behind 3 unread bytes", PeerClosedBehindData},
    {"UNIX, peer closed with our data unread", PeerClosedWithOurDataUnread},
    {"UNIX, the same, after SO_ERROR was read", PeerClosedAndTold},
    {"UNIX, peer closed, send buffer was full", PeerClosedWhileFull},
    {"UNIX, listener closed before accept", ListenerClosedBeforeAccept},
};

}  // namespace

absl::Span<const Situation> UnixSituations() { return kSituations; }

}  // namespace cloche
