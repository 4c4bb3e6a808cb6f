// What a RequestParser says, in one text, so that two parsers can be compared
// and a test reads like what it expects:
//
//     "needs more"
//     "GET /a?b HTTP/1.1 [Host=h] keeps, 29 bytes"
//     "400 a header line has no colon"         and " (to HEAD)" if it was that
//
// Next: http/request_parser_test.cc.

#ifndef CLOCHE_HTTP_REQUEST_PARSER_TEST_H_
#define CLOCHE_HTTP_REQUEST_PARSER_TEST_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "cloche/http/request.h"
#include "cloche/http/request_parser.h"

namespace cloche {

inline std::string Describe(const Request& request) {
  std::string text = absl::StrCat(request.method, " ", request.path);
  if (!request.query.empty()) absl::StrAppend(&text, "?", request.query);
  absl::StrAppend(&text, " HTTP/1.", request.minor_version);
  for (const Header& header : request.headers) {
    absl::StrAppend(&text, " [", header.name, "=", header.value, "]");
  }
  return absl::StrCat(text, request.keep_alive ? " keeps" : " closes");
}

// To be called after Parse, while its buffer is there.
inline std::string Describe(const RequestParser& parser, ParseState state) {
  switch (state) {
    case ParseState::kNeedsMore:
      return "needs more";
    case ParseState::kComplete:
      return absl::StrCat(Describe(parser.request()), ", ", parser.head_bytes(),
                          " bytes");
    case ParseState::kRefused:
      return absl::StrCat(parser.refusal().status_code, " ",
                          parser.refusal().reason,
                          parser.is_head() ? " (to HEAD)" : "");
  }
  return "a state that there is not";
}

inline std::string ParseWhole(absl::string_view text, HeadLimits limits = {}) {
  RequestParser parser(limits);
  const ParseState state = parser.Parse(text);
  return Describe(parser, state);
}

}  // namespace cloche

#endif  // CLOCHE_HTTP_REQUEST_PARSER_TEST_H_
