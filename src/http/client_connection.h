// ClientConnection: asks a server, one request after the other.
//
//     TcpStream stream = co_await Try(TcpStream::Connect(url.endpoint));
//     ClientConnection connection(stream);
//     ClientRequest request;
//     request.host = url.host;
//     const ClientResponse response = co_await Try(connection.Ask(request));
//     Print(response.status_code, response.body);
//
// How it works: request and answer each have a task, since a server may answer
// before it has the whole request: to refuse it, or to send it back as it
// comes.
//
//   Ask --+-- sends: head ----------> body .....................> done
//         |             | waits for "100 Continue", if asked to
//         +-- reads: 100 ... --> head --> `use` reads the body --> over
//
// When the answer is over, what was not sent by then is not sent any more. A
// request whose sending fails may have been answered all the same ("413" and a
// reset), so the answer decides.
//
// Main disadvantage: a task for each request; and no requests in advance of an
// answer (pipelining), since nobody could say which of them were heard when the
// connection breaks.
//
// Next: http/client_request.h; http/response_parser.h, http/body_reader.h.

#ifndef CLOCHE_HTTP_CLIENT_CONNECTION_H_
#define CLOCHE_HTTP_CLIENT_CONNECTION_H_

#include <cstddef>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "cloche/http/body_reader.h"
#include "cloche/http/byte_buffer.h"
#include "cloche/http/client_options.h"
#include "cloche/http/client_request.h"
#include "cloche/http/client_response.h"
#include "cloche/http/request_sender.h"
#include "cloche/http/response_parser.h"
#include "cloche/net/byte_stream.h"
#include "cloche/tasks/task.h"

namespace cloche {

// Thread safety: the loop's thread. Lifetime: the stream outlives it, and it
// outlives its tasks.
//
// Invariants:
//   1. While reusable_, buffer_ is empty.
class ClientConnection {
 public:
  // Gets the answer when its head is there, without its body, which comes
  // through the reader.
  using AnswerUser = std::function<Task<>(const ClientResponse&, BodyReader&)>;

  explicit ClientConnection(ByteStream& stream, ClientOptions options = {});
  ClientConnection(const ClientConnection&) = delete;
  ClientConnection& operator=(const ClientConnection&) = delete;

  // Sends the request and calls `use` with its answer, whatever its status code
  // is. OK when `use` has ended with OK. Errors: what `use` or the request's
  // `stream` failed with; INVALID_ARGUMENT for a request that cannot be sent;
  // FAILED_PRECONDITION if the connection is not reusable; DEADLINE_EXCEEDED;
  // DATA_LOSS if the answer is no HTTP or ends in its head; UNAVAILABLE if the
  // server closes without an answer (as it may at any time between two
  // requests) or the connection breaks.
  Task<> Ask(ClientRequest request, AnswerUser use);

  // The same with the whole body in memory: RESOURCE_EXHAUSTED if it is longer
  // than the options allow. Besides, the errors of BodyReader::Read.
  Task<ClientResponse> Ask(ClientRequest request);

  // Whether another request may follow: request and answer are over, nothing
  // else has come, and neither side said that it was the last.
  bool reusable() const { return reusable_; }

 private:
  absl::Status Begin(const ClientRequest& request);
  Task<> Exchange(RequestSender& sender, AnswerUser& use);
  Task<> Receive(RequestSender& sender, AnswerUser& use);
  Task<> ReadFinalHead(RequestSender& sender);
  Task<> ReadHead(const RequestSender& sender);
  Task<size_t> ReadMore(const RequestSender& sender);
  absl::Status SkipInterimResponse(RequestSender& sender);
  absl::Status OnEndOfStream() const;
  absl::Status ClosedWithoutAnswer() const;
  absl::Status Malformed(absl::string_view reason) const;
  std::string What() const;

  ByteStream& stream_;
  const ClientOptions options_;
  bool reusable_ = true;
  bool used_ = false;  // Asked before.

  // Of the exchange, the last one or this one.
  std::string what_;  // "GET /hello", for errors.
  int interim_responses_ = 0;
  bool ends_cleanly_ = false;  // Nothing of the answer is left, and no more.
  ByteBuffer buffer_;
  ResponseParser parser_;
};

}  // namespace cloche

#endif  // CLOCHE_HTTP_CLIENT_CONNECTION_H_
