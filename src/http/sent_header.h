// CheckSentHeader: whether a header may be sent as somebody made it.
//
// By a line end in a value, whoever chose the value would add headers of his
// own, or a whole second message.
//
// Next: http/response_writer.h, http/client_request.h.

#ifndef CLOCHE_HTTP_SENT_HEADER_H_
#define CLOCHE_HTTP_SENT_HEADER_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "cloche/http/byte_buffer.h"

namespace cloche {

// Who sends it, and what that one sets himself.
struct HeaderOwner {
  absl::string_view message;  // "response", for the error.
  absl::string_view owner;    // "server"
  absl::Span<const absl::string_view> owned;
};

// What is wrong with a header or a trailer that somebody wants to send, with
// the remedy; "" if nothing is.
absl::string_view FaultOfHeader(absl::string_view name,
                                absl::string_view value);

// OK, or INVALID_ARGUMENT that names the header: its name is no token or one of
// the owner's own, or its value has a control character.
absl::Status CheckSentHeader(const HeaderOwner& owner, absl::string_view name,
                             absl::string_view value);

// Puts one line behind what is in `out`. The header is well-formed.
void AppendHeader(absl::string_view name, absl::string_view value,
                  ByteBuffer& out);

}  // namespace cloche

#endif  // CLOCHE_HTTP_SENT_HEADER_H_
