// The language of scenarios: what each form says, and what is said to whoever
// writes something else.

#include "cloche/testing/scenario/scenario_parser.h"

#include <cerrno>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/stream_tasks.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::Optional;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

// Two hosts and a task, and then `text`.
absl::StatusOr<Scenario> ParseAfterHosts(absl::string_view text) {
  return ParseScenario(
      absl::StrCat("host a\nhost b\ntask t on a\n", text, "\n"));
}

// The one step of the task.
ScenarioStep StepOf(absl::string_view line) {
  const auto scenario = ParseAfterHosts(line);
  EXPECT_THAT(scenario, IsOk());
  if (!scenario.ok() || scenario->tasks[0].steps.empty()) return {};
  return scenario->tasks[0].steps[0];
}

// --- What it understands ----------------------------------------------------

TEST(ScenarioParser, KnowsHostsAndTasksByTheirNames) {
  const auto scenario = ParseScenario("host a\nhost b\ntask t on b\n");
  ASSERT_THAT(scenario, IsOk());
  EXPECT_THAT(scenario->hosts, ::testing::ElementsAre("a", "b"));
  ASSERT_EQ(scenario->tasks.size(), 1u);
  EXPECT_EQ(scenario->tasks[0].name, "t");
  EXPECT_EQ(scenario->tasks[0].host, "b");
}

TEST(ScenarioParser, LeavesOutCommentsAndEmptyLines) {
  EXPECT_THAT(ParseScenario("# why\n\n  host a  # that one\n"), IsOk());
}

TEST(ScenarioParser, ReadsAStepWithAllThatItCanHave) {
  const ScenarioStep step =
      StepOf("asked: within 1.5s read line 5 = \"a\\n#\"");
  EXPECT_EQ(step.kind, ScenarioStep::Kind::kRead);
  EXPECT_EQ(step.line, 4);
  EXPECT_EQ(step.label, "asked");
  EXPECT_EQ(step.object, "line");
  EXPECT_EQ(step.number, 5u);
  EXPECT_EQ(step.limit, absl::Milliseconds(1500));
  EXPECT_THAT(step.expected, Optional(std::string("a\n#")));
}

TEST(ScenarioParser, ReadsHowAStepFails) {
  const ScenarioStep step = StepOf("connect b 7000 as line ! UNAVAILABLE");
  EXPECT_EQ(step.kind, ScenarioStep::Kind::kConnect);
  EXPECT_EQ(step.host, "b");
  EXPECT_EQ(step.name, "line");
  EXPECT_EQ(step.code, absl::StatusCode::kUnavailable);
}

TEST(ScenarioParser, WritesALongTextAsAPattern) {
  EXPECT_EQ(StepOf("write line pattern 300").bytes, Pattern(300));
}

// The test vector of docs/porting.md.
TEST(ScenarioParser, BeginsAPatternWithX1AndNotWithX0) {
  EXPECT_EQ(StepOf("write line pattern 4").bytes, "\x3c\x5e\x81\xb4");
}

TEST(ScenarioParser, TellsANameFromAText) {
  EXPECT_THAT(ParseAfterHosts("write line hello"), StatusIs(kInvalid));
  EXPECT_THAT(ParseAfterHosts("close \"line\""), StatusIs(kInvalid));
}

TEST(ScenarioParser, ReadsLinks) {
  const auto scenario = ParseAfterHosts("link a b loss 0.25");
  ASSERT_THAT(scenario, IsOk());
  EXPECT_EQ(scenario->links[0].property, ScenarioLink::Property::kLoss);
  EXPECT_EQ(scenario->links[0].value, 0.25);
}

TEST(ScenarioParser, ReadsFaults) {
  const auto scenario =
      ParseAfterHosts("fault b recv 3 EINTR\nfault b accept4 from 2 on EMFILE");
  ASSERT_THAT(scenario, IsOk());
  EXPECT_EQ(scenario->faults[0].call, CallKind::kRecv);
  EXPECT_EQ(scenario->faults[0].nth, 3);
  EXPECT_EQ(scenario->faults[0].error, EINTR);
  EXPECT_FALSE(scenario->faults[0].persistent);
  EXPECT_TRUE(scenario->faults[1].persistent);
}

TEST(ScenarioParser, ReadsIncidentsOrdersAndEnds) {
  const auto scenario = ParseAfterHosts(
      "one: sleep 1s\ntwo: sleep 1s\n"
      "at 3s cut a b\norder one < two\nends t ABORTED");
  ASSERT_THAT(scenario, IsOk());
  EXPECT_EQ(scenario->incidents[0].kind, ScenarioIncident::Kind::kCut);
  EXPECT_EQ(scenario->incidents[0].at, absl::Seconds(3));
  EXPECT_EQ(scenario->orders[0].before, "one");
  EXPECT_EQ(scenario->orders[0].after, "two");
  EXPECT_EQ(scenario->tasks[0].code, absl::StatusCode::kAborted);
}

// --- What it refuses --------------------------------------------------------

struct Mistake {
  const char* line;
  const char* said;
};

