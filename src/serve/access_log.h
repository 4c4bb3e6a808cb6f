// AccessLogLine: one answered request as one line, in the format that log
// readers know (the Common Log Format of NCSA httpd), with the time it took
// added at the end.
//
//   127.0.0.1 - - [06/Nov/1994:08:49:37 +0000] "GET /hello HTTP/1.1" 200 13
//   42us                                       (broken here to fit the page)
//
// Main disadvantage: the client's port is not in the format, so two clients of
// one machine look the same.
//
// Next: serve/web_server.h.

#ifndef CLOCHE_SERVE_ACCESS_LOG_H_
#define CLOCHE_SERVE_ACCESS_LOG_H_

#include <string>

#include "absl/time/time.h"
#include "cloche/http/http_options.h"
#include "cloche/net/endpoint.h"

namespace cloche {

// One line, with its newline. A request that could not be read is "-". Nothing
// that a client sends can break the line: what is logged of a request has no
// quotation marks and no control characters (http/request_line.cc).
std::string AccessLogLine(const Endpoint& client, const Exchange& exchange,
                          absl::Time wall);

}  // namespace cloche

#endif  // CLOCHE_SERVE_ACCESS_LOG_H_
