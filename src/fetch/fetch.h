// Fetch: one request on a connection of its own; what comes goes to an output,
// part by part.
//
//     FetchOptions options;
//     options.url = *ParseUrl("http://127.0.0.1:8080/hello");
//     options.print = Print;
//     const int status_code = co_await Try(Fetch(std::move(options)));
//
// Main disadvantage: redirects are shown and not followed.
//
// Next: http/client_connection.h; fetch/fetch_main.cc.

#ifndef CLOCHE_FETCH_FETCH_H_
#define CLOCHE_FETCH_FETCH_H_

#include <functional>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/http/client_request.h"
#include "cloche/http/url.h"
#include "cloche/tasks/task.h"

namespace cloche {

struct FetchOptions {
  Url url;

  // Method, headers and body; target and host are taken from the URL.
  ClientRequest request;

  // Whether to print status line and headers, too, before the body.
  bool include = false;

  // The longest wait for the server at a time: to connect, to take a part of
  // the request, to answer; and for the body, which has more time the longer it
  // is (BodyLimits).
  absl::Duration timeout = absl::Seconds(30);

  // Gets the output in parts; an error of it ends the fetching.
  std::function<absl::Status(absl::string_view)> print;
};

// Gives the status code of the answer when all of it has been printed. Errors:
// as of connect, ClientConnection::Ask and BodyReader::Read.
Task<int> Fetch(FetchOptions options);

}  // namespace cloche

#endif  // CLOCHE_FETCH_FETCH_H_
