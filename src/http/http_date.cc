#include "cloche/http/http_date.h"

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace cloche {

// The names of days and months are English and of fixed length by the RFC;
// absl::FormatTime knows no locale, so they are.
std::string HttpDate(absl::Time wall) {
  return absl::FormatTime("%a, %d %b %E4Y %H:%M:%S GMT", wall,
                          absl::UTCTimeZone());
}

absl::string_view HttpDateCache::Text(absl::Time wall) {
  const int64_t second = absl::ToUnixSeconds(wall);
  if (second != second_) {
    second_ = second;
    HttpDate(wall).copy(text_, kBytes);
  }
  return last();
}

}  // namespace cloche
