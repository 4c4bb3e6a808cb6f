#include "cloche/http/router.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "cloche/tasks/invoke.h"

namespace cloche {
namespace {

// Those of RFC 9110 section 9, and PATCH (RFC 5789).
constexpr absl::string_view kMethods[] = {"CONNECT", "DELETE",  "GET",
                                          "HEAD",    "OPTIONS", "PATCH",
                                          "POST",    "PUT",     "TRACE"};

bool IsKnown(absl::string_view method) {
  return std::find(std::begin(kMethods), std::end(kMethods), method) !=
         std::end(kMethods);
}

bool IsGet(absl::string_view method) {
  return method == "GET" || method == "HEAD";
}

Response MethodNotAllowed(const Request& request) {
  Response response =
      TextResponse(405, absl::StrCat("Only GET and HEAD work here, ",
                                     request.method, " does not.\n"));
  response.headers.emplace_back("Allow", "GET, HEAD");
  return response;
}

Response Unroutable(const Request& request, bool path_is_known) {
  // CONNECT is known to HTTP, but has no path and asks for a proxy.
  if (!IsKnown(request.method) || request.method == "CONNECT") {
    return TextResponse(501, absl::StrCat("The method ", request.method,
                                          " is not known here.\n"));
  }
  // "OPTIONS *" asks about the server as a whole, and gets the same answer.
  if (path_is_known || request.target == "*") return MethodNotAllowed(request);
  return TextResponse(
      404, absl::StrCat("There is nothing at ", request.path, ".\n"));
}

}  // namespace

Task<Response> Router::Handle(const Request& request) const {
  const auto found = handlers_.find(request.path);
  const bool is_known = found != handlers_.end();
  if (is_known && IsGet(request.method)) {
    co_return co_await InvokeTask(found->second, request);
  }
  co_return Unroutable(request, is_known);
}

std::vector<std::string> Router::Paths() const {
  std::vector<std::string> paths;
  for (const auto& [path, handler] : handlers_) paths.push_back(path);
  return paths;
}

}  // namespace cloche
