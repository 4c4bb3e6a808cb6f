// Refusal: why a request cannot be served, as the client is to be told.
//
// A malformed request is no error of ours (absl::Status), but a thing that
// clients do, with an answer of its own: a status code and one line of text.
//
// After a refusal it is not known where the next request would begin, so the
// connection closes.
//
// Next: http/request_parser.h.

#ifndef CLOCHE_HTTP_REFUSAL_H_
#define CLOCHE_HTTP_REFUSAL_H_

#include <optional>

#include "absl/strings/string_view.h"

namespace cloche {

struct Refusal {
  int status_code;           // 400 to 599.
  absl::string_view reason;  // A literal: what is wrong, and with what.
};

// What a check gives: nothing if all is well.
using MaybeRefusal = std::optional<Refusal>;

inline Refusal BadRequest(absl::string_view reason) { return {400, reason}; }

}  // namespace cloche

#endif  // CLOCHE_HTTP_REFUSAL_H_
