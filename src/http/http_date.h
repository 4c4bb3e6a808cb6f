// HttpDate: "Sun, 06 Nov 1994 08:49:37 GMT", the one form of a date that HTTP
// senders may generate (IMF-fixdate, RFC 9110 section 5.6.7).
//
// Main disadvantage: formatted anew for each response, though it changes once
// a second.
//
// Next: http/response_writer.h.

#ifndef CLOCHE_HTTP_HTTP_DATE_H_
#define CLOCHE_HTTP_HTTP_DATE_H_

#include <string>

#include "absl/time/time.h"

namespace cloche {

// Fractions of a second are cut off. `wall` is wall time (Clock::WallNow).
std::string HttpDate(absl::Time wall);

}  // namespace cloche

#endif  // CLOCHE_HTTP_HTTP_DATE_H_
