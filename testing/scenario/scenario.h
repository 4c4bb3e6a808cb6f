// Scenario: hosts, tasks, what they do, what goes wrong and what must come of
// it, as a text that a program in any language can read.
//
//     host server
//     host client
//     link client server latency 10ms
//
//     task answer on server
//       listen 7000 as door
//       accept door as visitor
//       asked: read visitor 5 = "hello"
//       write visitor "bye"
//
//     task ask on client
//       connect server 7000 as line
//       write line "hello"
//       answered: read line to end = "bye"
//
//     fault server recv 1 EINTR
//     order asked < answered
//
// A port of Cloche runs the files of testing/scenario/corpus with an
// interpreter of its own, and so checks itself against this one. The language
// is explained in docs/porting.md; its forms are two tables, in
// testing/scenario/scenario_parser.cc and, those of steps, in scenario_step.cc.
//
// What must happen is a partial order, not a trace: "asked" before "answered",
// and of all the rest nothing. So it holds in every order in which tasks may
// run, and an implementation is free where it should be.
//
// Main disadvantage: it speaks of streams only. What a nursery does, or a
// system call, is for tests in the port's own language.
//
// Next: testing/scenario/scenario_parser.h, testing/scenario/scenario_run.h.

#ifndef CLOCHE_TESTING_SCENARIO_SCENARIO_H_
#define CLOCHE_TESTING_SCENARIO_SCENARIO_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/fakes/errno_table.h"

namespace cloche {

// One thing that a task does, and how it must end. Which of the fields a kind
// has is in the table of forms.
struct ScenarioStep {
  enum class Kind : uint8_t {
    kListen,
    kAccept,
    kConnect,
    kRead,
    kReadToEnd,
    kWrite,
    kFinish,
    kClose,
    kReset,
    kSleep,
    kSet,
    kAwait,
    kCancel,
  };

  Kind kind = Kind::kSleep;
  int line = 0;  // Of the text, from 1 on.
  std::string label = {};
  std::string object =
      {};  // The stream, listener, event or task that it is about.
  std::string name =
      {};  // What the listener or stream that it makes is called.
  std::string host = {};   // Whom it connects to.
  uint64_t number = 0;     // A port, or how many bytes.
  std::string bytes = {};  // What it writes.
  absl::Duration duration = {};
  std::optional<absl::Duration> limit = {};  // It is given so much time.

  absl::StatusCode code = absl::StatusCode::kOk;  // How it must end.
  std::optional<std::string> expected = {};       // What it must read.
};

struct ScenarioTask {
  std::string name = {};
  std::string host = {};
  std::vector<ScenarioStep> steps = {};
  absl::StatusCode code = absl::StatusCode::kOk;  // How it must end.
};

struct ScenarioLink {
  enum class Property : uint8_t { kLatency, kJitter, kLoss, kRate };

  std::string host = {};
  std::string other = {};
  Property property = Property::kLatency;
  double value = 0;  // Seconds, a probability, bytes a second.
};

// The `nth` call of its kind on this host fails, and if it is persistent all
// later ones do.
struct ScenarioFault {
  std::string host = {};
  CallKind call = CallKind::kSocket;
  int nth = 1;
  int error = 0;
  bool persistent = false;
};

// What happens to the network at a time.
struct ScenarioIncident {
  enum class Kind : uint8_t { kCut, kMend, kPartition, kHeal };

  Kind kind = Kind::kCut;
  absl::Duration at = {};
  std::string host = {};
  std::string other = {};
};

// The step with the first label ends before that with the second; on another
// host, at an earlier instant.
struct ScenarioOrder {
  int line = 0;  // Of the text, from 1 on.
  std::string before = {};
  std::string after = {};
};

struct Scenario {
  std::vector<std::string> hosts;
  std::vector<ScenarioLink> links;
  std::vector<ScenarioTask> tasks;
  std::vector<ScenarioFault> faults;
  std::vector<ScenarioIncident> incidents;
  std::vector<ScenarioOrder> orders;
};

}  // namespace cloche

#endif  // CLOCHE_TESTING_SCENARIO_SCENARIO_H_
