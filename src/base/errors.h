// Errors that tell their story: cause chain, attached failures, traceback.
//
// An absl::Status says what went wrong. A reader of a log also wants to know
// why (its cause), what else went wrong at the same time (a nursery's other
// failures) and where (the co_awaits it came through). These helpers keep all
// of that in one payload of the status, so it travels through every signature
// unchanged and costs nothing when there is no error.
//
//   status = CANCELLED "serve 127.0.0.1:80: ..."
//     payload "cloche/details":  a sequence of records, appended in order
//       [frame "src/net/server.cc:42 in Serve"]  one co_await it came through
//       [cause  <status>]                     what made it fail
//       [failure <status>]                    another failure of the nursery
//       [scope  17]                           which cancel scope cancelled it
//       [errno  104]                          which errno it was made from
//
// There is one payload, never several: absl keeps payloads in an order that
// depends on addresses, and same seed must mean same trace, byte for byte.
//
// Main disadvantage: adding a record decodes and encodes all the others, some
// 1 us each, so errors are for the unusual; a full buffer is not an error.
//
// Thread safety: as for absl::Status: values, free to share once built.
// Next: tasks/task.h, which adds a frame at every co_await.

#ifndef CLOCHE_BASE_ERRORS_H_
#define CLOCHE_BASE_ERRORS_H_

#include <cstdint>
#include <source_location>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace cloche {

// The status with one more traceback line, "file:line in function"; OK stays
// OK. Frames are added innermost first, as the error passes outwards; after
// kMaxTracebackFrames further ones are only counted.
inline constexpr int kMaxTracebackFrames = 64;
absl::Status WithFrame(absl::Status status, std::source_location where);

// The status with `cause` as its reason. A second cause replaces nothing: it
// goes to the end of the chain, as the cause of the last cause so far. An OK
// status stays OK, and an OK cause adds nothing.
absl::Status WithCause(absl::Status status, const absl::Status& cause);

// The status with `failure` attached: a nursery's further failures. An OK
// status stays OK, and an OK failure adds nothing.
absl::Status WithFailure(absl::Status status, const absl::Status& failure);

// The cause, or OK if there is none.
absl::Status CauseOf(const absl::Status& status);

// Every failure that `status` stands for: the primary one first (without its
// attachments), then the attached ones in order, each followed by those that
// were attached to it. One element for a plain error, none for OK: the shape
// never depends on how many failed (trio#2301).
std::vector<absl::Status> FailuresOf(const absl::Status& status);

// The failures attached to `status`, as one status: the first, with the others
// attached to it. OK if there are none. For a status that is dealt with, such
// as a cancellation, while what it brings along is not.
absl::Status AttachedTo(const absl::Status& status);

// The traceback, innermost co_await first, as "file:line in function".
std::vector<std::string> TracebackOf(const absl::Status& status);

// A CANCELLED status that knows which scope cancelled, so that only that scope
// turns it into DEADLINE_EXCEEDED (Kotlin#1374, libunifex#560).
// `scope_id` is not zero.
absl::Status CancelledBy(uint64_t scope_id, absl::string_view message);

// The id of the scope that cancelled, or 0 if no scope did (also for a
// CANCELLED that somebody made by hand). Ids are counted by each loop for
// itself: before a task returns a CANCELLED that came from another loop, it
// should make an error of its own of it, with that one as the cause.
uint64_t CancelledScopeOf(const absl::Status& status);

// INTERNAL, UNAVAILABLE and so on for a negative errno as the system calls of
// src/calls return it, with the text "operation: ENAME: explanation".
// `operation` names call and object: "connect 127.0.0.1:80". The explanation
// carries cause and remedy where there is one ("too many open files: raise
// ulimit -n or close some").
absl::Status ErrnoStatus(int negative_errno, absl::string_view operation);

// The errno that ErrnoStatus was made from, positive, or 0. Not that of a
// cause or an attached failure: ask those.
int ErrnoOf(const absl::Status& status);

// "ECONNRESET" for ECONNRESET or -ECONNRESET; "errno 4711" for the unknown.
std::string ErrnoName(int error);

// The whole story for a person, like a Python exception group: message,
// traceback, causes, then each attached failure indented under its number.
// Several lines, the last one without a newline.
std::string FormatError(const absl::Status& status);

// "src/net/server.cc:42 in cloche::Serve": what traceback and dump lines say.
// Removes what the build put before the path and the signature around the name.
std::string FormatLocation(std::source_location where);

}  // namespace cloche

#endif  // CLOCHE_BASE_ERRORS_H_
