// Response: what a handler answers.
//
//     co_return TextResponse(200, "Hello, world!");
//
// Either with a body that is there, or with a function that writes one, part by
// part, while it is sent:
//
//     Response response;
//     response.content_type = "text/csv";
//     response.stream = [&rows](BodyWriter& writer) -> Task<> {
//       for (const Row& row : rows) co_await Try(writer.Write(row.ToCsv()));
//       co_return absl::OkStatus();
//     };
//     co_return response;
//
// Main disadvantage: when the function fails, the head is on its way already:
// the client sees no status code for that, but a connection that is cut off.
//
// Next: http/response_writer.h, which adds what every response must have.

#ifndef CLOCHE_HTTP_RESPONSE_H_
#define CLOCHE_HTTP_RESPONSE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "cloche/tasks/task.h"

namespace cloche {

class BodyWriter;

struct Response {
  int status_code = 200;

  // "text/html". A literal, since it is not copied; for others there are the
  // headers. If it is empty, none is sent.
  absl::string_view content_type;

  // In the order in which they are sent. Not to be set here, since the server
  // does: Connection, Content-Length, Date, Transfer-Encoding.
  std::vector<std::pair<std::string, std::string>> headers;

  std::string body;

  // If there is one, it writes the body, instead of `body`. Lifetime: the
  // request lives until it has ended.
  std::function<Task<>(BodyWriter&)> stream;
  // How much `stream` writes. If it is not known, the body goes in chunks, or
  // to a client that does not know those, until the connection closes.
  std::optional<uint64_t> content_length;
};

// A response of type text/plain in UTF-8.
Response TextResponse(int status_code, std::string body);

}  // namespace cloche

#endif  // CLOCHE_HTTP_RESPONSE_H_
