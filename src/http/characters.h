// The character classes of HTTP's grammar (RFC 9110 section 5.6, RFC 5234).
//
// Spelled out here and not taken from <cctype>, whose answers depend on the
// locale: a message means the same everywhere.
//
// Next: http/request_line.h, http/field_line.h.

#ifndef CLOCHE_HTTP_CHARACTERS_H_
#define CLOCHE_HTTP_CHARACTERS_H_

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"

namespace cloche {

// Printable ASCII without the space.
inline bool IsVisible(char c) { return c > 0x20 && c < 0x7f; }

// tchar: what names of methods and fields are made of.
inline bool IsTokenCharacter(char c) {
  constexpr absl::string_view kMarks = "!#$%&'*+-.^_`|~";
  return absl::ascii_isalnum(c) || kMarks.find(c) != absl::string_view::npos;
}

// What may stand in a field's value. Bytes from 0x80 are opaque (obs-text).
inline bool IsFieldCharacter(char c) {
  return IsVisible(c) || c == ' ' || c == '\t' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Whether `text` is not empty and each of its characters is in the class.
template <typename Class>
bool ConsistsOf(absl::string_view text, Class is_in_class) {
  for (const char c : text) {
    if (!is_in_class(c)) return false;
  }
  return !text.empty();
}

inline bool IsToken(absl::string_view text) {
  return ConsistsOf(text, IsTokenCharacter);
}

// Without the optional whitespace at both ends: spaces and tabs, nothing else.
inline absl::string_view TrimWhitespace(absl::string_view text) {
  constexpr absl::string_view kWhitespace = " \t";
  const size_t begin = text.find_first_not_of(kWhitespace);
  if (begin == absl::string_view::npos) return text.substr(0, 0);
  return text.substr(begin, text.find_last_not_of(kWhitespace) - begin + 1);
}

}  // namespace cloche

#endif  // CLOCHE_HTTP_CHARACTERS_H_
