#include "cloche/testing/scenario/scenario_actor.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/timeout.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/stream_tasks.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

std::string Shortened(const std::string& bytes) {
  if (bytes.size() <= 60) return bytes;
  return absl::StrCat(bytes.substr(0, 60), "... (", bytes.size(), " bytes)");
}

}  // namespace

// A step that ends as it must not, ends the task.
Task<> ScenarioActor::Run() {
  for (const Step& step : task_.steps) {
    absl::StatusOr<std::string> result;
    if (step.limit.has_value()) {
      result = co_await WithTimeout(*step.limit, Do(step));
    } else {
      result = co_await Do(step);
    }
    if (!WasToBeCancelled(step, result.status())) Compare(step, result);
    if (result.status().code() != step.code) co_return result.status();
    if (step.label.empty()) continue;
    stage_.over.push_back(
        {step.label, task_.host, stage_.run->world().clock().Now()});
  }
  co_return absl::OkStatus();
}

// Who "ends NAME CANCELLED" may be cancelled in any of its steps.
bool ScenarioActor::WasToBeCancelled(const Step& step,
                                     const absl::Status& status) const {
  return absl::IsCancelled(status) &&
         step.code != absl::StatusCode::kCancelled &&
         task_.code == absl::StatusCode::kCancelled;
}

void ScenarioActor::Compare(const Step& step,
                            const absl::StatusOr<std::string>& result) {
  EXPECT_EQ(absl::StatusCodeToString(result.status().code()),
            absl::StatusCodeToString(step.code))
      << "line " << step.line << " of the scenario: " << result.status();
  if (!result.ok() || !step.expected.has_value()) return;
  EXPECT_TRUE(*result == *step.expected)
      << "line " << step.line << " of the scenario has read\n  "
      << Shortened(*result) << "\nand not\n  " << Shortened(*step.expected);
}

Task<std::string> ScenarioActor::Do(const Step& step) {
  switch (step.kind) {
    case Step::Kind::kListen:
      return Listen(step);
    case Step::Kind::kAccept:
      return Accept(step);
    case Step::Kind::kConnect:
      return Connect(step);
    case Step::Kind::kRead:
    case Step::Kind::kReadToEnd:
      return Read(step);
    case Step::Kind::kWrite:
      return Write(step);
    case Step::Kind::kFinish:
    case Step::Kind::kClose:
    case Step::Kind::kReset:
      return End(step);
    default:
      return Synchronize(step);
  }
}

absl::Status ScenarioActor::Unknown(const Step& step, absl::string_view what) {
  return absl::NotFoundError(absl::StrCat(
      "line ", step.line, " of the scenario: no ", what, " of this task is '",
      step.object, "'; 'as ", step.object, "' makes one"));
}

absl::StatusOr<TcpStream*> ScenarioActor::Stream(const Step& step) {
  const auto found = streams_.find(step.object);
  if (found == streams_.end()) return Unknown(step, "stream");
  return &found->second;
}

// --- Steps ------------------------------------------------------------------

Task<std::string> ScenarioActor::Listen(const Step& step) {
  TestHost& host = *stage_.hosts.at(task_.host);
  const auto port = static_cast<uint16_t>(step.number);
  listeners_.insert_or_assign(
      step.name, co_await Try(TcpListener::Listen(host.EndpointAt(port))));
  co_return "";
}

Task<std::string> ScenarioActor::Accept(const Step& step) {
  const auto found = listeners_.find(step.object);
  if (found == listeners_.end()) co_return Unknown(step, "listener");
  streams_.insert_or_assign(step.name, co_await Try(found->second.Accept()));
  co_return "";
}

Task<std::string> ScenarioActor::Connect(const Step& step) {
  TestHost& host = *stage_.hosts.at(step.host);
  const auto port = static_cast<uint16_t>(step.number);
  streams_.insert_or_assign(
      step.name, co_await Try(TcpStream::Connect(host.EndpointAt(port))));
  co_return "";
}

Task<std::string> ScenarioActor::Read(const Step& step) {
  TcpStream& stream = *co_await Try(Stream(step));
  if (step.kind == Step::Kind::kReadToEnd) co_return co_await ReadToEnd(stream);
  co_return co_await ReadAll(stream, step.number);
}

Task<std::string> ScenarioActor::Write(const Step& step) {
  TcpStream& stream = *co_await Try(Stream(step));
  co_await Try(stream.Write(step.bytes));
  co_return "";
}

Task<std::string> ScenarioActor::End(const Step& step) {
  const auto listener = listeners_.find(step.object);
  if (step.kind == Step::Kind::kClose && listener != listeners_.end()) {
    listener->second.Close();
    co_return "";
  }
  TcpStream& stream = *co_await Try(Stream(step));
  if (step.kind == Step::Kind::kFinish) {
    co_await Try(stream.ShutdownWrite());
  } else if (step.kind == Step::Kind::kClose) {
    stream.Close();
  } else {
    stream.Abort();
  }
  co_return "";
}

Task<std::string> ScenarioActor::Synchronize(const Step& step) {
  if (step.kind == Step::Kind::kSleep) {
    co_await Try(Sleep(step.duration));
  } else if (step.kind == Step::Kind::kSet) {
    stage_.events[step.object].Set();
  } else if (step.kind == Step::Kind::kAwait) {
    co_await Try(stage_.events[step.object].Wait());
  } else {
    const auto& tasks = stage_.scenario->tasks;
    const auto found = std::find_if(
        tasks.begin(), tasks.end(),
        [&](const ScenarioTask& task) { return task.name == step.object; });
    if (found == tasks.end()) co_return Unknown(step, "task");
    stage_.run->CancelTask(static_cast<size_t>(found - tasks.begin()));
  }
  co_return "";
}

}  // namespace cloche
