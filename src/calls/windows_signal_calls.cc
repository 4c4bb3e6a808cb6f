#include "cloche/calls/windows_signal_calls.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <mutex>

#include "absl/types/span.h"
#include "cloche/calls/windows_loopback_pair.h"
#include "cloche/calls/windows_winsock.h"

namespace cloche {
namespace {

// What a process exits with that nobody saved from Ctrl-C:
// STATUS_CONTROL_C_EXIT.
constexpr UINT kEndedByControlC = 0xC000013A;

// The sending end of the open descriptor, and which signals are under way in
// it. All of it is guarded by `mutex`.
struct Sender {
  std::mutex mutex;
  int fd = -1;
  std::array<bool, 2> sent = {};  // By Signal.
};
Sender sender;

bool AsksForItsEnd(DWORD event) {
  return event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT;
}

// One that is under way already is not sent again. False if nobody listens any
// more: it came while CloseSignals was at work.
bool Send(Signal signal) {
  const std::lock_guard<std::mutex> lock(sender.mutex);
  if (sender.fd < 0) return false;
  bool& sent = sender.sent[static_cast<size_t>(signal)];
  if (sent) return true;
  sent = true;
  const char byte = static_cast<char>(signal);
  send(ToSocket(sender.fd), &byte, 1, /*flags=*/0);
  return true;
}

BOOL WINAPI OnEvent(DWORD event) {
  const Signal signal =
      AsksForItsEnd(event) ? Signal::kTerminate : Signal::kInterrupt;
  if (!Send(signal)) return FALSE;  // Then what happens without us.
  if (AsksForItsEnd(event)) Sleep(INFINITE);
  return TRUE;  // It was seen to.
}

}  // namespace

int WindowsSignalCalls::OpenSignals() {
  const std::lock_guard<std::mutex> lock(sender.mutex);
  if (sender.fd >= 0) return -EBUSY;
  int pair[2];
  const int error = OpenLoopbackPair(pair);
  if (error != 0) return error;
  if (!SetConsoleCtrlHandler(OnEvent, /*add=*/TRUE)) {
    const int failure = LastWindowsError();
    for (const int fd : pair) sockets_.Close(fd);
    return failure;
  }
  sender.fd = pair[1];
  sender.sent = {};
  return pair[0];
}

int WindowsSignalCalls::TakeSignal(int fd, Signal* signal) {
  char byte = 0;
  const int64_t count = sockets_.Recv(fd, absl::MakeSpan(&byte, 1), 0);
  // An end would be readable for ever: whoever waits must not try again.
  if (count < 1) return count == 0 ? -ECONNRESET : static_cast<int>(count);
  *signal = static_cast<Signal>(byte);
  const std::lock_guard<std::mutex> lock(sender.mutex);
  sender.sent[static_cast<size_t>(*signal)] = false;
  return 0;
}

int WindowsSignalCalls::CloseSignals(int fd) {
  SetConsoleCtrlHandler(OnEvent, /*add=*/FALSE);
  const std::lock_guard<std::mutex> lock(sender.mutex);
  // What would have happened without us: the process ends.
  if (sender.sent[0] || sender.sent[1]) ExitProcess(kEndedByControlC);
  sockets_.Close(sender.fd);
  sender.fd = -1;
  return sockets_.Close(fd);
}

}  // namespace cloche
