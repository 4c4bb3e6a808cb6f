#include "cloche/http/field_line.h"

#include <optional>

#include "absl/strings/string_view.h"
#include "cloche/http/characters.h"
#include "cloche/http/refusal.h"

namespace cloche {
namespace {

// Why `line`, whose first `name_size` characters could be a name, is wrong.
Refusal WhyNoHeader(absl::string_view line, size_t name_size) {
  if (line[0] == ' ' || line[0] == '\t') {
    return BadRequest("a header line must not begin with whitespace");
  }
  if (line.find(':', name_size) == absl::string_view::npos) {
    return BadRequest("a header line has no colon");
  }
  return BadRequest(
      "a header's name is empty or has a character that is not allowed, such "
      "as a space before the colon");
}

}  // namespace

MaybeRefusal ParseFieldLine(absl::string_view line, Header& header) {
  const size_t name_size = CountWhile(line, IsTokenCharacter);
  if (name_size == 0 || name_size == line.size() || line[name_size] != ':') {
    return WhyNoHeader(line, name_size);
  }
  header.name = line.substr(0, name_size);
  header.value = TrimWhitespace(line.substr(name_size + 1));
  if (CountFieldCharacters(header.value) < header.value.size()) {
    return BadRequest("a header's value has a control character");
  }
  return std::nullopt;
}

}  // namespace cloche
