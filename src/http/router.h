// Router: which handler answers which path.
//
//     Router router;
//     router.Get("/hello", Hello);
//     ServeHttp(stream, router.AsHandler(), options);
//
// How it works: an exact match of the path, as it was sent, in a sorted map.
// Whatever has no handler gets the answer that RFC 9110 section 15 has for it:
//
//   path known,   GET or HEAD     the handler's
//   path known,   other method    405, with Allow
//   path unknown                  404
//   a method that HTTP lacks      501, whatever the path
//
// Main disadvantage: no patterns, no decoding: "/%68ello" is not "/hello".
//
// Next: http/connection.h.

#ifndef CLOCHE_HTTP_ROUTER_H_
#define CLOCHE_HTTP_ROUTER_H_

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "cloche/http/handler.h"
#include "cloche/http/request.h"
#include "cloche/http/response.h"
#include "cloche/tasks/task.h"

namespace cloche {

// Thread safety: the loop's thread. Lifetime: longer than the handlers made of
// it, and than every task that those returned.
class Router {
 public:
  // Answers GET and HEAD of `path` with `handler`. A path given twice is
  // answered by the later handler.
  void Get(std::string path, Handler handler) {
    handlers_[std::move(path)] = std::move(handler);
  }

  Task<Response> Handle(const Request& request) const;

  Handler AsHandler() const {
    return [this](const Request& request) { return Handle(request); };
  }

  // All of them, sorted.
  std::vector<std::string> Paths() const;

 private:
  std::map<std::string, Handler, std::less<>> handlers_;
};

}  // namespace cloche

#endif  // CLOCHE_HTTP_ROUTER_H_
