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

std::string FaultOf(const HeaderOwner& owner, absl::string_view name) {
  if (!IsToken(name)) return "the name has a character that is not allowed";
  if (IsOwned(owner, name)) {
    return absl::StrCat("the ", owner.owner, " sets this one; leave it out");
  }
  return "the value has a control character; escape or remove it";
}

}  // namespace

absl::Status CheckSentHeader(const HeaderOwner& owner, absl::string_view name,
                             absl::string_view value) {
  if (IsToken(name) && !IsOwned(owner, name) &&
      CountFieldCharacters(value) == value.size()) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(owner.message, " header \"",
                                                 absl::CHexEscape(name),
                                                 "\": ", FaultOf(owner, name)));
}

}  // namespace cloche
