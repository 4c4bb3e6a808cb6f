#include "cloche/testing/scenario/scenario_run.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "cloche/fakes/fake_link.h"
#include "cloche/testing/scenario/scenario_actor.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

// How it ends is compared, and is no failure of the run.
Task<> Act(ScenarioStage& stage, const ScenarioTask& task) {
  ScenarioActor actor(stage, task);
  const absl::Status end = co_await actor.Run();
  EXPECT_EQ(absl::StatusCodeToString(end.code()),
            absl::StatusCodeToString(task.code))
      << "task " << task.name << " of the scenario has ended with " << end;
  co_return absl::OkStatus();
}

void Apply(const ScenarioLink& link, FakeLinkOptions& options) {
  switch (link.property) {
    case ScenarioLink::Property::kLatency:
      options.latency = absl::Seconds(link.value);
      break;
    case ScenarioLink::Property::kJitter:
      options.jitter = absl::Seconds(link.value);
      break;
    case ScenarioLink::Property::kLoss:
      options.loss = link.value;
      break;
    case ScenarioLink::Property::kRate:
      options.bytes_per_second = static_cast<uint64_t>(link.value);
      break;
  }
}

// All that is said of one pair is one link.
void SetLinks(ScenarioStage& stage) {
  std::map<std::pair<std::string, std::string>, FakeLinkOptions> links;
  for (const ScenarioLink& link : stage.scenario->links) {
    Apply(link, links[std::minmax(link.host, link.other)]);
  }
  for (const auto& [hosts, options] : links) {
    stage.run->world().network().SetLink(stage.hosts.at(hosts.first)->kernel(),
                                         stage.hosts.at(hosts.second)->kernel(),
                                         options);
  }
}

void Happen(const ScenarioIncident& incident, ScenarioStage& stage) {
  FakeNetwork& network = stage.run->world().network();
  FakeHost& host = stage.hosts.at(incident.host)->kernel();
  FakeHost& other = stage.hosts.at(incident.other)->kernel();
  switch (incident.kind) {
    case ScenarioIncident::Kind::kCut:
      return network.Cut(host, other);
    case ScenarioIncident::Kind::kMend:
      return network.Mend(host, other);
    case ScenarioIncident::Kind::kPartition:
      return network.Partition(host, other);
    case ScenarioIncident::Kind::kHeal:
      return network.Heal(host, other);
  }
}

void AddTroubles(ScenarioStage& stage) {
  for (const ScenarioFault& fault : stage.scenario->faults) {
    stage.hosts.at(fault.host)
        ->kernel()
        .FailCall(fault.call, fault.error, fault.nth, fault.persistent);
  }
  TestWorld& world = stage.run->world();
  for (const ScenarioIncident& incident : stage.scenario->incidents) {
    world.network().At(world.clock().Now() + incident.at,
                       [&incident, &stage] { Happen(incident, stage); });
  }
}

// Hosts are driven one after the other, and which comes first within an instant
// is no choice of an exploration: to find an order there shows nothing.
void CheckOrder(const ScenarioStage& stage, const ScenarioOrder& order) {
  const auto find = [&](const std::string& label) {
    const auto found =
        std::find_if(stage.over.begin(), stage.over.end(),
                     [&](const auto& each) { return each.label == label; });
    EXPECT_NE(found, stage.over.end()) << "step " << label << " never was over";
    return found;
  };
  const auto before = find(order.before);
  const auto after = find(order.after);
  EXPECT_LT(before, after) << "step " << order.after << " was over before "
                           << order.before;
  if (std::max(before, after) == stage.over.end()) return;
  EXPECT_TRUE(before->host == after->host || before->at != after->at)
      << "line " << order.line << " of the scenario: steps " << order.before
      << " and " << order.after << " were over at one instant on two hosts; "
      << "there is no order there";
}

void CheckOrders(const ScenarioStage& stage) {
  for (const ScenarioOrder& order : stage.scenario->orders) {
    CheckOrder(stage, order);
  }
}

}  // namespace

SweepScenario ToSweepScenario(Scenario scenario) {
  const auto shared = std::make_shared<const Scenario>(std::move(scenario));
  return [shared](SweepRun& run) {
    ScenarioStage& stage = run.Keep<ScenarioStage>();
    stage.scenario = shared;
    stage.run = &run;
    for (const std::string& name : shared->hosts) {
      stage.hosts[name] = &run.AddHost(name);
    }
    SetLinks(stage);
    for (const ScenarioTask& task : shared->tasks) {
      run.Main(*stage.hosts.at(task.host), Act, std::ref(stage),
               std::cref(task));
    }
    AddTroubles(stage);
    run.AtEnd([&stage] { CheckOrders(stage); });
  };
}

}  // namespace cloche
