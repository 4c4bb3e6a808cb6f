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
using ::testing::IsEmpty;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr absl::StatusCode kUnimplemented = absl::StatusCode::kUnimplemented;

class Backends : public FakeKernelTest {
 protected:
  KernelCalls AsLinux() {
    KernelCalls calls = all_;
    calls.kqueue = nullptr;
    calls.completion_port = nullptr;
    return calls;
  }
  KernelCalls AsABsd() {
    KernelCalls calls = all_;
    calls.epoll = nullptr;
    calls.completion_port = nullptr;
    return calls;
  }
  KernelCalls AsWindows() {
    return {.sockets = &calls_,
            .select = &host_.select(),
            .completion_port = &host_.completion_port()};
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
  EXPECT_THAT(ChooseBackend("", AsABsd()), IsOkAndHolds(BackendKind::kKqueue));
  EXPECT_THAT(ChooseBackend("", AsWindows()), IsOkAndHolds(BackendKind::kIocp));
  EXPECT_THAT(ChooseBackend("", {.select = &host_.select()}),
              IsOkAndHolds(BackendKind::kSelect));
  EXPECT_THAT(ChooseBackend("", {}), StatusIs(kUnimplemented, "no backend"));
}

TEST_F(Backends, TheOneOfThatNameIsChosen) {
  EXPECT_THAT(ChooseBackend("poll", all_), IsOkAndHolds(BackendKind::kPoll));
}

TEST_F(Backends, AnUnknownNameIsAnsweredByThoseThatThereAre) {
  EXPECT_THAT(ChooseBackend("pol", AsLinux()),
              StatusIs(kInvalid,
                       "no backend is called \"pol\"; there are: epoll, "
                       "epoll-level, poll, select, io_uring; not here: kqueue "
                       "(macOS and the BSDs), iocp (Windows)"));
  EXPECT_THAT(ChooseBackend("pol", all_), StatusIs(kInvalid, "select"));
}

TEST_F(Backends, ANameOfAnotherSystemIsAnsweredByWhoHasIt) {
  EXPECT_THAT(ChooseBackend("kqueue", AsLinux()),
              StatusIs(kUnimplemented,
                       "this system has no kqueue, which is of macOS and the "
                       "BSDs; there are: epoll, epoll-level, poll, select"));
}

// --- The fall-back ----------------------------------------------------------

constexpr absl::string_view kRingOrEpoll = "io_uring,epoll";

TEST_F(Backends, OfSeveralNamesTheFirstThatThereIsIsChosen) {
  EXPECT_THAT(ChooseBackend(kRingOrEpoll, AsLinux()),
              IsOkAndHolds(BackendKind::kIoUring));
  EXPECT_THAT(ChooseBackend("kqueue,poll", AsLinux()),
              IsOkAndHolds(BackendKind::kPoll));
  EXPECT_THAT(host_.OpenDescriptors(), IsEmpty());
}

TEST_F(Backends, EpollIsTheFallBackWhereTheKernelRefusesRings) {
  for (const int error : {EPERM, ENOSYS}) {
    host_.ClearFaults();
    host_.FailCall(CallKind::kRingSetup, error, 1, /*persistent=*/true);
    const auto chosen = ChooseBackend(kRingOrEpoll, AsLinux());
    ASSERT_THAT(chosen, IsOkAndHolds(BackendKind::kEpoll)) << error;
    EXPECT_THAT(NewBackend(*chosen, AsLinux()), IsOk());
  }
}

TEST_F(Backends, WhoNamesNothingElseIsToldWhyThereAreNoRingsAndWhatToDo) {
  host_.FailCall(CallKind::kRingSetup, EPERM, 1, /*persistent=*/true);
  const auto chosen = ChooseBackend("io_uring", AsLinux());
  ASSERT_THAT(chosen, IsOkAndHolds(BackendKind::kIoUring));
  EXPECT_THAT(
      NewBackend(*chosen, AsLinux()),
      StatusIs(absl::StatusCode::kPermissionDenied,
               "io_uring_setup: EPERM: a container's rules or the sysctl "
               "kernel.io_uring_disabled forbid it; epoll will do, and "
               "\"io_uring,epoll\" takes it where there are no rings"));
}

TEST_F(Backends, WhatIsRefusedIsNotAmongThoseThatThereAre) {
  host_.FailCall(CallKind::kRingSetup, EPERM, 1, /*persistent=*/true);
  EXPECT_THAT(ChooseBackend("io_uring,kqueue", AsLinux()),
              StatusIs(kUnimplemented,
                       "poll, select; not here: kqueue (macOS and the BSDs), "
                       "iocp (Windows), io_uring (Linux since 6.1, where"));
}

TEST_F(Backends, AnUnknownNameIsRefusedWhereverItStands) {
  EXPECT_THAT(ChooseBackend("epoll,pol", all_), StatusIs(kInvalid, "\"pol\""));
  EXPECT_THAT(ChooseBackend("epoll,", all_), StatusIs(kInvalid, "\"\""));
}

TEST_F(Backends, ARingIsNotTheBestIfTheKernelRefusesIt) {
  const KernelCalls only_rings = {
      .sockets = &calls_, .wake = &host_.wake(), .ring = &host_.ring()};
  EXPECT_THAT(ChooseBackend("", only_rings),
              IsOkAndHolds(BackendKind::kIoUring));
  host_.FailCall(CallKind::kRingSetup, ENOSYS);
  EXPECT_THAT(ChooseBackend("", only_rings),
              StatusIs(kUnimplemented, "no backend"));
}

TEST_F(Backends, WhoDoesNotChooseOpensNoRing) {
  EXPECT_THAT(ChooseBackend("", AsLinux()), IsOkAndHolds(BackendKind::kEpoll));
  EXPECT_EQ(host_.CallCount(CallKind::kRingSetup), 0u);
}

TEST_F(Backends, TheHelpNamesAllOfThem) {
  EXPECT_THAT(HelpOnBackends(),
              HasSubstr("epoll, epoll-level, kqueue, iocp, poll, select, "
                        "io_uring; "));
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
  const std::string table = DescribeBackends(AsLinux());
  EXPECT_THAT(table, HasSubstr("epoll        no   epoll_create1: EMFILE"));
  EXPECT_THAT(table,
              HasSubstr("epoll-level  yes  epoll(7), level-triggered\n"));
  EXPECT_THAT(table, HasSubstr("kqueue       no   this system has no kqueue"));
  EXPECT_THAT(table, HasSubstr("select       yes  select(2)"));
  EXPECT_THAT(host_.OpenDescriptors(), IsEmpty());
}

}  // namespace
}  // namespace cloche
