// The status codes of HTTP that this server gives, and what each is called.
//
// Next: http/response.h.

#ifndef CLOCHE_HTTP_STATUS_CODE_H_
#define CLOCHE_HTTP_STATUS_CODE_H_

#include "absl/strings/string_view.h"

namespace cloche {

// "Not Found" for 404 (RFC 9110 section 15), "" for a code that is not in the
// list: the phrase may be empty, the space before it may not (RFC 9112
// section 4).
absl::string_view ReasonPhrase(int status_code);

// Whether a response of this code has content, and so a Content-Length: not
// 1xx, 204 and 304 (RFC 9110 section 8.6).
inline bool HasContent(int status_code) {
  return status_code >= 200 && status_code != 204 && status_code != 304;
}

}  // namespace cloche

#endif  // CLOCHE_HTTP_STATUS_CODE_H_
