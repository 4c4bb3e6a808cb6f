// ErrorResponse: an answer that says in one line of text what is wrong.
//
// Next: http/refusal.h.

#ifndef CLOCHE_HTTP_ERROR_RESPONSE_H_
#define CLOCHE_HTTP_ERROR_RESPONSE_H_

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "cloche/http/response.h"
#include "cloche/http/status_code.h"

namespace cloche {

// "400 Bad Request: there is more than one Host header"; without details,
// "500 Internal Server Error".
inline Response ErrorResponse(int status_code, absl::string_view detail = "") {
  return TextResponse(status_code,
                      absl::StrCat(status_code, " ", ReasonPhrase(status_code),
                                   detail.empty() ? "" : ": ", detail, "\n"));
}

}  // namespace cloche

#endif  // CLOCHE_HTTP_ERROR_RESPONSE_H_
