#include "cloche/testing/check_stream.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "cloche/net/byte_stream.h"
#include "cloche/tasks/nursery.h"
#include "cloche/tasks/run.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/timeout.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/stream_tasks.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

constexpr absl::StatusCode kAborted = absl::StatusCode::kAborted;
constexpr absl::StatusCode kBroken = absl::StatusCode::kUnavailable;
constexpr absl::StatusCode kPrecondition =
    absl::StatusCode::kFailedPrecondition;

// Enough to go through any buffer in more than one piece.
constexpr size_t kMany = 300000;

// What the checks get: `a` is the end that is looked at.
struct Ends {
  std::unique_ptr<ByteStream> a;
  std::unique_ptr<ByteStream> b;
  const CheckStreamOptions& options;
};

// --- Bytes ------------------------------------------------------------------

Task<> BytesArriveInOrderAndOnce(Ends& ends) {
  co_return co_await WithNursery([&ends](Nursery& nursery) -> Task<> {
    nursery.Start(WriteAll, std::ref(*ends.a), Pattern(kMany));
    auto read = nursery.Start(ReadAll, std::ref(*ends.b), kMany, 777);
    EXPECT_TRUE(co_await Try(read.Join()) == Pattern(kMany));
    co_return absl::OkStatus();
  });
}

Task<> BothDirectionsGoOnAtOnce(Ends& ends) {
  co_return co_await WithNursery([&ends](Nursery& nursery) -> Task<> {
    nursery.Start(WriteAll, std::ref(*ends.a), Pattern(kMany));
    nursery.Start(WriteAll, std::ref(*ends.b), Pattern(kMany));
    auto there = nursery.Start(ReadAll, std::ref(*ends.b), kMany, 10000);
    auto back = nursery.Start(ReadAll, std::ref(*ends.a), kMany, 10000);
    EXPECT_TRUE(co_await Try(there.Join()) == Pattern(kMany));
    EXPECT_TRUE(co_await Try(back.Join()) == Pattern(kMany));
    co_return absl::OkStatus();
  });
}

Task<> AReadGivesNoMoreThanThereIsRoomFor(Ends& ends) {
  co_return co_await WithNursery([&ends](Nursery& nursery) -> Task<> {
    nursery.Start(WriteAll, std::ref(*ends.b), "hello");
    EXPECT_EQ(co_await Try(ReadAll(*ends.a, 2, /*most=*/2)), "he");
    EXPECT_EQ(co_await Try(ReadAll(*ends.a, 3)), "llo");
    co_return absl::OkStatus();
  });
}

Task<> NothingIsReadAndWrittenAtOnce(Ends& ends) {
  EXPECT_THAT(co_await ends.a->Read({}), IsOkAndHolds(0u));
  EXPECT_THAT(co_await ends.a->Write(""), IsOk());
  co_return absl::OkStatus();
}

Task<> ReadNowDoesNotWait(Ends& ends) {
  char room[8];
  EXPECT_THAT(ends.a->ReadNow(absl::MakeSpan(room)),
              IsOkAndHolds(std::optional<size_t>()));
  co_return absl::OkStatus();
}

Task<> AWriterThatNobodyReadsFromIsStopped(Ends& ends) {
  const std::string part = Pattern(65536);
  size_t written = 0;
  while (written < ends.options.too_many_bytes) {
    const size_t now = co_await Try(ends.a->WriteNow(part));
    if (now == 0) co_return absl::OkStatus();
    written += now;
  }
  ADD_FAILURE() << "it has taken " << written << " bytes that nobody reads";
  co_return absl::OkStatus();
}

// --- One at a time ----------------------------------------------------------

Task<> ASecondReadIsRefusedAndTheFirstGoesOn(Ends& ends) {
  co_return co_await WithNursery([&ends](Nursery& nursery) -> Task<> {
    auto first = nursery.Start(ReadOnce, std::ref(*ends.a), 100);
    co_await Try(Yield());  // It begins.
    EXPECT_THAT(co_await ReadOnce(*ends.a), StatusIs(kPrecondition));
    co_await Try(ends.b->Write("x"));
    EXPECT_EQ(co_await Try(first.Join()), "x");
    co_return absl::OkStatus();
  });
}

