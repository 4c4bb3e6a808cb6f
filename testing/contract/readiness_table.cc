#include "cloche/testing/contract/readiness_table.h"

#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cloche/calls/socket_calls.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using Kernel = ReadinessDriver;
using Ends = SystemCallDriver::Ends;

// What a row waits for on its way, before it goes on.
constexpr absl::string_view kReadable = "IN|OUT";
constexpr absl::string_view kFinished = "IN|OUT|RDHUP";
constexpr absl::string_view kBroken = "IN|OUT|RDHUP|ERR|HUP";

void Arrive(Kernel& kernel, int fd, absl::string_view mask) {
  EXPECT_TRUE(kernel.Becomes(fd, mask));
}

Ends ConnectAndSend(Kernel& kernel, absl::string_view bytes, int flags = 0) {
  const Ends ends = kernel.Connect();
  kernel.calls().Send(ends.server, bytes, flags);
  return ends;
}

Ends ConnectAndFill(Kernel& kernel) {
  const Ends ends = kernel.ConnectSmall();
  kernel.FillUp(ends.client);
  return ends;
}

// --- Before there is a connection -------------------------------------------

int NeverConnected(Kernel& kernel) { return kernel.NewTcp(); }
int BoundOnly(Kernel& kernel) { return kernel.NewBound(); }
int Listening(Kernel& kernel) { return kernel.NewListener(); }

int ListeningWithOneWaiting(Kernel& kernel) {
  const int listener = kernel.NewListener();
  kernel.NewConnecting(kernel.AddressOf(listener));
  return listener;
}

int ListenerShutDown(Kernel& kernel) {
  const int listener = kernel.NewListener();
  kernel.calls().Shutdown(listener, ShutdownHow::kRead);
  return listener;
}

// A backlog of 0 has room for one; the second one's SYN is not answered.
int Connecting(Kernel& kernel) {
  const int listener = kernel.NewListener(/*backlog=*/0);
  kernel.NewConnecting(kernel.AddressOf(listener));
  Arrive(kernel, listener, "IN");
  return kernel.NewConnecting(kernel.AddressOf(listener));
}

int ConnectingAndCalledOff(Kernel& kernel) {
  const int fd = Connecting(kernel);
  kernel.calls().Shutdown(fd, ShutdownHow::kBoth);
  return fd;
}

int Refused(Kernel& kernel) {
  return kernel.NewConnecting(kernel.AddressOf(kernel.NewBound()));
}

int RefusedAndTold(Kernel& kernel) {
  const int fd = Refused(kernel);
  Arrive(kernel, fd, kBroken);
  kernel.TakeError(fd);
  return fd;
}

// --- Connected --------------------------------------------------------------

int Connected(Kernel& kernel) { return kernel.Connect().client; }

int DataHasArrived(Kernel& kernel) {
  return ConnectAndSend(kernel, "abc").client;
}

int SendBufferFull(Kernel& kernel) { return ConnectAndFill(kernel).client; }

int SendBufferFullAndData(Kernel& kernel) {
  const Ends ends = ConnectAndFill(kernel);
  kernel.calls().Send(ends.server, "abc", 0);
  return ends.client;
}

// --- Out-of-band bytes ------------------------------------------------------

int UrgentByteAlone(Kernel& kernel) {
  return ConnectAndSend(kernel, "!", kSendOutOfBand).client;
}

int UrgentByteBehindData(Kernel& kernel) {
  return ConnectAndSend(kernel, "abc!", kSendOutOfBand).client;
}

int UrgentByteTaken(Kernel& kernel) {
  const int fd = UrgentByteAlone(kernel);
  Arrive(kernel, fd, "PRI|OUT");
  kernel.Receive(fd, 1, kReceiveOutOfBand);
  return fd;
}

int UrgentByteInline(Kernel& kernel) {
  const int fd = UrgentByteAlone(kernel);
  kernel.Set(fd, SocketOption::kOutOfBandInline, 1);
  return fd;
}

// --- The end of one half ----------------------------------------------------

int PeerFinished(Kernel& kernel) {
  const Ends ends = kernel.Connect();
  kernel.calls().Shutdown(ends.server, ShutdownHow::kWrite);
  return ends.client;
}

int PeerFinishedWithUnreadData(Kernel& kernel) {
  const Ends ends = ConnectAndSend(kernel, "abc");
  kernel.calls().Shutdown(ends.server, ShutdownHow::kWrite);
  return ends.client;
}

int PeerFinishedWhileFull(Kernel& kernel) {
  const Ends ends = ConnectAndFill(kernel);
  kernel.calls().Shutdown(ends.server, ShutdownHow::kWrite);
  return ends.client;
}

int ShutDown(Kernel& kernel, ShutdownHow how) {
  const int fd = kernel.Connect().client;
  kernel.calls().Shutdown(fd, how);
  return fd;
}
int ShutDownRead(Kernel& kernel) {
  return ShutDown(kernel, ShutdownHow::kRead);
}
int ShutDownWrite(Kernel& kernel) {
  return ShutDown(kernel, ShutdownHow::kWrite);
}

// --- The end of both --------------------------------------------------------

int ShutDownBoth(Kernel& kernel) {
  return ShutDown(kernel, ShutdownHow::kBoth);
}

