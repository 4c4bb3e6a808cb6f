#include "cloche/http/router.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"

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

Task<Response> NotKnown(const Request& request) {
  co_return TextResponse(501, absl::StrCat("The method ", request.method,
                                           " is not known here.\n"));
}

Task<Response> NotFound(const Request& request) {
  co_return TextResponse(
      404, absl::StrCat("There is nothing at ", request.path, ".\n"));
}

Task<Response> NotAllowed(const Request& request,
                          std::vector<std::string> allowed) {
  Response response =
      TextResponse(405, absl::StrCat("Here work ", absl::StrJoin(allowed, ", "),
                                     "; ", request.method, " does not.\n"));
  response.headers.emplace_back("Allow", absl::StrJoin(allowed, ", "));
  co_return response;
}

}  // namespace

void Router::Handle(std::string method, std::string path, Handler handler) {
  const auto [place, is_new] = methods_of_.try_emplace(path);
  if (is_new) paths_.push_back(std::move(path));
  Methods& methods = place->second;
  for (auto& [known, old_handler] : methods) {
    if (known == method) {
      old_handler = std::move(handler);
      return;
    }
  }
  methods.emplace_back(std::move(method), std::move(handler));
}

const Handler* Router::Find(const Methods& methods, absl::string_view method) {
  for (const auto& [known, handler] : methods) {
    if (known == method) return &handler;
  }
  return method == "HEAD" ? Find(methods, "GET") : nullptr;
}

Task<Response> Router::Answer(const Request& request) const {
  const auto path = methods_of_.find(request.path);
  if (path != methods_of_.end()) {
    const Handler* handler = Find(path->second, request.method);
    if (handler != nullptr) return (*handler)(request);
  }
  // CONNECT is known to HTTP, but has no path and asks for a proxy.
  if (!IsKnown(request.method) || request.method == "CONNECT") {
    return NotKnown(request);
  }
  // "OPTIONS *" asks about the server as a whole, and gets a like answer.
  if (request.target == "*") return NotAllowed(request, {"GET", "HEAD"});
  if (path == methods_of_.end()) return NotFound(request);
  std::vector<std::string> allowed;
  for (absl::string_view method : kMethods) {
    if (Find(path->second, method) != nullptr) allowed.emplace_back(method);
  }
  return NotAllowed(request, std::move(allowed));
}

std::vector<std::string> Router::Paths() const {
  std::vector<std::string> sorted = paths_;
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

}  // namespace cloche
