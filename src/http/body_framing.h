// BodyFraming: how a message says where its body ends (RFC 9112 section 6).
//
//   kNone        no body: the next message begins after the head
//   kLength      Content-Length: 13        so many bytes
//   kChunked     Transfer-Encoding: chunked   chunks, each with its size
//   kUntilClose  answers only: everything until the connection ends
//
// Two programs that see the end in different places are what request smuggling
// needs. So a length is one plain number, said once, or the message is refused.
//
// Main disadvantage: what a lenient server takes ("5, 5") is refused here.
//
// Next: http/request_rules.h, http/response_parser.h.

#ifndef CLOCHE_HTTP_BODY_FRAMING_H_
#define CLOCHE_HTTP_BODY_FRAMING_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "cloche/http/headers.h"
#include "cloche/http/refusal.h"

namespace cloche {

enum class BodyKind : uint8_t { kNone, kLength, kChunked, kUntilClose };

struct BodyFraming {
  BodyKind kind = BodyKind::kNone;
  uint64_t length = 0;  // Of the body, if the kind is kLength.

  friend bool operator==(const BodyFraming&, const BodyFraming&) = default;
};

// Reads the value of the one Content-Length that there is: digits, without
// leading zeros, at most 2^63 - 1.
MaybeRefusal ReadContentLength(absl::string_view value, BodyFraming& framing);

// The codings of a Transfer-Encoding, field after field, in their order.
//
//     TransferCodings codings;
//     codings.Add("gzip");
//     codings.Add("chunked");
//     codings.Check(framing);   // 501
class TransferCodings {
 public:
  // The value of the next field of that name: a list (RFC 9110 section 5.6.1),
  // of which empty elements do not count.
  void Add(absl::string_view value);

  // Chunked, if that is the only coding. Refused with 400 if it is not the
  // last, since then nothing says where the body ends, or comes twice; with 501
  // if there is another before it, since none is known here.
  MaybeRefusal Check(BodyFraming& framing) const;

 private:
  int count_ = 0;
  int chunked_ = 0;
  bool last_is_chunked_ = false;
};

// Reads the Transfer-Encoding of a message that has one. Refused also together
// with a Content-Length, which is how requests are smuggled, and in HTTP/1.0
// (RFC 9112 section 6.1).
MaybeRefusal ReadTransferEncoding(const Headers& headers, int minor_version,
                                  BodyFraming& framing);

}  // namespace cloche

#endif  // CLOCHE_HTTP_BODY_FRAMING_H_
