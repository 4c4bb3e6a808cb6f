// What the tests of ChunkedDecoder share: a chunked body in, one line of text
// out.
//
//     EXPECT_EQ(Decode("2\r\nab\r\n0\r\n\r\nGET"), "\"ab\" and GET behind it");
//
// Next: http/chunked_decoder_test.cc.

#ifndef CLOCHE_HTTP_CHUNKED_DECODER_TEST_H_
#define CLOCHE_HTTP_CHUNKED_DECODER_TEST_H_

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "cloche/http/chunked_decoder.h"

namespace cloche {

// What a reader of the body has so far.
class DecodedBody {
 public:
  explicit DecodedBody(HeadLimits limits = {}) : decoder_(limits) {}

  // Takes in the next piece of the body, and what may be behind it.
  void Take(absl::string_view piece) {
    while (!piece.empty() && !decoder_.refusal()) {
      piece.remove_prefix(decoder_.TakeFraming(piece));
      if (decoder_.finished()) {
        absl::StrAppend(&rest_, piece);
        return;
      }
      const size_t data =
          std::min<uint64_t>(decoder_.data_left(), piece.size());
      absl::StrAppend(&content_, piece.substr(0, data));
      if (data > 0) decoder_.UseData(data);
      piece.remove_prefix(data);
    }
  }

  std::string ToString() const {
    if (decoder_.refusal()) {
      return absl::StrCat(decoder_.refusal()->status_code, " ",
                          decoder_.refusal()->reason);
    }
    std::string text = absl::StrCat("\"", content_, "\"");
    for (const auto& [name, value] : decoder_.trailers()) {
      absl::StrAppend(&text, " ", name, "=", value);
    }
    if (!decoder_.finished()) return absl::StrCat(text, " and needs more");
    if (!rest_.empty()) absl::StrAppend(&text, " and ", rest_, " behind it");
    return text;
  }

  const ChunkedDecoder& decoder() const { return decoder_; }
  const std::string& content() const { return content_; }
  // What came behind the body.
  const std::string& rest() const { return rest_; }

 private:
  ChunkedDecoder decoder_;
  std::string content_;
  std::string rest_;
};

inline std::string Decode(absl::string_view text, HeadLimits limits = {}) {
  DecodedBody body(limits);
  body.Take(text);
  return body.ToString();
}

// The same in pieces of `size` bytes, the first one of `first`.
inline std::string DecodeInPieces(absl::string_view text, size_t first,
                                  size_t size, HeadLimits limits = {}) {
  DecodedBody body(limits);
  body.Take(text.substr(0, first));
  for (size_t at = first; at < text.size(); at += size) {
    body.Take(text.substr(at, size));
  }
  return body.ToString();
}

}  // namespace cloche

#endif  // CLOCHE_HTTP_CHUNKED_DECODER_TEST_H_
