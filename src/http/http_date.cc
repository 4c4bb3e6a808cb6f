#include "cloche/http/http_date.h"

#include <string>

#include "absl/time/time.h"

namespace cloche {

// The names of days and months are English and of fixed length by the RFC;
// absl::FormatTime knows no locale, so they are.
std::string HttpDate(absl::Time wall) {
  return absl::FormatTime("%a, %d %b %E4Y %H:%M:%S GMT", wall,
                          absl::UTCTimeZone());
}

}  // namespace cloche
