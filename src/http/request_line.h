// ParseRequestLine: "GET /hello HTTP/1.1".
//
//   request-line = method SP request-target SP HTTP-version  (RFC 9112, 3)
//
// The target comes in four forms (RFC 9112 section 3.2):
//
//   origin-form     /path?query              what clients send
//   absolute-form   http://host/path?query   what they send to proxies; a
//                                            server must take it, too
//   authority-form  host:port                CONNECT only
//   asterisk-form   *                        OPTIONS only
//
// Main disadvantage: single spaces only. The RFC permits leniency there, and
// the leniency of one program is the hole in the next.
//
// Next: http/field_line.h.

#ifndef CLOCHE_HTTP_REQUEST_LINE_H_
#define CLOCHE_HTTP_REQUEST_LINE_H_

#include "absl/strings/string_view.h"
#include "cloche/http/refusal.h"
#include "cloche/http/request.h"

namespace cloche {

// Fills method, target, path, query and minor_version from `line`, which has no
// line end. Refuses with 400 or 505.
MaybeRefusal ParseRequestLine(absl::string_view line, Request& request);

}  // namespace cloche

#endif  // CLOCHE_HTTP_REQUEST_LINE_H_