Task<> ACancelledReadTakesNothing(Ends& ends) {
  auto late = co_await WithTimeout(absl::ZeroDuration(), ReadOnce(*ends.a));
  EXPECT_THAT(late, StatusIs(absl::StatusCode::kDeadlineExceeded));
  co_return co_await WithNursery([&ends](Nursery& nursery) -> Task<> {
    nursery.Start(WriteAll, std::ref(*ends.b), "kept");
    EXPECT_EQ(co_await Try(ReadAll(*ends.a, 4)), "kept");
    co_return absl::OkStatus();
  });
}

// --- The end of one direction -----------------------------------------------

Task<> AfterShutdownThePeerReadsTheRestAndThenTheEnd(Ends& ends) {
  co_return co_await WithNursery([&ends](Nursery& nursery) -> Task<> {
    auto read = nursery.Start(ReadToEnd, std::ref(*ends.b));
    co_await Try(ends.a->Write("last words"));
    EXPECT_THAT(co_await ends.a->ShutdownWrite(), IsOk());
    EXPECT_EQ(co_await Try(read.Join()), "last words");
    EXPECT_EQ(co_await Try(ReadOnce(*ends.b)), "") << "the end, once more";
    co_return absl::OkStatus();
  });
}

Task<> AfterShutdownTheOtherDirectionGoesOn(Ends& ends) {
  co_await Try(ends.a->ShutdownWrite());
  co_return co_await WithNursery([&ends](Nursery& nursery) -> Task<> {
    nursery.Start(WriteAll, std::ref(*ends.b), "answer");
    EXPECT_EQ(co_await Try(ReadAll(*ends.a, 6)), "answer");
    co_return absl::OkStatus();
  });
}

Task<> ShutdownIsIdempotentAndEndsWriting(Ends& ends) {
  co_await Try(ends.a->ShutdownWrite());
  EXPECT_THAT(co_await ends.a->ShutdownWrite(), IsOk());
  EXPECT_THAT(co_await ends.a->Write("x"), StatusIs(kPrecondition));
  co_return absl::OkStatus();
}

Task<> AShutdownWaitsForTheWriteInFlight(Ends& ends) {
  co_return co_await WithNursery([&ends](Nursery& nursery) -> Task<> {
    nursery.Start(WriteAll, std::ref(*ends.a), Pattern(kMany));
    co_await Try(Yield());  // It begins.
    nursery.Start(ShutDownWriting, std::ref(*ends.a));
    EXPECT_TRUE(co_await Try(ReadToEnd(*ends.b)) == Pattern(kMany));
    co_return absl::OkStatus();
  });
}

// --- The end of both --------------------------------------------------------

// A read that is in flight when `end` is called, which closes the stream.
Task<> ExpectReadToEndBy(ByteStream& stream, std::function<void()> end) {
  co_return co_await WithNursery([&](Nursery& nursery) -> Task<> {
    const auto read = [&stream]() -> Task<> {
      EXPECT_THAT(co_await ReadOnce(stream), StatusIs(kAborted));
      co_return absl::OkStatus();
    };
    nursery.Start(read);
    co_await Try(Yield());  // It begins.
    end();
    co_return absl::OkStatus();
  });
}

Task<> CloseEndsTheReadInFlight(Ends& ends) {
  co_return co_await ExpectReadToEndBy(*ends.a, [&ends] { ends.a->Close(); });
}

Task<> DestructionEndsTheReadInFlight(Ends& ends) {
  co_return co_await ExpectReadToEndBy(*ends.a, [&ends] { ends.a.reset(); });
}

Task<> AfterCloseEverythingIsRefused(Ends& ends) {
  ends.a->Close();
  ends.a->Close();
  EXPECT_THAT(co_await ReadOnce(*ends.a), StatusIs(kAborted));
  EXPECT_THAT(co_await ends.a->Write("x"), StatusIs(kAborted));
  EXPECT_THAT(co_await ends.a->ShutdownWrite(), StatusIs(kAborted));
  co_return absl::OkStatus();
}

