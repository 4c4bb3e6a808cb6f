// Response: what a handler answers.
//
//     co_return TextResponse(200, "Hello, world!");
//
// A value that owns its content, all of it.
//
// Main disadvantage: all of it. A response that is made while it is sent needs
// another interface, and will get one.
//
// Next: http/response_writer.h, which adds what every response must have.

#ifndef CLOCHE_HTTP_RESPONSE_H_
#define CLOCHE_HTTP_RESPONSE_H_

#include <string>
#include <utility>
#include <vector>

namespace cloche {

struct Response {
  int status_code = 200;

  // In the order in which they are sent. Not to be set here, since the server
  // does: Connection, Content-Length, Date, Transfer-Encoding.
  std::vector<std::pair<std::string, std::string>> headers;

  std::string body;
};

// A response of type text/plain in UTF-8.
Response TextResponse(int status_code, std::string body);

}  // namespace cloche

#endif  // CLOCHE_HTTP_RESPONSE_H_
