// FormatError of errors.h: an error's whole story as text.
//
//   UNAVAILABLE: serve: lost a client (and 1 more failure)
//     at src/net/server.cc:42 in cloche::Serve
//     caused by: UNAVAILABLE: receive: ECONNRESET: the peer closed ...
//       at src/net/tcp_stream.cc:17 in cloche::Receive
//     +-+---------------- 1 ----------------
//       | INTERNAL: log: disk on fire
//       |   at src/log.cc:3 in Log
//       +------------------------------------
//
// The primary failure comes first and unindented, so that the first line alone
// is a fair summary. Each part is made as a list of lines; whoever contains it
// puts its own prefix before each. So nesting needs no bookkeeping.
//
// Main disadvantage: deep trees run off the right edge of the screen.
// Next: errors.h; error_records.h, where the parts are kept.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "cloche/base/error_records.h"
#include "cloche/base/errors.h"

namespace cloche {
namespace {

using Lines = std::vector<std::string>;

Lines ErrorLines(const absl::Status& status);

void AddIndented(absl::string_view prefix, const Lines& lines, Lines& out) {
  for (const std::string& line : lines) {
    out.push_back(absl::StrCat(prefix, line));
  }
}

// "CODE: message"; the message's further lines are indented under it.
Lines HeaderLines(const absl::Status& status) {
  const std::string text = absl::StrCat(absl::StatusCodeToString(status.code()),
                                        ": ", status.message());
  Lines lines = absl::StrSplit(text, '\n');
  for (size_t i = 1; i < lines.size(); ++i) lines[i].insert(0, "  ");
  return lines;
}

void AddCause(const Record& record, Lines& out) {
  Lines cause = ErrorLines(DecodeStatus(record.bytes));
  cause[0].insert(0, "caused by: ");
  AddIndented("  ", cause, out);
}

// The lines of every record except the attached failures.
void AddRecord(const Record& record, Lines& out) {
  switch (record.tag) {
    case RecordTag::kFrame:
      return out.push_back(absl::StrCat("  at ", record.bytes));
    case RecordTag::kMoreFrames:
      return out.push_back(absl::StrCat("  and ", DecodeNumber(record.bytes),
                                        " more co_awaits"));
    case RecordTag::kScope:
      return out.push_back(
          absl::StrCat("  by cancel scope ", DecodeNumber(record.bytes)));
    case RecordTag::kCause:
      return AddCause(record, out);
    case RecordTag::kErrno:    // the message names it already
    case RecordTag::kFailure:  // see AddFailures
      return;
  }
}

// The numbered branches below an error, as Python draws exception groups.
void AddFailures(const std::vector<Record>& records, Lines& out) {
  int number = 0;
  for (const Record& record : records) {
    if (record.tag != RecordTag::kFailure) continue;
    ++number;
    out.push_back(absl::StrCat(number == 1 ? "  +-+" : "    +",
                               "---------------- ", number,
                               " ----------------"));
    AddIndented("    | ", ErrorLines(DecodeStatus(record.bytes)), out);
  }
  if (number > 0) out.push_back("    +------------------------------------");
}

int CountFailures(const std::vector<Record>& records) {
  int count = 0;
  for (const Record& record : records) {
    count += record.tag == RecordTag::kFailure;
  }
  return count;
}

Lines ErrorLines(const absl::Status& status) {
  const std::vector<Record> records = ReadRecords(status);
  Lines lines = HeaderLines(status);
  if (const int more = CountFailures(records); more > 0) {
    absl::StrAppend(&lines.back(), " (and ", more, " more failure",
                    more == 1 ? ")" : "s)");
  }
  for (const Record& record : records) AddRecord(record, lines);
  AddFailures(records, lines);
  return lines;
}

}  // namespace

std::string FormatError(const absl::Status& status) {
  if (status.ok()) return "OK";
  return absl::StrJoin(ErrorLines(status), "\n");
}

}  // namespace cloche
