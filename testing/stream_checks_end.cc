// What a stream promises of its end, in one direction and in both. Next:
// testing/check_stream.cc.

#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "cloche/net/byte_stream.h"
#include "cloche/net/readable_leaf.h"
#include "cloche/tasks/nursery.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/stream_checks.h"
#include "cloche/testing/stream_tasks.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

constexpr absl::StatusCode kAborted = absl::StatusCode::kAborted;
constexpr absl::StatusCode kBroken = absl::StatusCode::kUnavailable;
constexpr absl::StatusCode kPrecondition =
    absl::StatusCode::kFailedPrecondition;

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
  EXPECT_THAT(ends.a->WriteNow("x"), StatusIs(kPrecondition));
  co_return absl::OkStatus();
}

Task<> AShutdownWaitsForTheWriteInFlight(Ends& ends) {
  co_return co_await WithNursery([&ends](Nursery& nursery) -> Task<> {
    nursery.Start(WriteAll, std::ref(*ends.a), Pattern(kManyBytes));
    co_await Try(Yield());  // It begins.
    nursery.Start(ShutDownWriting, std::ref(*ends.a));
    EXPECT_TRUE(co_await Try(ReadToEnd(*ends.b)) == Pattern(kManyBytes));
    co_return absl::OkStatus();
  });
}

// It has nobody to tell any more.
Task<> ShutdownIsOkAfterAReset(Ends& ends) {
  ends.b->Abort();
  EXPECT_THAT(co_await ReadOnce(*ends.a), StatusIs(kBroken));
  EXPECT_THAT(co_await ends.a->ShutdownWrite(), IsOk());
  co_return absl::OkStatus();
}

Task<> TheEndIsThereAsOftenAsItIsAskedFor(Ends& ends) {
  co_await Try(ends.b->ShutdownWrite());
  EXPECT_EQ(co_await Try(ReadOnce(*ends.a)), "");
  const WaitLimits limits;
  EXPECT_THAT(co_await ends.a->WaitReadable(limits), IsOk());
  char room[8];
  EXPECT_THAT(ends.a->ReadNow(absl::MakeSpan(room)),
              IsOkAndHolds(std::optional<size_t>(0)));
  co_return absl::OkStatus();
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

Task<> CloseEndsTheWriteInFlight(Ends& ends) {
  co_return co_await WithNursery([&ends](Nursery& nursery) -> Task<> {
    nursery.Start(ExpectWriteOfTooMuchToEndWith, std::ref(ends), kAborted);
    co_await Try(Yield());  // It begins.
    ends.a->Close();
    co_return absl::OkStatus();
  });
}

Task<> AfterCloseEverythingIsRefused(Ends& ends) {
  ends.a->Close();
  ends.a->Close();
  EXPECT_THAT(co_await ReadOnce(*ends.a), StatusIs(kAborted));
  EXPECT_THAT(co_await ends.a->Write("x"), StatusIs(kAborted));
  EXPECT_THAT(co_await ends.a->ShutdownWrite(), StatusIs(kAborted));
  char room[8];
  EXPECT_THAT(ends.a->ReadNow(absl::MakeSpan(room)), StatusIs(kAborted));
  EXPECT_THAT(ends.a->WriteNow("x"), StatusIs(kAborted));
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

// Of two bytes one was read.
Task<> ACloseWithBytesUnreadIsAReset(Ends& ends) {
  co_return co_await WithNursery([&ends](Nursery& nursery) -> Task<> {
    nursery.Start(TryToWrite, std::ref(*ends.b), "xy");
    EXPECT_EQ(co_await Try(ReadAll(*ends.a, 1)), "x");
    ends.a->Close();
    EXPECT_THAT(co_await ReadOnce(*ends.b), StatusIs(kBroken));
    co_return absl::OkStatus();
  });
}

Task<> DestructionIsSeenByThePeer(Ends& ends) {
  ends.a.reset();
  EXPECT_EQ(co_await Try(ReadOnce(*ends.b)), "");
  co_return absl::OkStatus();
}

// The system may take some before it knows.
Task<> WritesToAPeerThatClosedFail(Ends& ends) {
  ends.b->Close();
  absl::Status written;
  for (size_t bytes = 0; written.ok() && bytes < ends.options.too_many_bytes;
       bytes += kManyBytes) {
    written = co_await WriteAll(*ends.a, Pattern(kManyBytes));
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

constexpr StreamCheck kChecks[] = {
    {"after ShutdownWrite the peer reads the rest, and then the end",
     AfterShutdownThePeerReadsTheRestAndThenTheEnd},
    {"after ShutdownWrite the other direction goes on",
     AfterShutdownTheOtherDirectionGoesOn},
    {"ShutdownWrite is idempotent, and ends writing",
     ShutdownIsIdempotentAndEndsWriting},
    {"ShutdownWrite waits for the write in flight",
     AShutdownWaitsForTheWriteInFlight},
    {"ShutdownWrite is OK after a reset", ShutdownIsOkAfterAReset},
    {"the end is there as often as it is asked for",
     TheEndIsThereAsOftenAsItIsAskedFor},
    {"Close ends the read in flight", CloseEndsTheReadInFlight},
    {"Close ends the write in flight", CloseEndsTheWriteInFlight},
    {"destruction ends the read in flight", DestructionEndsTheReadInFlight},
    {"after Close everything is refused", AfterCloseEverythingIsRefused},
    {"what was written before a Close is delivered",
     WhatWasWrittenBeforeACloseIsDelivered},
    {"a Close with bytes unread is a reset", ACloseWithBytesUnreadIsAReset},
    {"destruction is seen by the peer", DestructionIsSeenByThePeer},
    {"writes to a peer that closed fail", WritesToAPeerThatClosedFail},
    {"an Abort is seen by the peer", AnAbortIsSeenByThePeer},
};

}  // namespace

absl::Span<const StreamCheck> ChecksOfEnd() { return kChecks; }

}  // namespace cloche