void ExpectRefused(const Mistake& mistake) {
  const auto scenario = ParseAfterHosts(mistake.line);
  EXPECT_THAT(scenario, StatusIs(kInvalid, mistake.said)) << mistake.line;
  EXPECT_THAT(scenario, StatusIs(kInvalid, "scenario, line 4: "))
      << mistake.line;
}

TEST(ScenarioParser, SaysWhatIsWrongAndWhatWouldBeRight) {
  for (const Mistake& mistake : {
           Mistake{"raed line 5", "read OBJECT NUMBER"},
           Mistake{"read line five",
                   "'five' is no number from 1 to 10000000; 7000 is"},
           Mistake{"sleep long", "'long' is no time"},
           Mistake{"within soon sleep 1s", "'soon' is no time"},
           Mistake{"close line ! UNAVAIL", "'UNAVAIL' is no status code"},
           Mistake{"connect c 7000 as x", "'c' is no host so far"},
           Mistake{"task t on a", "'t' is no new task"},
           Mistake{"task u on c", "'c' is no host so far"},
           Mistake{"host a", "'a' is no new host"},
           Mistake{"ends u ABORTED", "'u' is no task so far"},
           Mistake{"ends t LATE", "'LATE' is no status code"},
           Mistake{"link a b speed 5", "'speed' is no property"},
           Mistake{"link a b loss 1", "'1' is no probability"},
           Mistake{"link a b rate x", "'x' is no number"},
           Mistake{"link a b latency x", "'x' is no time"},
           Mistake{"fault a frecv 1 EINTR", "'frecv' is no system call"},
           Mistake{"fault a recv x EINTR", "'x' is no number"},
           Mistake{"fault a recv 1 EBADF", "no errno that can be made of recv"},
           Mistake{"at 1s break a b", "'break' is no incident"},
           Mistake{"at noon cut a b", "'noon' is no time"},
           Mistake{"order x < y", "'x' is no label"},
           Mistake{"write line \"abc", "no closing quote"},
           Mistake{"write line \"\\q\"", "a text: "},
       }) {
    ExpectRefused(mistake);
  }
}

TEST(ScenarioParser, SaysWhatIsOutOfRangeAndWhatIsInIt) {
  for (const Mistake& mistake : {
           Mistake{"link a a latency 10ms", "'a' is no other host"},
           Mistake{"link a b latency -10ms", "'-10ms' is no time from 0 to"},
           Mistake{"link a b jitter inf", "'inf' is no time from 0 to"},
           Mistake{"link a b loss nan", "'nan' is no probability"},
           Mistake{"link a b rate 0", "'0' is no number from 1 to"},
           Mistake{"fault a recv 0 EINTR", "'0' is no number from 1 to"},
           Mistake{"fault a recv 99999999999 EINTR", "is no number from 1 to"},
           Mistake{"fault a recv 1 ECONNREFUSED", "'ECONNREFUSED' is no errno"},
           Mistake{"listen 70000 as x", "no number from 1 to 65535"},
           Mistake{"listen 0 as x", "no number from 1 to 65535"},
           Mistake{"connect b 70000 as x", "no number from 1 to 65535"},
           Mistake{"read line 0", "'0' is no number from 1 to 10000000"},
           Mistake{"at -1s cut a b", "'-1s' is no time from 0 to 720h"},
           Mistake{"at inf cut a b", "'inf' is no time from 0 to 720h"},
           Mistake{"at 1s cut a a", "'a' is no other host"},
           Mistake{"sleep -1s", "'-1s' is no time from 0 to 720h"},
           Mistake{"within -1s sleep 1s", "'-1s' is no time from 0 to"},
           Mistake{"write line pattern 10000001", "this is none of"},
       }) {
    ExpectRefused(mistake);
  }
}

TEST(ScenarioParser, RefusesMoreHostsThanTheNetworkHasRoomFor) {
  std::string hosts;
  for (int i = 1; i <= 254; ++i) absl::StrAppend(&hosts, "host h", i, "\n");
  EXPECT_THAT(ParseScenario(hosts), IsOk());
  EXPECT_THAT(ParseScenario(hosts + "host h255"),
              StatusIs(kInvalid, "line 255: there is room for 254 hosts"));
}

TEST(ScenarioParser, RefusesALabelThatStandsTwice) {
  EXPECT_THAT(ParseAfterHosts("x: sleep 1s\nx: sleep 1s"),
              StatusIs(kInvalid, "line 5: 'x' is no new label"));
}

TEST(ScenarioParser, RefusesAnOrderOfStepsThatThereAreNot) {
  EXPECT_THAT(ParseAfterHosts("x: sleep 1s\norder x < y"),
              StatusIs(kInvalid, "'y' is no label"));
}

TEST(ScenarioParser, RefusesAStepBeforeTheFirstTask) {
  EXPECT_THAT(ParseScenario("host a\nsleep 1s"),
              StatusIs(kInvalid, "line 2: a step is part of a task"));
}

}  // namespace
}  // namespace cloche
