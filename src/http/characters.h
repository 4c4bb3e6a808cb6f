// The character classes of HTTP's grammar (RFC 9110 section 5.6, RFC 5234).
//
// Spelled out here and not taken from <cctype>, whose answers depend on the
// locale: a message means the same everywhere.
//
// How it works: each class is a bit, and a table has the bits of each of the
// 256 bytes. The table is made at compile time from the definitions below, so
// that these are what one reads.
//
// SPEED(BM_CharacterTable): one look into the table, instead of the comparisons
// that define the class. A field name of 25 characters takes 17 instead of 42
// ns (ratio 2.4; 2-core EPYC virtual machine, November 2026). The reader pays
// with the table.
//
// Next: http/request_line.h, http/field_line.h.

#ifndef CLOCHE_HTTP_CHARACTERS_H_
#define CLOCHE_HTTP_CHARACTERS_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/base/attributes.h"
#include "absl/strings/string_view.h"

namespace cloche {

// The definitions, as the RFCs have them.
namespace character_rules {

constexpr bool IsOneOf(absl::string_view marks, char c) {
  for (const char mark : marks) {
    if (mark == c) return true;
  }
  return false;
}

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }

constexpr bool IsLetterOrDigit(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr bool IsVisible(char c) { return c > 0x20 && c < 0x7f; }

constexpr bool IsToken(char c) {
  return IsLetterOrDigit(c) || IsOneOf("!#$%&'*+-.^_`|~", c);
}

constexpr bool IsField(char c) {
  return IsVisible(c) || c == ' ' || c == '\t' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// RFC 3986 allows fewer. Browsers send some of the others raw in a query
// (WHATWG URL), so only those are refused that no program sends: the delimiters
// of a URI in text, and "#", which would be a fragment.
constexpr bool IsTarget(char c) { return IsVisible(c) && !IsOneOf("\"<>#", c); }

// uri-host [ ":" port ], by its characters (RFC 3986 section 3.2.2).
constexpr bool IsHost(char c) {
  return IsLetterOrDigit(c) || IsOneOf("-._~!$&'()*+,;=%:[]", c);
}

enum Class : uint8_t {
  kVisible = 1,
  kToken = 2,
  kField = 4,
  kTarget = 8,
  kHost = 16,
  kDigit = 32,
  kPath = 64,
};

constexpr uint8_t ClassesOf(char c) {
  return (IsVisible(c) ? kVisible : 0) | (IsToken(c) ? kToken : 0) |
         (IsField(c) ? kField : 0) | (IsTarget(c) ? kTarget : 0) |
         (IsHost(c) ? kHost : 0) | (IsDigit(c) ? kDigit : 0) |
         (IsTarget(c) && c != '?' ? kPath : 0);
}

constexpr std::array<uint8_t, 256> MakeTable() {
  std::array<uint8_t, 256> table = {};
  for (size_t byte = 0; byte < 256; ++byte) {
    table[byte] = ClassesOf(static_cast<char>(byte));
  }
  return table;
}

inline constexpr std::array<uint8_t, 256> kTable = MakeTable();

constexpr bool Is(Class one, char c) {
  return (kTable[static_cast<unsigned char>(c)] & one) != 0;
}

}  // namespace character_rules

// Printable ASCII without the space.
constexpr bool IsVisible(char c) {
  return character_rules::Is(character_rules::kVisible, c);
}

// tchar: what names of methods and fields are made of.
constexpr bool IsTokenCharacter(char c) {
  return character_rules::Is(character_rules::kToken, c);
}

// What may stand in a field's value. Bytes from 0x80 are opaque (obs-text).
constexpr bool IsFieldCharacter(char c) {
  return character_rules::Is(character_rules::kField, c);
}

// What may stand in a request's target.
constexpr bool IsTargetCharacter(char c) {
  return character_rules::Is(character_rules::kTarget, c);
}

// The same without the "?", at which the query begins.
constexpr bool IsPathCharacter(char c) {
  return character_rules::Is(character_rules::kPath, c);
}

// What a host and its port are made of.
constexpr bool IsHostCharacter(char c) {
  return character_rules::Is(character_rules::kHost, c);
}

constexpr bool IsDigit(char c) {
  return character_rules::Is(character_rules::kDigit, c);
}

// How many characters at the beginning of `text` are in the class.
template <typename Class>
ABSL_ATTRIBUTE_ALWAYS_INLINE inline size_t CountWhile(absl::string_view text,
                                                      Class is_in_class) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end && is_in_class(*at)) ++at;
  return static_cast<size_t>(at - text.data());
}

// Whether `text` is not empty and each of its characters is in the class.
// Nearly always each is, so nothing is gained by stopping at one that is not.
template <typename Class>
ABSL_ATTRIBUTE_ALWAYS_INLINE inline bool ConsistsOf(absl::string_view text,
                                                    Class is_in_class) {
  bool all = !text.empty();
  for (const char c : text) all &= is_in_class(c);
  return all;
}

inline bool IsToken(absl::string_view text) {
  return ConsistsOf(text, IsTokenCharacter);
}

// CountWhile(text, IsFieldCharacter).
//
// SPEED(BM_FieldCharactersByEight): eight bytes at once, as one number, instead
// of one after the other. Values of 14 and 70 characters take 2 and 8 instead
// of 7 and 28 ns (ratio 3.6, 3.3; 2-core EPYC virtual machine, November 2026).
// The reader pays with the arithmetic in characters.cc.
size_t CountFieldCharacters(absl::string_view text);

// Without the optional whitespace at both ends: spaces and tabs, nothing else.
inline absl::string_view TrimWhitespace(absl::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace cloche

#endif  // CLOCHE_HTTP_CHARACTERS_H_
