// Tests of FormatError: whole texts, as a person sees them.
// Next: base/format_error.cc.

#include <source_location>
#include <string>
#include <utility>

#include "cloche/base/errors.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

// Some place in some file. How a place reads: format_location_test.cc.
std::source_location Place() { return std::source_location::current(); }

absl::Status AddFrame(absl::Status status) {
  return WithFrame(std::move(status), Place());
}

// The traceback line that AddFrame makes, without its "at ".
std::string FrameText() { return FormatLocation(Place()); }

absl::Status Lost() { return absl::UnavailableError("lost"); }
absl::Status Why() { return absl::InternalError("why"); }

TEST(FormatError, OkIsOk) { EXPECT_EQ(FormatError(absl::OkStatus()), "OK"); }

TEST(FormatError, APlainErrorIsOneLine) {
  EXPECT_EQ(FormatError(Lost()), "UNAVAILABLE: lost");
}

TEST(FormatError, FurtherLinesOfAMessageAreIndented) {
  EXPECT_EQ(FormatError(absl::AbortedError("first\nsecond")),
            "ABORTED: first\n  second");
}

TEST(FormatError, TracebackLinesStandUnderTheMessage) {
  EXPECT_EQ(FormatError(AddFrame(Lost())),
            "UNAVAILABLE: lost\n  at " + FrameText());
}

TEST(FormatError, ACauseIsIndentedUnderItsError) {
  EXPECT_EQ(FormatError(WithCause(Lost(), AddFrame(Why()))),
            "UNAVAILABLE: lost\n"
            "  caused by: INTERNAL: why\n"
            "    at " +
                FrameText());
}

TEST(FormatError, AChainOfCausesGoesDeeperWithEachLink) {
  EXPECT_EQ(FormatError(WithCause(WithCause(Lost(), Why()),
                                  absl::DataLossError("deeper"))),
            "UNAVAILABLE: lost\n"
            "  caused by: INTERNAL: why\n"
            "    caused by: DATA_LOSS: deeper");
}

TEST(FormatError, ACancelledErrorNamesItsScope) {
  EXPECT_EQ(FormatError(CancelledBy(17, "too slow")),
            "CANCELLED: too slow\n"
            "  by cancel scope 17");
}

TEST(FormatError, OneAttachedFailureIsCountedAndNumbered) {
  EXPECT_EQ(FormatError(WithFailure(Lost(), AddFrame(Why()))),
            "UNAVAILABLE: lost (and 1 more failure)\n"
            "  +-+---------------- 1 ----------------\n"
            "    | INTERNAL: why\n"
            "    |   at " +
                FrameText() +
                "\n"
                "    +------------------------------------");
}

TEST(FormatError, AttachedFailuresOfAttachedFailuresNest) {
  const absl::Status nested = WithFailure(Why(), absl::DataLossError("deep"));
  EXPECT_EQ(FormatError(WithFailure(WithFailure(Lost(), nested),
                                    absl::AbortedError("last"))),
            "UNAVAILABLE: lost (and 2 more failures)\n"
            "  +-+---------------- 1 ----------------\n"
            "    | INTERNAL: why (and 1 more failure)\n"
            "    |   +-+---------------- 1 ----------------\n"
            "    |     | DATA_LOSS: deep\n"
            "    |     +------------------------------------\n"
            "    +---------------- 2 ----------------\n"
            "    | ABORTED: last\n"
            "    +------------------------------------");
}

TEST(FormatError, TheFailuresComeAfterTheErrorsOwnStory) {
  const absl::Status status = AddFrame(WithFailure(Lost(), Why()));
  EXPECT_EQ(FormatError(status),
            "UNAVAILABLE: lost (and 1 more failure)\n"
            "  at " +
                FrameText() +
                "\n"
                "  +-+---------------- 1 ----------------\n"
                "    | INTERNAL: why\n"
                "    +------------------------------------");
}

}  // namespace
}  // namespace cloche
