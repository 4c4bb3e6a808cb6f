#include "cloche/http/field_line.h"

#include <optional>

#include "absl/strings/string_view.h"
#include "cloche/http/characters.h"
#include "cloche/http/refusal.h"

namespace cloche {

MaybeRefusal ParseFieldLine(absl::string_view line, Header& header) {
  if (line[0] == ' ' || line[0] == '\t') {
    return BadRequest("a header line must not begin with whitespace");
  }
  const size_t colon = line.find(':');
  if (colon == absl::string_view::npos) {
    return BadRequest("a header line has no colon");
  }
  header.name = line.substr(0, colon);
  if (!IsToken(header.name)) {
    return BadRequest(
        "a header's name is empty or has a character that is "
        "not allowed, such as a space before the colon");
  }
  header.value = TrimWhitespace(line.substr(colon + 1));
  if (!header.value.empty() && !ConsistsOf(header.value, IsFieldCharacter)) {
    return BadRequest("a header's value has a control character");
  }
  return std::nullopt;
}

}  // namespace cloche
