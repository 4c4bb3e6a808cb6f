// Backends: which there are, how one is chosen, and what is said of the others.

#include "cloche/backend/backends.h"

#include <cerrno>
#include <iterator>
#include <optional>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "cloche/fakes/fake_kernel_test.h"
#include "cloche/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

using ::testing::HasSubstr;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr absl::StatusCode kUnimplemented = absl::StatusCode::kUnimplemented;

class Backends : public FakeKernelTest {
 protected:
  // As Linux is.
  KernelCalls WithoutKqueue() {
    KernelCalls calls = all_;
    calls.kqueue = nullptr;
    return calls;
  }
  // As a BSD is.
  KernelCalls WithoutEpoll() {
    KernelCalls calls = all_;
    calls.epoll = nullptr;
    return calls;
  }
  const KernelCalls all_ = host_.kernel_calls();
};

TEST_F(Backends, AreFoundByTheirNamesWhichAreAllDifferent) {
  std::set<std::string> names;
  for (const BackendRow& row : kBackends) {
    names.emplace(row.name);
    EXPECT_EQ(FindBackend(row.name), row.kind);
  }
  EXPECT_EQ(names.size(), std::size(kBackends));
  EXPECT_EQ(FindBackend("carrier-pigeon"), std::nullopt);
  EXPECT_EQ(FindBackend(""), std::nullopt);
}

TEST_F(Backends, GoByTheirNamesWhenTheyAreMade) {
  for (const BackendRow& row : kBackends) {
    EXPECT_EQ(NewBackend(row.kind, all_).value()->name(), row.name);
  }
}

// --- The choice -------------------------------------------------------------

TEST_F(Backends, TheBestThatThereIsIsChosenForWhoDoesNotChoose) {
  EXPECT_THAT(ChooseBackend("", all_), IsOkAndHolds(BackendKind::kEpoll));
  EXPECT_THAT(ChooseBackend("", WithoutEpoll()),
              IsOkAndHolds(BackendKind::kKqueue));
  EXPECT_THAT(ChooseBackend("", {.select = &host_.select()}),
              IsOkAndHolds(BackendKind::kSelect));
  EXPECT_THAT(ChooseBackend("", {}), StatusIs(kUnimplemented, "no backend"));
}

TEST_F(Backends, TheOneOfThatNameIsChosen) {
  EXPECT_THAT(ChooseBackend("poll", all_), IsOkAndHolds(BackendKind::kPoll));
}

TEST_F(Backends, AnUnknownNameIsAnsweredByThoseThatThereAre) {
  EXPECT_THAT(ChooseBackend("pol", WithoutKqueue()),
              StatusIs(kInvalid,
                       "no backend is called \"pol\"; there are: epoll, "
                       "epoll-level, poll, select; not here: kqueue (macOS and "
                       "the BSDs)"));
  EXPECT_THAT(ChooseBackend("pol", all_), StatusIs(kInvalid, "select"));
}

TEST_F(Backends, ANameOfAnotherSystemIsAnsweredByWhoHasIt) {
  EXPECT_THAT(ChooseBackend("kqueue", WithoutKqueue()),
              StatusIs(kUnimplemented,
                       "this system has no kqueue, which is of macOS and the "
                       "BSDs; there are: epoll, epoll-level, poll, select"));
}

// --- Making one -------------------------------------------------------------

TEST_F(Backends, AreNotMadeOfWhatIsNotThere) {
  for (const BackendRow& row : kBackends) {
    EXPECT_THAT(
        NewBackend(row.kind, {.sockets = &calls_, .wake = &host_.wake()}),
        StatusIs(kUnimplemented, "this system has no "));
  }
}

TEST_F(Backends, TheTableSaysWhichThereAreAndWhyTheOthersAreNot) {
  host_.FailCall(CallKind::kEpollCreate1, EMFILE);
  const std::string table = DescribeBackends(WithoutKqueue());
  EXPECT_THAT(table, HasSubstr("epoll        no   epoll_create1: EMFILE"));
  EXPECT_THAT(table,
              HasSubstr("epoll-level  yes  epoll(7), level-triggered\n"));
  EXPECT_THAT(table, HasSubstr("kqueue       no   this system has no kqueue"));
  EXPECT_THAT(table, HasSubstr("select       yes  select(2)"));
  EXPECT_THAT(host_.OpenDescriptors(), ::testing::IsEmpty());
}

}  // namespace
}  // namespace cloche
