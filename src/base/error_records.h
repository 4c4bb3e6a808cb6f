// The records inside a status: how errors.h keeps its story in one payload.
//
// A status carries one payload of our own, a sequence of records. Each is
//
//     +-----+-----------------+------------------+
//     | tag | length (varint) | that many bytes  |
//     +-----+-----------------+------------------+
//
// A varint holds 7 bits a byte, lowest first; the top bit says "more follows".
// What the bytes mean depends on the tag. A status inside a record (a cause,
// an attached failure) is encoded whole, its own payloads included, so the
// records of a nursery of nurseries form a tree:
//
//     code (varint), message (string), then per payload: type URL (string),
//     content (string);           a string is its length (varint) and bytes
//
// Main disadvantage: every change decodes and encodes all records of the
// status. That is the price for having no type of our own in any signature.
//
// Internal to src/base. Next: errors.h, which gives the records their meaning.

#ifndef CLOCHE_BASE_ERROR_RECORDS_H_
#define CLOCHE_BASE_ERROR_RECORDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace cloche {

// The type URL of the payload.
inline constexpr absl::string_view kDetailsUrl = "cloche/details";

// The values are what stands in the payload.
enum class RecordTag : char {
  kFrame = 'f',       // text of one traceback line
  kMoreFrames = 'm',  // number: the frames that were counted but not kept
  kCause = 'c',       // status
  kFailure = 'a',     // status: an attached failure
  kScope = 's',       // number: the cancel scope's id
  kErrno = 'e',       // number: the positive errno
};

struct Record {
  RecordTag tag;
  std::string bytes;
};

// The status's records in order; none if it has no story.
std::vector<Record> ReadRecords(const absl::Status& status);

// Replaces the status's records. `status` is not OK (an OK status cannot
// carry a payload).
void WriteRecords(absl::Status& status, const std::vector<Record>& records);

// Adds one record at the end; an OK status stays as it is.
void AppendRecord(absl::Status& status, Record record);

// The first record with this tag, or null. Lifetime: that of `records`.
const Record* FindRecord(const std::vector<Record>& records, RecordTag tag);

// The bytes of a record that holds a number, and back.
std::string EncodeNumber(uint64_t number);
uint64_t DecodeNumber(absl::string_view bytes);

// The bytes of a record that holds a status, and back. Equal statuses have
// equal bytes, so what is printed from them is the same in every run.
std::string EncodeStatus(const absl::Status& status);
absl::Status DecodeStatus(absl::string_view bytes);

}  // namespace cloche

#endif  // CLOCHE_BASE_ERROR_RECORDS_H_