Task<> WhatWasWrittenBeforeACloseIsDelivered(Ends& ends) {
  co_return co_await WithNursery([&ends](Nursery& nursery) -> Task<> {
    auto read = nursery.Start(ReadToEnd, std::ref(*ends.b));
    co_await Try(ends.a->Write("goodbye"));
    ends.a->Close();
    EXPECT_EQ(co_await Try(read.Join()), "goodbye");
    co_return absl::OkStatus();
  });
}

// The system may take some before it knows.
Task<> WritesToAPeerThatClosedFail(Ends& ends) {
  ends.b->Close();
  absl::Status written;
  for (size_t bytes = 0; written.ok() && bytes < ends.options.too_many_bytes;
       bytes += kMany) {
    written = co_await WriteAll(*ends.a, Pattern(kMany));
  }
  EXPECT_THAT(written, StatusIs(kBroken));
  co_return absl::OkStatus();
}

Task<> AnAbortIsSeenByThePeer(Ends& ends) {
  ends.b->Abort();
  EXPECT_THAT(co_await ReadOnce(*ends.a), StatusIs(kBroken));
  co_return absl::OkStatus();
}

// --- All of them ------------------------------------------------------------

struct Check {
  absl::string_view promise;
  Task<> (*run)(Ends&);
};

constexpr Check kChecks[] = {
    {"bytes arrive in order, and once", BytesArriveInOrderAndOnce},
    {"both directions go on at once", BothDirectionsGoOnAtOnce},
    {"a read gives no more than there is room for",
     AReadGivesNoMoreThanThereIsRoomFor},
    {"nothing is read and written at once", NothingIsReadAndWrittenAtOnce},
    {"ReadNow does not wait", ReadNowDoesNotWait},
    {"a writer that nobody reads from is stopped",
     AWriterThatNobodyReadsFromIsStopped},
    {"a second read is refused, and the first goes on",
     ASecondReadIsRefusedAndTheFirstGoesOn},
    {"a cancelled read takes nothing", ACancelledReadTakesNothing},
    {"after ShutdownWrite the peer reads the rest, and then the end",
     AfterShutdownThePeerReadsTheRestAndThenTheEnd},
    {"after ShutdownWrite the other direction goes on",
     AfterShutdownTheOtherDirectionGoesOn},
    {"ShutdownWrite is idempotent, and ends writing",
     ShutdownIsIdempotentAndEndsWriting},
    {"ShutdownWrite waits for the write in flight",
     AShutdownWaitsForTheWriteInFlight},
    {"Close ends the read in flight", CloseEndsTheReadInFlight},
    {"destruction ends the read in flight", DestructionEndsTheReadInFlight},
    {"after Close everything is refused", AfterCloseEverythingIsRefused},
    {"what was written before a Close is delivered",
     WhatWasWrittenBeforeACloseIsDelivered},
    {"writes to a peer that closed fail", WritesToAPeerThatClosedFail},
    {"an Abort is seen by the peer", AnAbortIsSeenByThePeer},
};

Task<> RunCheck(const Check& check, const StreamMaker& make,
                const CheckStreamOptions& options, bool from_far) {
  StreamPair pair = co_await Try(make());
  if (from_far) std::swap(pair.near, pair.far);
  Ends ends = {std::move(pair.near), std::move(pair.far), options};
  co_return co_await check.run(ends);
}

}  // namespace

void CheckStream(Loop& loop, const StreamMaker& make,
                 const CheckStreamOptions& options) {
  for (const Check& check : kChecks) {
    for (const bool from_far : {false, true}) {
      SCOPED_TRACE(absl::StrCat("the promise: ", check.promise, "; looked at ",
                                from_far ? "from the far end" : "from near"));
      EXPECT_THAT(
          Run(loop, WithTimeout(options.patience,
                                RunCheck(check, make, options, from_far))),
          IsOk());
    }
  }
}

}  // namespace cloche
