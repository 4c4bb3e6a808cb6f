// CheckRequest: what the lines of a request head must say together.
//
// Each line may be well-formed and the whole still not: no Host, two lengths,
// a body that nobody here would read.
//
// Main disadvantage: a request with a body is refused as a whole for now, 413
// if its length is known and 501 if it is not, because to skip a body is work
// that the client decides the size of.
//
// Next: http/request_parser.h, which calls it at the end of each head.

#ifndef CLOCHE_HTTP_REQUEST_RULES_H_
#define CLOCHE_HTTP_REQUEST_RULES_H_

#include "cloche/http/refusal.h"
#include "cloche/http/request.h"

namespace cloche {

// Checks Host and the body's framing, and sets keep_alive.
MaybeRefusal CheckRequest(Request& request);

}  // namespace cloche

#endif  // CLOCHE_HTTP_REQUEST_RULES_H_
