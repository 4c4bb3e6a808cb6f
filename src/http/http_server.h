// HttpServer: HTTP/1.1 on connections, each from its first byte to its last.
//
//     HttpServer http(router.AsHandler(), options);
//     ...
//     Task<> HandleConnection(TcpStream stream) {
//       co_return co_await http.Serve(stream);
//     }
//
// It is what all connections of a server share: the handler, the options, the
// text of the date.
//
//             readable           nothing is left
//    [idle] ------------> [burst] --------------> [idle]
//      |                     |
//      | end, stop,          | the last answer, a refusal, a broken stream
//      | idle timeout        |
//      +---------------------+-----> over
//
// An idle connection is one small coroutine frame that waits. Everything that a
// request needs (parser, buffers) is in the burst, http/connection.h: it begins
// with the first bytes that come, and ends when all that came is answered. So
// ten thousand idle connections cost the memory of ten thousand small frames.
//
// Main disadvantage: a frame and a buffer are taken and given back for each
// burst. They come from a pool (base/pool.h), which makes that cheap.
//
// Next: http/connection.h; net/server.h, the accept loop around it.

#ifndef CLOCHE_HTTP_HTTP_SERVER_H_
#define CLOCHE_HTTP_HTTP_SERVER_H_

#include <utility>

#include "cloche/http/connection.h"
#include "cloche/http/handler.h"
#include "cloche/http/http_options.h"
#include "cloche/net/byte_stream.h"
#include "cloche/tasks/task.h"

namespace cloche {

// Thread safety: the loop's thread. Lifetime: longer than the tasks of Serve.
class HttpServer {
 public:
  explicit HttpServer(Handler handler, HttpOptions options = {})
      : shared_(std::move(handler), std::move(options)) {}
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Answers requests until the connection is over; the stream is then fit only
  // to be closed, which is its owner's part. OK if it ended as HTTP has it;
  // DEADLINE_EXCEEDED if the client did not read; CANCELLED, or what a
  // cancelled handler made of it; otherwise what broke the stream in the middle
  // of a request. Lifetime: the stream outlives the task.
  Task<> Serve(ByteStream& stream);

 private:
  HttpShared shared_;
};

}  // namespace cloche

#endif  // CLOCHE_HTTP_HTTP_SERVER_H_
