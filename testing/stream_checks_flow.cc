// What a stream promises while bytes flow. Next: testing/stream_checks_end.cc.

#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/net/byte_stream.h"
#include "cloche/net/readable_leaf.h"
#include "cloche/tasks/nursery.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/timeout.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/stream_checks.h"
#include "cloche/testing/stream_tasks.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {

// --- For all checks ---------------------------------------------------------

Task<> ExpectWriteOfTooMuchToEndWith(Ends& ends, absl::StatusCode code) {
  const std::string bytes(ends.options.too_many_bytes, 'x');
  EXPECT_THAT(co_await ends.a->Write(bytes), StatusIs(code));
  co_return absl::OkStatus();
}

Task<> TryToWrite(ByteStream& stream, absl::string_view bytes) {
  (void)co_await stream.Write(bytes);
  co_return absl::OkStatus();
}

namespace {

using ::testing::HasSubstr;

constexpr absl::StatusCode kAborted = absl::StatusCode::kAborted;
constexpr absl::StatusCode kPrecondition =
    absl::StatusCode::kFailedPrecondition;

// --- Bytes ------------------------------------------------------------------

Task<> BytesArriveInOrderAndOnce(Ends& ends) {
  co_return co_await WithNursery([&ends](Nursery& nursery) -> Task<> {
    nursery.Start(WriteAll, std::ref(*ends.a), Pattern(kManyBytes));
    auto read = nursery.Start(ReadAll, std::ref(*ends.b), kManyBytes, 777);
    EXPECT_TRUE(co_await Try(read.Join()) == Pattern(kManyBytes));
    co_return absl::OkStatus();
  });
}

Task<> BothDirectionsGoOnAtOnce(Ends& ends) {
  co_return co_await WithNursery([&ends](Nursery& nursery) -> Task<> {
    nursery.Start(WriteAll, std::ref(*ends.a), Pattern(kManyBytes));
    nursery.Start(WriteAll, std::ref(*ends.b), Pattern(kManyBytes));
    auto there = nursery.Start(ReadAll, std::ref(*ends.b), kManyBytes, 10000);
    auto back = nursery.Start(ReadAll, std::ref(*ends.a), kManyBytes, 10000);
    EXPECT_TRUE(co_await Try(there.Join()) == Pattern(kManyBytes));
    EXPECT_TRUE(co_await Try(back.Join()) == Pattern(kManyBytes));
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

// What is there already need not be waited for: two bytes that came at once, of
// which one was read.
Task<> WaitReadableIsOverWhenThereIsSomething(Ends& ends) {
  co_return co_await WithNursery([&ends](Nursery& nursery) -> Task<> {
    nursery.Start(WriteAll, std::ref(*ends.b), "xy");
    EXPECT_EQ(co_await Try(ReadAll(*ends.a, 1)), "x");
    const WaitLimits limits;
    EXPECT_THAT(co_await ends.a->WaitReadable(limits), IsOk());
    char room[8];
    EXPECT_THAT(ends.a->ReadNow(absl::MakeSpan(room)),
                IsOkAndHolds(std::optional<size_t>(1)));
    co_return absl::OkStatus();
  });
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
    char room[8];
    EXPECT_THAT(ends.a->ReadNow(absl::MakeSpan(room)), StatusIs(kPrecondition));
    co_await Try(ends.b->Write("x"));
    EXPECT_EQ(co_await Try(first.Join()), "x");
    co_return absl::OkStatus();
  });
}

// Until it is closed, which is the quickest way out.
Task<> ASecondWriteIsRefusedAndTheFirstGoesOn(Ends& ends) {
  co_return co_await WithNursery([&ends](Nursery& nursery) -> Task<> {
    nursery.Start(ExpectWriteOfTooMuchToEndWith, std::ref(ends), kAborted);
    co_await Try(Yield());  // It begins.
    EXPECT_THAT(co_await ends.a->Write("y"), StatusIs(kPrecondition));
    EXPECT_THAT(ends.a->WriteNow("y"), StatusIs(kPrecondition));
    EXPECT_TRUE(co_await Try(ReadAll(*ends.b, kManyBytes)) ==
                std::string(kManyBytes, 'x'));
    ends.a->Close();
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

// What the peer finds when the stream is closed, as it then should be.
Task<> ACancelledWriteSaysHowManyBytes(Ends& ends) {
  co_return co_await WithNursery([&ends](Nursery& nursery) -> Task<> {
    const std::string bytes(ends.options.too_many_bytes, 'x');
    auto write = nursery.Start(WriteAll, std::ref(*ends.a), bytes);
    co_await Try(Yield());  // It begins.
    write.Cancel();
    const absl::Status end = co_await write.Join();
    EXPECT_THAT(end, StatusIs(absl::StatusCode::kCancelled));
    ends.a->Close();
    const size_t heard = (co_await Try(ReadToEnd(*ends.b))).size();
    const std::string count = heard == 0 ? "" : absl::StrCat(" ", heard, " ");
    EXPECT_THAT(end.message(), HasSubstr(count));
    co_return absl::OkStatus();
  });
}

// --- All of them ------------------------------------------------------------

constexpr StreamCheck kChecks[] = {
    {"bytes arrive in order, and once", BytesArriveInOrderAndOnce},
    {"both directions go on at once", BothDirectionsGoOnAtOnce},
    {"a read gives no more than there is room for",
     AReadGivesNoMoreThanThereIsRoomFor},
    {"nothing is read and written at once", NothingIsReadAndWrittenAtOnce},
    {"ReadNow does not wait", ReadNowDoesNotWait},
    {"WaitReadable is over when there is something",
     WaitReadableIsOverWhenThereIsSomething},
    {"a writer that nobody reads from is stopped",
     AWriterThatNobodyReadsFromIsStopped},
    {"a second read is refused, and the first goes on",
     ASecondReadIsRefusedAndTheFirstGoesOn},
    {"a second write is refused, and the first goes on",
     ASecondWriteIsRefusedAndTheFirstGoesOn},
    {"a cancelled read takes nothing", ACancelledReadTakesNothing},
    {"a cancelled write says how many bytes are on their way",
     ACancelledWriteSaysHowManyBytes},
};

}  // namespace

absl::Span<const StreamCheck> ChecksOfFlow() { return kChecks; }

}  // namespace cloche
