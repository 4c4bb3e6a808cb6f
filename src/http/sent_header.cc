#include "cloche/http/sent_header.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "cloche/http/characters.h"

namespace cloche {
namespace {

bool IsOwned(const HeaderOwner& owner, absl::string_view name) {
  for (absl::string_view owned : owner.owned) {
    if (absl::EqualsIgnoreCase(name, owned)) return true;
  }
  return false;
}

}  // namespace

absl::string_view FaultOfHeader(absl::string_view name,
                                absl::string_view value) {
  if (!IsToken(name)) return "the name has a character that is not allowed";
  if (CountFieldCharacters(value) < value.size()) {
    return "the value has a control character; escape or remove it";
  }
  return "";
}

absl::Status CheckSentHeader(const HeaderOwner& owner, absl::string_view name,
                             absl::string_view value) {
  std::string fault(FaultOfHeader(name, value));
  if (IsOwned(owner, name)) {
    fault = absl::StrCat("the ", owner.owner, " sets this one; leave it out");
  }
  if (fault.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      owner.message, " header \"", absl::CHexEscape(name), "\": ", fault));
}

void AppendHeader(absl::string_view name, absl::string_view value,
                  ByteBuffer& out) {
  out.Append(name);
  out.Append(": ");
  out.Append(value);
  out.Append("\r\n");
}

}  // namespace cloche
