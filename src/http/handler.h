// Handler: the code that answers a request.
//
//     Task<Response> Hello(const Request& request) {
//       co_return TextResponse(200, "Hello, world!");
//     }
//
// A body is read from the request, as it comes: request.body->Read, or ReadAll.
//
// It may await what it likes. If it fails or throws, the client gets a 500 and
// the server goes on.
//
// Next: http/router.h, a handler made of several.

#ifndef CLOCHE_HTTP_HANDLER_H_
#define CLOCHE_HTTP_HANDLER_H_

#include <functional>

#include "cloche/http/request.h"
#include "cloche/http/response.h"
#include "cloche/tasks/task.h"

namespace cloche {

// Called once for each request, HEAD included: answer that as GET, and the
// body is left out. Lifetime: the request lives until the task has
// ended, and the `stream` of its answer if it has one.
using Handler = std::function<Task<Response>(const Request& request)>;

}  // namespace cloche

#endif  // CLOCHE_HTTP_HANDLER_H_
