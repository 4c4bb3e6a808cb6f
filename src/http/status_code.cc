#include "cloche/http/status_code.h"

#include "absl/strings/string_view.h"

namespace cloche {
namespace {

struct Entry {
  int status_code;
  absl::string_view phrase;
};

constexpr Entry kEntries[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},  // RFC 6585 section 5.
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
};

}  // namespace

absl::string_view ReasonPhrase(int status_code) {
  for (const Entry& entry : kEntries) {
    if (entry.status_code == status_code) return entry.phrase;
  }
  return "";
}

}  // namespace cloche
