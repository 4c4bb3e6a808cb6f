// Trace: what happened on fake hosts, call by call and task by task.
//
//     Trace trace;
//     TestWorld world;
//     TestHost& server = world.AddHost("server");
//     trace.Watch(server.kernel());
//     ...
//     trace.Text();        // For people, and for testing/golden.h.
//     trace.ChromeJson();  // For https://ui.perfetto.dev or chrome://tracing.
//
//     0.001000  server  accept4(4) = 5
//     0.001000  server  recv(5) = EAGAIN
//     0.002000  client  runs 2 of 3
//
// How it works: FakeHost tells of each call that returns, and whoever orders
// the tasks (testing/sweep_run.h) of each turn. Neither the real time nor an
// address is in it, so that the same seed gives the same trace, byte for byte,
// in every process. A wait that finds nothing is left out: with it the test
// world only asks whether there is something to do.
//
// Main disadvantage: it knows which descriptor a call was about, and nothing of
// its other arguments.
//
// Next: fakes/fake_host.h (ReturnWatcher), testing/explore.h.

#ifndef CLOCHE_TESTING_TRACE_H_
#define CLOCHE_TESTING_TRACE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/fakes/errno_table.h"
#include "cloche/fakes/fake_host.h"

namespace cloche {

// So many lines of it does a test that failed show.
inline constexpr size_t kLastEvents = 20;

// Thread safety: none. Lifetime: its own; it may die before a host that it
// watches, whose calls nobody notes any more, and after it.
class Trace {
 public:
  // Remembers the last so many events, at least 1.
  explicit Trace(size_t most_events = std::numeric_limits<size_t>::max())
      : most_events_(most_events) {}
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  // Notes the host's calls, from now on. Several traces may watch a host; the
  // world that a host is of has one of its own (testing/test_world.h).
  void Watch(FakeHost& host);
  // On `host` a task runs: the one with this index of so many that are ready.
  void NoteTurn(FakeHost& host, size_t index, size_t count);

  // Of `count` timers or arrivals (`what`, a literal) of one instant this one
  // is taken first; or, if it is `count`, they have to wait. Nothing is noted
  // for the first one.
  void NoteDeviation(absl::Duration at, absl::string_view what, size_t index,
                     size_t count);

  bool empty() const { return events_.empty(); }

  // A line for each event.
  std::string Text() const;
  // The last so many lines of it.
  std::string LastLines(size_t count) const;
  // In Chrome's trace event format: a process for each host, with a row for its
  // calls and one for its turns. None of them takes time in a world where only
  // waiting does; those of one instant are drawn a nanosecond apart, in their
  // order.
  std::string ChromeJson() const;

 private:
  struct Call {
    CallKind kind;
    int fd;
    int64_t result;
  };
  // A choice, and what was chosen: a turn of a task, or a deviation.
  struct Choice {
    absl::string_view what;  // Of a literal.
    size_t index;
    size_t count;
  };
  // Made into text only if somebody asks for it.
  struct Event {
    absl::Duration at;  // Since the beginning.
    size_t host;        // In hosts_.
    std::variant<Call, Choice> what;
  };

  void Note(const Event& event);
  size_t IndexOf(absl::string_view name);
  static std::string TextOf(const Call& call);
  static std::string TextOf(const Choice& choice);
  static std::string TextOf(const Event& event);
  std::string LineOf(const Event& event) const;

  const size_t most_events_;
  // What watches a host stays there as long as the host does: it sees by this
  // whether there still is a trace.
  const std::shared_ptr<bool> lives_ = std::make_shared<bool>(true);
  std::vector<const FakeHost*> watched_;
  std::vector<std::string> hosts_;
  std::deque<Event> events_;
};

}  // namespace cloche

#endif  // CLOCHE_TESTING_TRACE_H_
