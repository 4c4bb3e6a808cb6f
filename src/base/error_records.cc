// Writing appends to a string; reading takes from the front of a view. Bytes
// come only from our own writer in the same process, so a payload that cannot
// be read is a bug (or somebody else using our type URL) and a CHECK.

#include "cloche/base/error_records.h"

#include <map>
#include <utility>

#include "absl/strings/cord.h"
#include "cloche/base/check.h"

namespace cloche {
namespace {

void PutNumber(uint64_t number, std::string& out) {
  while (number >= 0x80) {
    out.push_back(static_cast<char>(number | 0x80));
    number >>= 7;
  }
  out.push_back(static_cast<char>(number));
}

void PutString(absl::string_view text, std::string& out) {
  PutNumber(text.size(), out);
  out.append(text.data(), text.size());
}

uint64_t TakeNumber(absl::string_view& in) {
  uint64_t number = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    CLOCHE_CHECK(!in.empty(), "the payload cloche/details ends too early");
    const auto byte = static_cast<uint8_t>(in.front());
    in.remove_prefix(1);
    number |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return number;
  }
  CheckFailed(__FILE__, __LINE__, "varint", "a number has over 64 bits");
}

absl::string_view TakeString(absl::string_view& in) {
  const uint64_t length = TakeNumber(in);
  CLOCHE_CHECK(length <= in.size(), "the payload cloche/details is cut off");
  const absl::string_view text = in.substr(0, length);
  in.remove_prefix(length);
  return text;
}

// Sorted by type URL: absl's own order depends on addresses.
std::map<std::string, std::string> SortedPayloads(const absl::Status& status) {
  std::map<std::string, std::string> payloads;
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& content) {
    payloads[std::string(url)] = std::string(content);
  });
  return payloads;
}

}  // namespace

std::vector<Record> ReadRecords(const absl::Status& status) {
  const auto payload = status.GetPayload(kDetailsUrl);
  if (!payload) return {};
  const std::string bytes(*payload);
  std::vector<Record> records;
  for (absl::string_view rest = bytes; !rest.empty();) {
    const auto tag = static_cast<RecordTag>(rest.front());
    rest.remove_prefix(1);
    records.push_back({tag, std::string(TakeString(rest))});
  }
  return records;
}

void WriteRecords(absl::Status& status, const std::vector<Record>& records) {
  std::string bytes;
  for (const Record& record : records) {
    bytes.push_back(static_cast<char>(record.tag));
    PutString(record.bytes, bytes);
  }
  status.SetPayload(kDetailsUrl, absl::Cord(std::move(bytes)));
}

void AppendRecord(absl::Status& status, Record record) {
  if (status.ok()) return;
  std::vector<Record> records = ReadRecords(status);
  records.push_back(std::move(record));
  WriteRecords(status, records);
}

const Record* FindRecord(const std::vector<Record>& records, RecordTag tag) {
  for (const Record& record : records) {
    if (record.tag == tag) return &record;
  }
  return nullptr;
}

std::string EncodeNumber(uint64_t number) {
  std::string bytes;
  PutNumber(number, bytes);
  return bytes;
}

uint64_t DecodeNumber(absl::string_view bytes) { return TakeNumber(bytes); }

std::string EncodeStatus(const absl::Status& status) {
  std::string bytes;
  PutNumber(static_cast<uint64_t>(status.raw_code()), bytes);
  PutString(status.message(), bytes);
  for (const auto& [url, content] : SortedPayloads(status)) {
    PutString(url, bytes);
    PutString(content, bytes);
  }
  return bytes;
}

absl::Status DecodeStatus(absl::string_view bytes) {
  const auto code = static_cast<absl::StatusCode>(TakeNumber(bytes));
  absl::Status status(code, TakeString(bytes));
  while (!bytes.empty()) {
    const absl::string_view url = TakeString(bytes);
    status.SetPayload(url, absl::Cord(TakeString(bytes)));
  }
  return status;
}

}  // namespace cloche
