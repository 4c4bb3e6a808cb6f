// ParseFieldLine: "Host: example.org", one header.
//
//   field-line = field-name ":" OWS field-value OWS  (RFC 9112 section 5)
//
// Refused are the shapes that programs read differently, and by which requests
// are smuggled past one of them: whitespace before the colon (section 5.1),
// a line that continues the one before (obs-fold, section 5.2), control
// characters (RFC 9110 section 5.5).
//
// Main disadvantage: a harmless old client that folds its headers is refused.
//
// Next: http/request_rules.h for what the headers mean together.

#ifndef CLOCHE_HTTP_FIELD_LINE_H_
#define CLOCHE_HTTP_FIELD_LINE_H_

#include "absl/strings/string_view.h"
#include "cloche/http/headers.h"
#include "cloche/http/refusal.h"

namespace cloche {

// Fills `header` from `line`, which is not empty and has no line end. Refuses
// with 400.
MaybeRefusal ParseFieldLine(absl::string_view line, Header& header);

}  // namespace cloche

#endif  // CLOCHE_HTTP_FIELD_LINE_H_
