// The rows of docs/readiness.md that are about UDP sockets.
//
// Next: testing/contract/readiness_table.h.

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "cloche/calls/socket_calls.h"
#include "cloche/testing/contract/readiness_table.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using Kernel = ReadinessDriver;

// Two sockets; what `peer` says, `fd` hears.
struct Pair {
  int fd = -1;
  int peer = -1;
};

Pair NewPair(Kernel& kernel) {
  const int peer = kernel.NewBoundUdp();
  return {.fd = kernel.NewUdpTo(peer), .peer = peer};
}

void Say(Kernel& kernel, const Pair& pair, absl::string_view text) {
  kernel.SendTo(pair.peer, kernel.AddressOf(pair.fd), text);
}

int Heard(Kernel& kernel, absl::string_view text) {
  const Pair pair = NewPair(kernel);
  Say(kernel, pair, text);
  return pair.fd;
}

int ShutDown(Kernel& kernel, ShutdownHow how) {
  const int fd = NewPair(kernel).fd;
  kernel.calls().Shutdown(fd, how);
  return fd;
}

// --- The rows ---------------------------------------------------------------

int NewOne(Kernel& kernel) { return kernel.NewUdp(); }
int Connected(Kernel& kernel) { return NewPair(kernel).fd; }
int ThreeBytes(Kernel& kernel) { return Heard(kernel, "abc"); }
int Empty(Kernel& kernel) { return Heard(kernel, ""); }

int Two(Kernel& kernel) {
  const Pair pair = NewPair(kernel);
  Say(kernel, pair, "abc");
  Say(kernel, pair, "de");
  return pair.fd;
}

int TwoAndOneTaken(Kernel& kernel) {
  const int fd = Two(kernel);
  EXPECT_TRUE(kernel.Becomes(fd, "IN|OUT"));
  kernel.Receive(fd);
  return fd;
}

int Refused(Kernel& kernel) {
  const Pair pair = NewPair(kernel);
  kernel.calls().Close(pair.peer);
  kernel.calls().Send(pair.fd, "x", 0);
  return pair.fd;
}

int RefusedBehindData(Kernel& kernel) {
  const Pair pair = NewPair(kernel);
  Say(kernel, pair, "abc");
  EXPECT_TRUE(kernel.Becomes(pair.fd, "IN|OUT"));
  kernel.calls().Close(pair.peer);
  kernel.calls().Send(pair.fd, "x", 0);
  return pair.fd;
}

int RefusedAndTold(Kernel& kernel) {
  const int fd = Refused(kernel);
  EXPECT_TRUE(kernel.Becomes(fd, "OUT|ERR"));
  kernel.TakeError(fd);
  return fd;
}

int ShutDownRead(Kernel& kernel) {
  return ShutDown(kernel, ShutdownHow::kRead);
}
int ShutDownWrite(Kernel& kernel) {
  return ShutDown(kernel, ShutdownHow::kWrite);
}
int ShutDownBoth(Kernel& kernel) {
  return ShutDown(kernel, ShutdownHow::kBoth);
}

int ShutDownReadAndHeard(Kernel& kernel) {
  const Pair pair = NewPair(kernel);
  kernel.calls().Shutdown(pair.fd, ShutdownHow::kRead);
  Say(kernel, pair, "abc");
  return pair.fd;
}

constexpr Situation kSituations[] = {
    {"UDP, new", NewOne},
    {"UDP, connected, nothing has come", Connected},
    {"UDP, one datagram of 3 bytes", ThreeBytes},
    {"UDP, one of 3 bytes and one of 2", Two},
    {"UDP, the same, after the first was taken", TwoAndOneTaken},
    {"UDP, an empty datagram", Empty},
    {"UDP, refused", Refused},
    {"UDP, refused, 3 bytes had come before", RefusedBehindData},
    {"UDP, refused, after SO_ERROR was read", RefusedAndTold},
    {"UDP, SHUT_RD", ShutDownRead},
    {"UDP, SHUT_RD, then a datagram of 3 bytes", ShutDownReadAndHeard},
    {"UDP, SHUT_WR", ShutDownWrite},
    {"UDP, SHUT_RDWR", ShutDownBoth},
};

}  // namespace

absl::Span<const Situation> UdpSituations() { return kSituations; }

}  // namespace cloche