int BothFinished(Kernel& kernel) {
  const int fd = PeerFinished(kernel);
  kernel.calls().Shutdown(fd, ShutdownHow::kWrite);
  return fd;
}

int PeerReset(Kernel& kernel) {
  const Ends ends = kernel.Connect();
  kernel.Reset(ends.server);
  return ends.client;
}

int PeerResetWithUnreadData(Kernel& kernel) {
  const Ends ends = ConnectAndSend(kernel, "abc");
  Arrive(kernel, ends.client, kReadable);
  kernel.Reset(ends.server);
  return ends.client;
}

int PeerResetWhileFull(Kernel& kernel) {
  const Ends ends = ConnectAndFill(kernel);
  kernel.Reset(ends.server);
  return ends.client;
}

// Nobody is there to take what is sent after the peer's close.
int PeerResetAfterItsFin(Kernel& kernel) {
  const Ends ends = kernel.Connect();
  kernel.calls().Close(ends.server);
  Arrive(kernel, ends.client, kFinished);
  kernel.calls().Send(ends.client, "abc", 0);
  return ends.client;
}

int PeerResetAfterBothFins(Kernel& kernel) {
  const Ends ends = ConnectAndFill(kernel);
  kernel.calls().Shutdown(ends.server, ShutdownHow::kWrite);
  Arrive(kernel, ends.client, "IN|RDHUP");
  kernel.calls().Shutdown(ends.client, ShutdownHow::kWrite);
  kernel.Reset(ends.server);
  return ends.client;
}

int PeerResetAndTold(Kernel& kernel) {
  const int fd = PeerReset(kernel);
  Arrive(kernel, fd, kBroken);
  kernel.TakeError(fd);
  return fd;
}

// Two, because the next descriptor, which is the epoll set that is to be asked,
// gets the lowest number.
int Closed(Kernel& kernel) {
  const int lower = kernel.NewTcp();
  const int fd = kernel.NewTcp();
  kernel.calls().Close(lower);
  kernel.calls().Close(fd);
  return fd;
}

constexpr Situation kTcpSituations[] = {
    {"never connected", NeverConnected},
    {"bound only", BoundOnly},
    {"listening, nobody waits", Listening},
    {"listening, one connection waits", ListeningWithOneWaiting},
    {"listener, shut down for reading", ListenerShutDown},
    {"connecting", Connecting},
    {"connecting, called off by shutdown", ConnectingAndCalledOff},
    {"refused", Refused},
    {"refused, after SO_ERROR was read", RefusedAndTold},
    {"connected", Connected},
    {"3 bytes have arrived", DataHasArrived},
    {"send buffer full", SendBufferFull},
    {"send buffer full, 3 bytes have arrived", SendBufferFullAndData},
    {"out-of-band byte, nothing else", UrgentByteAlone},
    {"out-of-band byte behind 3 others", UrgentByteBehindData},
    {"out-of-band byte was taken", UrgentByteTaken},
    {"out-of-band byte, SO_OOBINLINE", UrgentByteInline},
    {"peer's FIN", PeerFinished},
    {"peer's FIN behind 3 unread bytes", PeerFinishedWithUnreadData},
    {"peer's FIN, send buffer full", PeerFinishedWhileFull},
    {"own SHUT_RD", ShutDownRead},
    {"own SHUT_WR (own FIN)", ShutDownWrite},
    {"own SHUT_RDWR", ShutDownBoth},
    {"both FINs", BothFinished},
    {"RST", PeerReset},
    {"RST behind 3 unread bytes", PeerResetWithUnreadData},
    {"RST, send buffer was full", PeerResetWhileFull},
    {"RST after the peer's FIN", PeerResetAfterItsFin},
    {"RST after both FINs", PeerResetAfterBothFins},
    {"RST, after SO_ERROR was read", PeerResetAndTold},
    {"closed descriptor", Closed},
};

// The fake kernel's answers: only it has all of the calls. Of UNIX sockets a
// completion port is not asked: under Windows Cloche has none.
std::string Row(const Situation& situation, bool has_port) {
  ReadinessDriver kernel(KernelKind::kFake);
  const int fd = situation.reach(kernel);
  const std::string cells[] = {std::string(situation.name), kernel.Report(fd),
                               kernel.AskRing(fd), kernel.AskKqueue(fd),
                               has_port ? kernel.AskCompletionPort(fd) : "–"};
  return absl::StrCat("| ", absl::StrJoin(cells, " | "), " |\n");
}

std::string Rows(absl::Span<const Situation> situations, bool has_port = true) {
  std::string rows;
  for (const Situation& situation : situations) {
    rows += Row(situation, has_port);
  }
  return rows;
}

}  // namespace

std::vector<Situation> AllSituations() {
  std::vector<Situation> all;
  for (const absl::Span<const Situation> part :
       {absl::MakeConstSpan(kTcpSituations), UdpSituations(),
        UnixSituations()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

std::string ReadinessTable() {
  return absl::StrCat(
      "| situation | epoll | poll | select | io_uring | kqueue, by rule "
      "| completion port, by rule |\n"
      "|---|---|---|---|---|---|---|\n",
      Rows(kTcpSituations), Rows(UdpSituations()),
      Rows(UnixSituations(), /*has_port=*/false));
}

}  // namespace cloche
