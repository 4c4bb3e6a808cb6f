#include "cloche/http/response_writer.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "cloche/http/characters.h"
#include "cloche/http/http_date.h"
#include "cloche/http/status_code.h"

namespace cloche {
namespace {

constexpr absl::string_view kServersOwn[] = {"Connection", "Content-Length",
                                             "Date", "Transfer-Encoding"};

bool IsServersOwn(absl::string_view name) {
  for (absl::string_view own : kServersOwn) {
    if (absl::EqualsIgnoreCase(name, own)) return true;
  }
  return false;
}

absl::Status CheckHeader(absl::string_view name, absl::string_view value) {
  absl::string_view fault;
  if (!IsToken(name)) {
    fault = "the name has a character that is not allowed";
  } else if (IsServersOwn(name)) {
    fault = "the server sets this one; leave it out";
  } else if (!value.empty() && !ConsistsOf(value, IsFieldCharacter)) {
    fault = "the value has a control character; escape or remove it";
  } else {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "response header \"", absl::CHexEscape(name), "\": ", fault));
}

absl::string_view ConnectionHeader(const ResponseContext& context) {
  if (!context.keep_alive) return "Connection: close\r\n";
  if (context.is_http_1_0) return "Connection: keep-alive\r\n";
  return "";
}

}  // namespace

absl::Status CheckResponse(const Response& response) {
  if (response.status_code < 200 || response.status_code > 599) {
    return absl::InvalidArgumentError(
        absl::StrCat("response status code ", response.status_code,
                     ": a final one is from 200 to 599"));
  }
  for (const auto& [name, value] : response.headers) {
    absl::Status checked = CheckHeader(name, value);
    if (!checked.ok()) return checked;
  }
  return absl::OkStatus();
}

absl::string_view SentBody(const Response& response,
                           const ResponseContext& context) {
  if (context.is_head || !HasContent(response.status_code)) return "";
  return response.body;
}

std::string FormatResponse(const Response& response,
                           const ResponseContext& context) {
  const int code = response.status_code;
  std::string text = absl::StrCat("HTTP/1.1 ", code, " ", ReasonPhrase(code),
                                  "\r\nDate: ", HttpDate(context.date), "\r\n",
                                  ConnectionHeader(context));
  if (HasContent(code)) {
    absl::StrAppend(&text, "Content-Length: ", response.body.size(), "\r\n");
  }
  for (const auto& [name, value] : response.headers) {
    absl::StrAppend(&text, name, ": ", value, "\r\n");
  }
  absl::StrAppend(&text, "\r\n", SentBody(response, context));
  return text;
}

}  // namespace cloche
