// The table of docs/readiness.md: what is reported when.
//
// A row is a situation: a name and the calls that bring a socket into it. A new
// row is one more entry of the list in readiness_table.cc (TCP), in
// readiness_rows_udp.cc or in readiness_rows_unix.cc, and
//
//     CLOCHE_UPDATE_GOLDEN=1 bazel run //testing/contract:readiness_table_test
//
// writes it into the document.
//
// Main disadvantage: the columns of Linux are the fake kernel's answers. That
// the real kernel gives the same ones is what readiness_table_test.cc tests.
//
// Next: testing/contract/readiness_report.h, the columns.

#ifndef CLOCHE_TESTING_CONTRACT_READINESS_TABLE_H_
#define CLOCHE_TESTING_CONTRACT_READINESS_TABLE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "cloche/testing/contract/readiness_report.h"

namespace cloche {

struct Situation {
  absl::string_view name;
  // Brings a socket into it and returns the socket. What is still under way on
  // the other side then may come a little later: the table waits for it.
  int (*reach)(ReadinessDriver& kernel);
};

// Those of UDP sockets (readiness_rows_udp.cc) and of UNIX sockets
// (readiness_rows_unix.cc).
absl::Span<const Situation> UdpSituations();
absl::Span<const Situation> UnixSituations();
// In the order of the table.
std::vector<Situation> AllSituations();

// The table in Markdown: one row for each situation, as the fake kernel has it.
std::string ReadinessTable();

}  // namespace cloche

#endif  // CLOCHE_TESTING_CONTRACT_READINESS_TABLE_H_
