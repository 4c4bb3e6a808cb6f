// CheckRequest: what the lines of a request head must say together.
//
// Each line may be well-formed and the whole still not: no Host, two lengths,
// a coding that nobody here can undo.
//
// How it works: one look at each header, by the length of its name: of the five
// names that matter here, no two are equally long.
//
// Main disadvantage: a sixth name of one of those lengths will be in the way.
//
// Next: http/request_parser.h, which calls it at the end of each head.

#ifndef CLOCHE_HTTP_REQUEST_RULES_H_
#define CLOCHE_HTTP_REQUEST_RULES_H_

#include "cloche/http/refusal.h"
#include "cloche/http/request.h"

namespace cloche {

// Checks Host, the body's framing and what is expected, and sets keep_alive,
// framing and expects_continue. Refuses with 400, 417 or 501.
MaybeRefusal CheckRequest(Request& request);

}  // namespace cloche

#endif  // CLOCHE_HTTP_REQUEST_RULES_H_
