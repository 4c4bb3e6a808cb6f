// ScriptedPeer: the side of a connection that does what a script says, and
// writes down what it gets.
//
//     ScriptedPeer peer(script);
//     co_await Try(peer.Play(host.loop(), stream));
//
// Main disadvantage: it does not wait for what the other side says; a pause is
// all that it can do for it.
//
// Next: http/fuzz/http_server_fuzz.cc, http/fuzz/client_connection_fuzz.cc.

#ifndef CLOCHE_HTTP_FUZZ_SCRIPTED_PEER_H_
#define CLOCHE_HTTP_FUZZ_SCRIPTED_PEER_H_

#include <functional>
#include <string>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "cloche/loop/loop.h"
#include "cloche/net/tcp_stream.h"
#include "cloche/tasks/run.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/task.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/fuzz/script.h"
#include "cloche/testing/stream_tasks.h"
#include "cloche/testing/test_world.h"
#include "gtest/gtest.h"

namespace cloche {

// So short that what many of them come to is no long pause.
inline constexpr absl::Duration kPause = absl::Milliseconds(2);
inline constexpr absl::Duration kLongPause = absl::Seconds(5);

// Whether the peer does nothing that keeps the other side's words from it: it
// is not slow, does not leave, stops nobody, and reads.
inline bool IsPatient(const Script& script) {
  return absl::c_all_of(script, [](const ScriptStep& step) {
    return step.then == Then::kGoOn || step.then == Then::kPause ||
           step.then == Then::kFinish;
  });
}

// How long the peer takes, if nobody makes it wait.
inline absl::Duration TimeOf(const Script& script) {
  absl::Duration time;
  for (const ScriptStep& step : script) {
    time += step.then == Then::kLongPause ? kLongPause : kPause;
  }
  return time;
}

// What it says before it finishes or leaves.
inline std::string BytesSent(const Script& script) {
  std::string bytes;
  for (const ScriptStep& step : script) {
    bytes += step.bytes;
    if (step.then == Then::kFinish || step.then == Then::kClose ||
        step.then == Then::kReset) {
      break;
    }
  }
  return bytes;
}

// Fails the test unless the program on the host has ended, and cleaned up.
inline void ExpectNothingLeft(TestHost& host) {
  for (const std::string& open : host.kernel().OpenDescriptors()) {
    EXPECT_FALSE(absl::StrContains(open, "TCP")) << open;
  }
  EXPECT_EQ(host.loop().NextDeadline(), absl::InfiniteFuture());
  EXPECT_TRUE(host.loop().residents().empty());
}

// Lifetime: outlives its tasks; the script outlives it.
class ScriptedPeer {
 public:
  // Calls `on_stop` for Then::kStop.
  explicit ScriptedPeer(
      const Script& script, std::function<void()> on_stop = [] {})
      : script_(script), on_stop_(std::move(on_stop)) {}

  // Until the script is over and the other side has finished; or the peer has
  // left; or, if it does not read, until nobody waits for it any more.
  Task<> Play(Loop& loop, TcpStream& stream) {
    auto reading = Start(loop, [&] { return WriteDown(stream); });
    for (const ScriptStep& step : script_) {
      if (!finished_ && !step.bytes.empty()) {
        const absl::Status written = co_await stream.Write(step.bytes);
        if (!written.ok()) break;  // Nobody is there any more.
      }
      if (step.then == Then::kStopReading) reading.Cancel();
      if (!co_await Try(Do(step.then, stream))) break;
    }
    if (!co_await Try(reading.Join())) co_await Try(Sleep(10 * kLongPause));
    co_return absl::OkStatus();
  }

  const std::string& received() const { return received_; }

 private:
  // False if it has left.
  Task<bool> Do(Then then, TcpStream& stream) {
    switch (then) {
      case Then::kPause:
        co_await Try(Sleep(kPause));
        break;
      case Then::kLongPause:
        co_await Try(Sleep(kLongPause));
        break;
      case Then::kFinish:
        finished_ = true;
        (void)co_await stream.ShutdownWrite();
        break;
      case Then::kClose:
        stream.Close();
        co_return false;
      case Then::kReset:
        stream.Abort();
        co_return false;
      case Then::kStop:
        on_stop_();
        break;
      case Then::kStopReading:
      case Then::kGoOn:
        break;
    }
    co_return true;
  }

  // True if it read for as long as there was a connection.
  Task<bool> WriteDown(TcpStream& stream) {
    while (true) {
      const absl::StatusOr<std::string> part = co_await ReadOnce(stream, 10000);
      if (absl::IsCancelled(part.status())) co_return false;
      if (!part.ok() || part->empty()) co_return true;
      received_ += *part;
    }
  }

  const Script& script_;
  const std::function<void()> on_stop_;
  bool finished_ = false;  // It has sent its FIN.
  std::string received_;
};

}  // namespace cloche

#endif  // CLOCHE_HTTP_FUZZ_SCRIPTED_PEER_H_
