// ChunkedDecoder: finds the content in a chunked body (RFC 9112 section 7.1).
//
//     5;a=b CRLF        size in hex; then extensions, which nobody here knows
//     hello CRLF
//     0 CRLF            the last chunk
//     Checksum: 7 CRLF  trailers
//     CRLF
//
// How it works: a state for each place in the grammar, and one byte after the
// other. It keeps no bytes but those of a trailer that has not ended, so that
// the buffer may be cut and moved as its owner likes; the content itself is
// not looked at, only counted.
//
//   [size] --CRLF--> [data] --CRLF--> [size] ...
//      | ;              (size 0) --> [trailer] --CRLF--> [trailer] ...
//      v                                 | empty line
//   [extension] --CRLF--> as [size]      v
//                                     finished
//
// Strict, since a body that two programs end at different places is how a
// request is smuggled past one of them: no sign, no "0x", no spaces around the
// size, no bare LF, nothing between the content and its CR LF.
//
// Main disadvantage: extensions are checked and thrown away.
//
// Next: http/body_reader.h, which moves the content.

#ifndef CLOCHE_HTTP_CHUNKED_DECODER_H_
#define CLOCHE_HTTP_CHUNKED_DECODER_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "cloche/http/head_parser.h"
#include "cloche/http/refusal.h"
#include "cloche/http/trailers.h"

namespace cloche {

// Digits of a chunk's size; leading zeros are some of them.
inline constexpr int kMaxSizeDigits = 16;

// Extensions may be so long altogether, and as long again as the content
// before them: they cost work, and bring nothing.
inline constexpr size_t kExtensionBytes = 4096;

// Thread safety: a value.
//
// Invariants:
//   1. data_left_ > 0 only in State::kData.
//   2. line_ is empty except in a trailer.
class ChunkedDecoder {
 public:
  // `limits` is for the trailers.
  explicit ChunkedDecoder(HeadLimits limits = {}) : limits_(limits) {}

  // Reads what is not content from the beginning of `input`, which goes on
  // where the last call's ended, and gives how many bytes that was. It stops
  // at content (data_left), at the end (finished), at what is wrong (refusal),
  // or else needs more.
  size_t TakeFraming(absl::string_view input);

  // How many of the bytes that follow are content.
  uint64_t data_left() const { return data_left_; }
  // The next `count` of them have been used.
  void UseData(uint64_t count);

  // Whether the body is over, trailers included.
  bool finished() const { return state_ == State::kFinished; }
  // 400, or 431 for too many trailers.
  const MaybeRefusal& refusal() const { return refusal_; }
  // Complete when it has finished.
  const Trailers& trailers() const { return trailers_; }

 private:
  enum class State : uint8_t {
    kSize,           // At the first digit.
    kSizeDigits,     // Behind a digit.
    kBeforeExt,      // In whitespace that only ";" may follow.
    kExtName,        // Behind ";": whitespace, or the name's first character.
    kExtNameRest,    // In the name.
    kAfterExtName,   // In whitespace between the name and "=" or ";".
    kExtValue,       // Behind "=": whitespace, or the value's first character.
    kExtToken,       // In a value.
    kExtQuoted,      // In a value in quotes.
    kExtQuotedPair,  // Behind the backslash in one.
    kExtQuotedEnd,   // Behind the closing quote.
    kSizeLineEnd,    // Between CR and LF.
    kData,
    kDataEnd,         // At the CR behind the content.
    kDataLineEnd,     // Between that CR and LF.
    kTrailer,         // In a trailer, or at its first character.
    kTrailerLineEnd,  // Between CR and LF.
    kFinished,
    kRefused,
  };

  void TakeByte(char c);
  void TakeSizeByte(char c);
  void TakeExtensionByte(char c);
  void TakeNameByte(char c);
  void TakeValueByte(char c);
  void TakeAfterExtension(char c, State whitespace);
  void TakeTrailerByte(char c);
  void FinishSizeLine(char c);
  void FinishTrailer(char c);
  void Go(State next) { state_ = next; }
  void GoIf(bool good, State next, absl::string_view reason);
  void Refuse(const Refusal& refusal);

  HeadLimits limits_;
  State state_ = State::kSize;
  int digits_ = 0;
  uint64_t size_ = 0;
  uint64_t data_left_ = 0;
  size_t extension_bytes_left_ = kExtensionBytes;
  size_t trailer_bytes_ = 0;
  std::string line_;
  Trailers trailers_;
  MaybeRefusal refusal_;
};

}  // namespace cloche

#endif  // CLOCHE_HTTP_CHUNKED_DECODER_H_
