// Task orders: what each chooses, and that a schedule says it all.

#include "cloche/testing/task_orders.h"

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cloche/loop/runnable.h"
#include "cloche/tasks/current_task.h"
#include "cloche/tasks/run.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/task_handle.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/test_world.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Lt;
using ::testing::Optional;

class NamedRunnable final : public Runnable {
 public:
  explicit NamedRunnable(char name) : name(name) {}
  void Run() override {}
  const char name;
};

NamedRunnable& RunnableOf(char name) {
  static NamedRunnable all[] = {NamedRunnable('A'), NamedRunnable('B'),
                                NamedRunnable('C')};
  return all[name - 'A'];
}

// Has `order` run a turn in which these are ready, and says who ran when.
std::string RunTurn(TaskOrder& order, std::string names) {
  std::string ran;
  while (!names.empty()) {
    std::vector<Runnable*> ready;
    for (const char name : names) ready.push_back(&RunnableOf(name));
    const size_t index = order.Choose(ready);
    ran += names[index];
    names.erase(index, 1);
  }
  return ran;
}

std::string RunTurns(TaskOrder& order, int turns) {
  std::string ran;
  for (int i = 0; i < turns; ++i) ran += RunTurn(order, "ABC");
  return ran;
}

// --- Schedules --------------------------------------------------------------

TEST(Schedule, IsTextThatCanBeReadAgain) {
  const Schedule schedule = {{3, 1}, {17, 2}};
  EXPECT_EQ(ScheduleText(schedule), "3:1 17:2");
  EXPECT_THAT(ParseSchedule("3:1 17:2"), Optional(schedule));
}

TEST(Schedule, IsEmptyTextIfFirstComeIsFirstServed) {
  EXPECT_EQ(ScheduleText({}), "");
  EXPECT_THAT(ParseSchedule(""), Optional(Schedule()));
}

TEST(Schedule, IsNotReadFromWhatIsNone) {
  for (const char* text : {"3", "3:", ":1", "3:0", "3:1,17:2", "x:1", "3:1:1",
                           "-1:1", "0:1", "17:2 3:1", "3:1 3:2"}) {
    EXPECT_EQ(ParseSchedule(text), std::nullopt) << text;
  }
}

// --- Scripted ---------------------------------------------------------------

TEST(ScriptedOrder, WithoutAScriptServesFirstWhoCameFirst) {
  ScriptedOrder order({});
  EXPECT_EQ(RunTurn(order, "ABC"), "ABC");
  EXPECT_THAT(order.deviations(), IsEmpty());
}

TEST(ScriptedOrder, CountsOnlyWhereThereIsAChoice) {
  ScriptedOrder order({});
  RunTurn(order, "ABC");
  RunTurn(order, "A");
  RunTurn(order, "BC");
  EXPECT_THAT(order.counts(), ElementsAre(3, 2, 2));
}

// The picture in the header.
TEST(ScriptedOrder, DeviatesWhereTheScriptSaysSo) {
  ScriptedOrder order({{1, 2}, {3, 1}});
  EXPECT_EQ(RunTurn(order, "ABC"), "CAB");
  EXPECT_EQ(RunTurn(order, "AB"), "BA");
  EXPECT_EQ(RunTurn(order, "C"), "C");
  EXPECT_EQ(RunTurn(order, "ABC"), "ABC");
}

TEST(ScriptedOrder, TakesTheLastWhereTheScriptCountsOnMore) {
  ScriptedOrder order({{1, 7}});
  EXPECT_EQ(RunTurn(order, "AB"), "BA");
  EXPECT_THAT(order.deviations(), ElementsAre(Deviation{1, 1}));
}

// --- Shuffled and PCT -------------------------------------------------------

TEST(ShuffledOrder, ReachesEveryOrder) {
  std::set<std::string> orders;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    ShuffledOrder order(seed);
    orders.insert(RunTurn(order, "ABC"));
  }
  EXPECT_THAT(orders, ElementsAre("ABC", "ACB", "BAC", "BCA", "CAB", "CBA"));
}

TEST(ShuffledOrder, CanBeHadAgainFromItsSeedAndFromItsSchedule) {
  ShuffledOrder first(7);
  const std::string ran = RunTurns(first, 20);
  ShuffledOrder second(7);
  EXPECT_EQ(RunTurns(second, 20), ran);
  ScriptedOrder scripted(first.deviations());
  EXPECT_EQ(RunTurns(scripted, 20), ran);
  EXPECT_EQ(scripted.deviations(), first.deviations());
}

// How often the order of one turn is that of the turn before.
int Repetitions(TaskOrder& order, int turns) {
  const std::string ran = RunTurns(order, turns);
  int repetitions = 0;
  for (size_t at = 3; at < ran.size(); at += 3) {
    repetitions += ran.substr(at, 3) == ran.substr(at - 3, 3) ? 1 : 0;
  }
  return repetitions;
}

TEST(PctOrder, StaysWithAnOrderButForSoManyChanges) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    PctOrder constant(seed, /*depth=*/1, /*length=*/100);
    EXPECT_EQ(Repetitions(constant, 50), 49);
    // Within a turn, a change makes the turn before it and that after differ
    // from the turn itself.
    PctOrder changing(seed, /*depth=*/3, /*length=*/100);
    EXPECT_GE(Repetitions(changing, 50), 49 - 2 * 2);
  }
}

TEST(PctOrder, ChangesSomewhere) {
  std::set<int> repetitions;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    PctOrder order(seed, /*depth=*/3, /*length=*/100);
    repetitions.insert(Repetitions(order, 50));
  }
  EXPECT_THAT(repetitions, ::testing::Contains(Lt(49)));
}

TEST(PctOrder, BeginsWithEveryOrder) {
  std::set<std::string> orders;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    PctOrder order(seed, /*depth=*/1, /*length=*/100);
    orders.insert(RunTurn(order, "ABC"));
  }
  EXPECT_EQ(orders.size(), 6u);
}

TEST(PctOrder, CanBeHadAgainFromItsSchedule) {
  PctOrder order(7, /*depth=*/3, /*length=*/40);
  const std::string ran = RunTurns(order, 20);
  ScriptedOrder scripted(order.deviations());
  EXPECT_EQ(RunTurns(scripted, 20), ran);
}

// Tasks that end in their first turn, again and again. If nobody keeps them,
// one comes to be where another one was.
Task<> StartMany(std::vector<TaskHandle<>>* kept) {
  Loop& loop = (co_await CurrentTask()).loop();
  for (int i = 0; i < 30; ++i) {
    if (i % 3 == 0) co_await Try(Sleep(absl::Milliseconds(1)));
    auto handle = Start(loop, []() -> Task<> { co_return absl::OkStatus(); });
    if (kept != nullptr) kept->push_back(std::move(handle));
  }
  co_return absl::OkStatus();
}

std::string PctSchedule(std::vector<TaskHandle<>>* kept) {
  PctOrder order(/*seed=*/7, /*depth=*/1, /*length=*/100);
  TestWorld world;
  world.set_order(&order);
  EXPECT_THAT(world.Run(world.AddHost("host"), StartMany(kept)), IsOk());
  return ScheduleText(order.deviations());
}

TEST(PctOrder, DoesNotDependOnWhereTasksLieInMemory) {
  std::vector<TaskHandle<>> kept;
  EXPECT_EQ(PctSchedule(nullptr), PctSchedule(&kept));
}

}  // namespace
}  // namespace cloche
