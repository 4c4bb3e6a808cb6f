// Traces: what they say, and what those of seeds are of. That a seed says it
// all: trace_process_test.cc.

#include "cloche/testing/trace.h"

#include <cerrno>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/fakes/fake_clock.h"
#include "cloche/fakes/fake_host.h"
#include "cloche/fakes/fake_network.h"
#include "cloche/testing/golden.h"
#include "cloche/testing/trace_scenario.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class TraceTest : public ::testing::Test {
 protected:
  TraceTest() { trace_.Watch(host_); }

  int OpenSocket() {
    return host_.sockets().Socket(AddressFamily::kIpv4, SocketType::kStream);
  }

  Trace trace_;
  FakeClock clock_;
  FakeNetwork network_{clock_, /*seed=*/1};
  FakeHost& host_ = network_.AddHost("host");
};

TEST_F(TraceTest, SaysWhenWhoCalledWhatAndWhatItReturned) {
  const int fd = OpenSocket();
  clock_.AdvanceTo(FakeClock::Start() + absl::Milliseconds(1500));
  host_.sockets().Close(fd);
  EXPECT_EQ(trace_.Text(),
            absl::StrCat("   0.000000  host    socket() = ", fd, "\n",
                         "   1.500000  host    close(", fd, ") = 0\n"));
}

TEST_F(TraceTest, NamesAnErrorAndWhoCausedItDoesNotMatter) {
  host_.FailCall(CallKind::kSocket, EMFILE);
  OpenSocket();
  host_.sockets().Close(99);
  EXPECT_EQ(trace_.Text(),
            "   0.000000  host    socket() = EMFILE\n"
            "   0.000000  host    close(99) = EBADF\n");
}

// Who looks for "database  socket" finds it (testing/trace_matchers.h).
TEST_F(TraceTest, KeepsALongNameApartFromWhatHappens) {
  FakeHost& database = network_.AddHost("database");
  trace_.Watch(database);
  database.sockets().Close(99);
  EXPECT_EQ(trace_.Text(), "   0.000000  database  close(99) = EBADF\n");
}

TEST_F(TraceTest, NotesTurns) {
  trace_.NoteTurn(host_, /*index=*/1, /*count=*/3);
  EXPECT_EQ(trace_.Text(), "   0.000000  host    runs 2 of 3\n");
}

TEST_F(TraceTest, GivesItsLastLines) {
  for (int i = 0; i < 5; ++i) trace_.NoteTurn(host_, i, 5);
  EXPECT_EQ(trace_.LastLines(1), "   0.000000  host    runs 5 of 5\n");
  EXPECT_EQ(trace_.LastLines(100), trace_.Text());
}

TEST_F(TraceTest, TakesNothingAwayFromAnotherOneOfTheSameHost) {
  Trace second;
  second.Watch(host_);
  OpenSocket();
  EXPECT_THAT(second.Text(), HasSubstr("socket()"));
  EXPECT_EQ(trace_.Text(), second.Text());
}

TEST_F(TraceTest, NotesACallOnceHoweverOftenItIsToldToWatch) {
  trace_.Watch(host_);
  OpenSocket();
  EXPECT_EQ(trace_.Text(), "   0.000000  host    socket() = 3\n");
}

TEST_F(TraceTest, StopsWatchingAtItsEnd) {
  std::optional<Trace> local;
  local.emplace().Watch(host_);
  local.emplace();  // In the place of the first one, and watching nobody.
  OpenSocket();
  EXPECT_TRUE(local->empty());
}

// What no event could show: in the order of the file, and apart.
TEST_F(TraceTest, DrawsWhatHappensAtOneInstantInItsOrder) {
  trace_.NoteTurn(host_, 0, 1);
  trace_.NoteTurn(host_, 1, 2);
  EXPECT_THAT(trace_.ChromeJson(),
              HasSubstr(R"({"name":"runs 1 of 1","ph":"X","ts":0.000,"dur":)"
                        R"(0.001,"pid":1,"tid":2},)"
                        "\n"
                        R"({"name":"runs 2 of 2","ph":"X","ts":0.001,)"));
}

TEST(Trace, QuotesInJsonWhatHasToBe) {
  FakeClock clock;
  FakeNetwork network(clock, 1);
  Trace trace;
  trace.Watch(network.AddHost("a \"b\"\\\n"));
  EXPECT_THAT(trace.ChromeJson(), HasSubstr(R"({"name":"a \"b\"\\\u000a"})"));
}

// --- Whole runs -------------------------------------------------------------

TEST(Trace, OfAnEchoServerIsThatOfTheGoldenFile) {
  TraceUndisturbed([](const Trace& trace) {
    EXPECT_TRUE(EqualsGolden(trace.Text(), "testing/golden/echo.txt"));
  });
}

TEST(Trace, OfAnEchoServerIsThatOfTheGoldenFileForPerfetto) {
  TraceUndisturbed([](const Trace& trace) {
    EXPECT_TRUE(EqualsGolden(trace.ChromeJson(), "testing/golden/echo.json"));
  });
}

TEST(Trace, IsAnotherWithAnotherSeed) {
  std::set<std::string> texts;
  for (const uint64_t seed : {1, 2, 3}) {
    TraceFromSeed(seed, [&](const Trace& t) { texts.insert(t.Text()); });
  }
  EXPECT_EQ(texts.size(), 3u);
}

// Or that a seed says it all (trace_process_test.cc) would say little.

std::vector<std::string> TracesFromSeeds(uint64_t last) {
  std::vector<std::string> texts;
  for (uint64_t seed = 1; seed <= last; ++seed) {
    TraceFromSeed(seed, [&](const Trace& t) { texts.push_back(t.Text()); });
  }
  return texts;
}

// That by which each waits; a ring's has nothing to return, and is not shown.
TEST(TracesFromSeeds, AreOfEveryBackend) {
  const std::string all = absl::StrJoin(TracesFromSeeds(7), "");
  for (const char* wait : {"epoll_wait", "kevent", "poll", "select",
                           "GetQueuedCompletionStatusEx"}) {
    EXPECT_TRUE(absl::StrContains(all, absl::StrCat("  ", wait, "("))) << wait;
  }
}

// Whether fewer of its datagrams came than were sent, as many, or more.
int WhatCame(absl::string_view text) {
  const std::string result = absl::StrCat(" = ", kBytesOfTick);
  int more = 0;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    if (!absl::EndsWith(line, result)) continue;
    more += absl::StrContains(line, "  recv(") ? 1 : 0;
    more -= absl::StrContains(line, "  send(") ? 1 : 0;
  }
  return (more > 0) - (more < 0);
}

TEST(TracesFromSeeds, AreOfNetworksThatLoseAndThatDouble) {
  std::set<int> seen;
  for (const std::string& text : TracesFromSeeds(14)) {
    seen.insert(WhatCame(text));
  }
  EXPECT_THAT(seen, ElementsAre(-1, 0, 1));
}

// What comes at a part of a millisecond has been delayed by chance.
TEST(TracesFromSeeds, AreOfNetworksWithJitter) {
  const std::string text = TracesFromSeeds(1)[0];
  std::set<std::string> parts;
  for (const absl::string_view line :
       absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    parts.emplace(line.substr(line.find('.') + 4, 3));
  }
  EXPECT_GT(parts.size(), 2u);
}

}  // namespace
}  // namespace cloche
