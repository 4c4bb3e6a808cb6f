// What errors.h promises about frames, causes, failures and scopes, each as
// records of error_records.h. The errnos are in errno_status.cc, the texts in
// format_error.cc and format_location.cc.

#include "cloche/base/errors.h"

#include <utility>

#include "cloche/base/check.h"
#include "cloche/base/error_records.h"

namespace cloche {
namespace {

int CountFrames(const std::vector<Record>& records) {
  int frames = 0;
  for (const Record& record : records)
    frames += record.tag == RecordTag::kFrame;
  return frames;
}

// Counts one more frame that is not kept.
void CountFurtherFrame(std::vector<Record>& records) {
  for (Record& record : records) {
    if (record.tag != RecordTag::kMoreFrames) continue;
    record.bytes = EncodeNumber(DecodeNumber(record.bytes) + 1);
    return;
  }
  records.push_back({RecordTag::kMoreFrames, EncodeNumber(1)});
}

// Appends to `failures` the status and, flattening the tree, all it carries.
void CollectFailures(absl::Status status, std::vector<absl::Status>& failures) {
  std::vector<Record> own;
  std::vector<Record> attached;
  for (Record& record : ReadRecords(status)) {
    const bool is_failure = record.tag == RecordTag::kFailure;
    (is_failure ? attached : own).push_back(std::move(record));
  }
  if (!attached.empty()) status.ErasePayload(kDetailsUrl);
  if (!attached.empty() && !own.empty()) WriteRecords(status, own);
  failures.push_back(std::move(status));
  for (const Record& record : attached) {
    CollectFailures(DecodeStatus(record.bytes), failures);
  }
}

}  // namespace

absl::Status WithFrame(absl::Status status, std::source_location where) {
  if (status.ok()) return status;
  std::vector<Record> records = ReadRecords(status);
  if (CountFrames(records) < kMaxTracebackFrames) {
    records.push_back({RecordTag::kFrame, FormatLocation(where)});
  } else {
    CountFurtherFrame(records);
  }
  WriteRecords(status, records);
  return status;
}

absl::Status WithCause(absl::Status status, const absl::Status& cause) {
  if (status.ok() || cause.ok()) return status;
  std::vector<Record> records = ReadRecords(status);
  for (Record& record : records) {
    if (record.tag != RecordTag::kCause) continue;
    // There is a first link: the new cause goes to the end of its chain.
    record.bytes = EncodeStatus(WithCause(DecodeStatus(record.bytes), cause));
    WriteRecords(status, records);
    return status;
  }
  AppendRecord(status, {RecordTag::kCause, EncodeStatus(cause)});
  return status;
}

absl::Status WithFailure(absl::Status status, const absl::Status& failure) {
  if (failure.ok()) return status;
  AppendRecord(status, {RecordTag::kFailure, EncodeStatus(failure)});
  return status;
}

absl::Status CauseOf(const absl::Status& status) {
  const std::vector<Record> records = ReadRecords(status);
  const Record* cause = FindRecord(records, RecordTag::kCause);
  return cause == nullptr ? absl::OkStatus() : DecodeStatus(cause->bytes);
}

std::vector<absl::Status> FailuresOf(const absl::Status& status) {
  std::vector<absl::Status> failures;
  if (!status.ok()) CollectFailures(status, failures);
  return failures;
}

absl::Status AttachedTo(const absl::Status& status) {
  const std::vector<absl::Status> all = FailuresOf(status);
  if (all.size() < 2) return absl::OkStatus();
  absl::Status attached = all[1];
  for (size_t i = 2; i < all.size(); ++i) {
    attached = WithFailure(std::move(attached), all[i]);
  }
  return attached;
}

std::vector<std::string> TracebackOf(const absl::Status& status) {
  std::vector<std::string> lines;
  for (Record& record : ReadRecords(status)) {
    if (record.tag == RecordTag::kFrame) {
      lines.push_back(std::move(record.bytes));
    }
  }
  return lines;
}

absl::Status CancelledBy(uint64_t scope_id, absl::string_view message) {
  CLOCHE_CHECK(scope_id != 0, "0 means 'no scope'; give the scope's own id");
  absl::Status status = absl::CancelledError(message);
  AppendRecord(status, {RecordTag::kScope, EncodeNumber(scope_id)});
  return status;
}

uint64_t CancelledScopeOf(const absl::Status& status) {
  if (!absl::IsCancelled(status)) return 0;
  const std::vector<Record> records = ReadRecords(status);
  const Record* scope = FindRecord(records, RecordTag::kScope);
  return scope == nullptr ? 0 : DecodeNumber(scope->bytes);
}

}  // namespace cloche
