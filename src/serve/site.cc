#include "cloche/serve/site.h"

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cloche/http/body_reader.h"
#include "cloche/http/body_writer.h"
#include "cloche/http/request.h"
#include "cloche/http/response.h"
#include "cloche/tasks/current_task.h"
#include "cloche/tasks/run.h"
#include "cloche/tasks/sleep.h"
#include "cloche/tasks/task.h"
#include "cloche/tasks/try.h"

namespace cloche {
namespace {

constexpr absl::string_view kIndex =
    R"(Cloche: everything under it is protected, and everything can be seen.

/hello         13 bytes
/slow?ms=1000  13 bytes, a second later
/echo          POST: the body that you send, sent back while it arrives
/tasks         what every task of this server waits for, with file and line

Ask for /slow in one terminal and for /tasks in another.
)";

constexpr absl::string_view kHello = "Hello, world!";

Task<Response> Index(const Request&) {
  co_return TextResponse(200, std::string(kIndex));
}

Task<Response> Hello(const Request&) {
  co_return TextResponse(200, std::string(kHello));
}

// The "ms" of the query, or nothing if it is not a number within bounds.
absl::StatusOr<absl::Duration> DelayIn(const Request& request) {
  const int64_t most = absl::ToInt64Milliseconds(kLongestSlow);
  uint32_t milliseconds = 0;
  const bool understood =
      absl::SimpleAtoi(request.FindParameter("ms").value_or(""), &milliseconds);
  if (!understood || milliseconds > most) {
    return absl::InvalidArgumentError(
        absl::StrCat("Ask for /slow?ms=N, with N from 0 to ", most, ".\n"));
  }
  return absl::Milliseconds(milliseconds);
}

Task<Response> Slow(const Request& request) {
  const absl::StatusOr<absl::Duration> delay = DelayIn(request);
  if (!delay.ok()) {
    co_return TextResponse(400, std::string(delay.status().message()));
  }
  co_await Try(Sleep(*delay));
  co_return TextResponse(200, std::string(kHello));
}

// Part by part: the client's next part is read when it has taken the last one.
Task<> SendBack(BodyReader& from, BodyWriter& to) {
  char room[8192];
  while (true) {
    const size_t size = co_await Try(from.Read(absl::MakeSpan(room)));
    if (size == 0) break;
    co_await Try(to.Write(absl::string_view(room, size)));
  }
  for (const auto& [name, value] : from.trailers()) {
    co_await Try(to.SetTrailer(name, value));
  }
  co_return absl::OkStatus();
}

Task<Response> Echo(const Request& request) {
  Response response;
  response.headers.emplace_back(
      "Content-Type",
      request.FindHeader("Content-Type").value_or("application/octet-stream"));
  response.content_length = request.body->content_length();
  response.stream = [body = request.body](BodyWriter& writer) {
    return SendBack(*body, writer);
  };
  co_return response;
}

Task<Response> Tasks(const Request&) {
  co_return TextResponse(200, DumpTasks((co_await CurrentTask()).loop()));
}

}  // namespace

Router MakeSite() {
  Router site;
  site.Get("/", Index);
  site.Get("/hello", Hello);
  site.Get("/slow", Slow);
  site.Post("/echo", Echo);
  site.Get("/tasks", Tasks);
  return site;
}

}  // namespace cloche
