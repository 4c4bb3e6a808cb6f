// What operations become in a ring, and what completions mean to them.
//
//   kAccept   accept      kReceive   recv      kWaitReadable   poll for input,
//   kConnect  connect     kSend      send      kWaitWritable   for output
//
// Main disadvantage: a poll's result says more than an operation can: that a
// peer has hung up is one more reason to try, as everywhere above.
//
// Next: backend/ring_backend.h, which submits them.

#ifndef CLOCHE_BACKEND_RING_SUBMISSION_H_
#define CLOCHE_BACKEND_RING_SUBMISSION_H_

#include <cstdint>

#include "cloche/backend/operation.h"
#include "cloche/calls/ring_calls.h"

namespace cloche {

// Asks for the operation. Its buffer and address are the operation's own.
RingSubmission SubmissionOf(const Operation& operation, uint64_t token);

// An operation's result, of a completion's.
int64_t ResultOfCompletion(OperationKind kind, int32_t completed);

// Whether it only says that the kernel has given up: for whoever has not
// cancelled it, submit it again.
bool IsNoResult(OperationKind kind, int32_t completed);

}  // namespace cloche

#endif  // CLOCHE_BACKEND_RING_SUBMISSION_H_
