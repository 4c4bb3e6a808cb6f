// What a stream promises, check by check: testing/check_stream.cc runs them.
//
// A check gets two ends that nobody has used, and EXPECTs what it is about. An
// error that it returns is a failure too, so what must succeed stands in a Try.
//
// Next: testing/stream_checks_flow.cc, testing/stream_checks_end.cc.

#ifndef CLOCHE_TESTING_STREAM_CHECKS_H_
#define CLOCHE_TESTING_STREAM_CHECKS_H_

#include <cstddef>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "cloche/net/byte_stream.h"
#include "cloche/tasks/task.h"
#include "cloche/testing/check_stream.h"

namespace cloche {

// What the checks get: `a` is the end that is looked at.
struct Ends {
  std::unique_ptr<ByteStream> a;
  std::unique_ptr<ByteStream> b;
  const CheckStreamOptions& options;
};

struct StreamCheck {
  absl::string_view promise;
  Task<> (*run)(Ends&);
};

// While bytes flow, and when their flow comes to its end. Lifetime: the
// program's.
absl::Span<const StreamCheck> ChecksOfFlow();
absl::Span<const StreamCheck> ChecksOfEnd();

// Enough to go through any buffer in more than one piece.
inline constexpr size_t kManyBytes = 300000;

// Writes more at `a` than there is room for, and EXPECTs that this ends with
// `code`.
Task<> ExpectWriteOfTooMuchToEndWith(Ends& ends, absl::StatusCode code);

// Writes as much as it can; that it is cut off is no failure of the check.
Task<> TryToWrite(ByteStream& stream, absl::string_view bytes);

}  // namespace cloche

#endif  // CLOCHE_TESTING_STREAM_CHECKS_H_
