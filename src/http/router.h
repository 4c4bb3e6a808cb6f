// Router: which handler answers which path.
//
//     Router router;
//     router.Get("/hello", Hello);
//     router.Post("/echo", Echo);
//     HttpServer http(router.AsHandler());
//
// How it works: an exact match of the path, as it was sent, in a hash table;
// then of the method. Whatever has no handler gets the answer that RFC 9110
// section 15 has for it:
//
//   path known,   method too      the handler's
//   path known,   other method    405, with Allow
//   path unknown                  404
//   a method that HTTP lacks      501, whatever the path
//
// Main disadvantage: no patterns, no decoding: "/%68ello" is not "/hello".
//
// Next: http/http_server.h.

#ifndef CLOCHE_HTTP_ROUTER_H_
#define CLOCHE_HTTP_ROUTER_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
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
  // Answers `method` at `path` with `handler`; GET is HEAD too, where that has
  // no handler of its own. Given twice, the later one answers.
  void Handle(std::string method, std::string path, Handler handler);
  void Get(std::string path, Handler handler) {
    Handle("GET", std::move(path), std::move(handler));
  }
  void Post(std::string path, Handler handler) {
    Handle("POST", std::move(path), std::move(handler));
  }

  // The answer: the task of the handler itself, or one that says why there is
  // none. Throws what the handler throws before it has a task.
  Task<Response> Answer(const Request& request) const;

  Handler AsHandler() const {
    return [this](const Request& request) { return Answer(request); };
  }

  // All of them, sorted.
  std::vector<std::string> Paths() const;

 private:
  // The handlers of one path, by method. They are few.
  using Methods = std::vector<std::pair<std::string, Handler>>;

  static const Handler* Find(const Methods& methods, absl::string_view method);

  absl::flat_hash_map<std::string, Methods> methods_of_;
  std::vector<std::string> paths_;  // Its keys; what is in it has no order.
};

}  // namespace cloche

#endif  // CLOCHE_HTTP_ROUTER_H_
