#include "cloche/testing/check_stream.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "cloche/tasks/run.h"
#include "cloche/tasks/timeout.h"
#include "cloche/tasks/try.h"
#include "cloche/testing/status_matchers.h"
#include "cloche/testing/stream_checks.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cloche {
namespace {

Task<> RunCheck(const StreamCheck& check, const StreamMaker& make,
                const CheckStreamOptions& options, bool from_far) {
  StreamPair pair = co_await Try(make());
  if (from_far) std::swap(pair.near, pair.far);
  Ends ends = {std::move(pair.near), std::move(pair.far), options};
  co_return co_await check.run(ends);
}

void RunChecks(absl::Span<const StreamCheck> checks, Loop& loop,
               const StreamMaker& make, const CheckStreamOptions& options) {
  for (const StreamCheck& check : checks) {
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

}  // namespace

void CheckStream(Loop& loop, const StreamMaker& make,
                 const CheckStreamOptions& options) {
  RunChecks(ChecksOfFlow(), loop, make, options);
  RunChecks(ChecksOfEnd(), loop, make, options);
}

}  // namespace cloche
