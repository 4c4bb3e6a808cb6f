// ScenarioActor: one task of a scenario, that does its steps one by one.
//
// Next: testing/scenario/scenario_run.cc, which sets the stage.

#ifndef CLOCHE_TESTING_SCENARIO_SCENARIO_ACTOR_H_
#define CLOCHE_TESTING_SCENARIO_SCENARIO_ACTOR_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/net/tcp_listener.h"
#include "cloche/net/tcp_stream.h"
#include "cloche/sync/event.h"
#include "cloche/tasks/task.h"
#include "cloche/testing/scenario/scenario.h"
#include "cloche/testing/sweep_run.h"

namespace cloche {

// A step with a label that is over.
struct ScenarioOver {
  std::string label;
  std::string host;  // Of its task.
  absl::Time at;
};

// What the tasks of one run share.
struct ScenarioStage {
  std::shared_ptr<const Scenario> scenario;
  SweepRun* run;
  std::map<std::string, TestHost*> hosts;
  std::map<std::string, Event> events;
  std::vector<ScenarioOver> over;  // As they end.
};

// Lifetime: both arguments outlive it. What is still open is closed with it.
class ScenarioActor {
 public:
  ScenarioActor(ScenarioStage& stage, const ScenarioTask& task)
      : stage_(stage), task_(task) {}

  Task<> Run();

 private:
  using Step = ScenarioStep;

  // Gives what it has read.
  Task<std::string> Do(const Step& step);
  Task<std::string> Listen(const Step& step);
  Task<std::string> Accept(const Step& step);
  Task<std::string> Connect(const Step& step);
  Task<std::string> Read(const Step& step);
  Task<std::string> Write(const Step& step);
  Task<std::string> End(const Step& step);
  Task<std::string> Synchronize(const Step& step);
  bool WasToBeCancelled(const Step& step, const absl::Status& status) const;
  void Compare(const Step& step, const absl::StatusOr<std::string>& result);

  absl::StatusOr<TcpStream*> Stream(const Step& step);
  static absl::Status Unknown(const Step& step, absl::string_view what);

  ScenarioStage& stage_;
  const ScenarioTask& task_;
  std::map<std::string, TcpListener> listeners_;
  std::map<std::string, TcpStream> streams_;
};

}  // namespace cloche

#endif  // CLOCHE_TESTING_SCENARIO_SCENARIO_ACTOR_H_
