// ParseEndpoint: the text of an endpoint, read strictly and from left to right.
//
// The grammar, RFC 3986 section 3.2.2 without names and without the leniency
// that systems add:
//
//   endpoint = ipv4 ":" port / "[" ipv6 [ "%" zone ] "]" ":" port
//   ipv4     = octet "." octet "." octet "." octet    no leading zeros
//   ipv6     = 8 groups of 1 to 4 hexadecimal digits; "::" once, for one or
//              more groups of zeros; the last two may be written as an ipv4
//   zone     = the number of an interface, only after a link-local address
//
// Main disadvantage: one error at a time, the first from the left.
//
// Next: net/endpoint.h, which everybody but Endpoint itself should use.

#ifndef CLOCHE_NET_ENDPOINT_PARSER_H_
#define CLOCHE_NET_ENDPOINT_PARSER_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cloche/calls/socket_address.h"

namespace cloche {

// Errors: INVALID_ARGUMENT that names the text, the character (from 1), what
// is wrong there, and an example that works.
absl::StatusOr<SocketAddress> ParseEndpoint(absl::string_view text);

}  // namespace cloche

#endif  // CLOCHE_NET_ENDPOINT_PARSER_H_
