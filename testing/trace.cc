#include "cloche/testing/trace.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cloche/base/errors.h"
#include "cloche/fakes/fake_clock.h"
#include "cloche/fakes/fake_network.h"

namespace cloche {
namespace {

// Linux's calls return none that is greater.
constexpr int64_t kMostErrno = 4095;

std::string ResultText(int64_t result) {
  if (result >= 0 || result < -kMostErrno) return absl::StrCat(result);
  return ErrnoName(static_cast<int>(-result));
}

// As JSON writes it.
std::string Quoted(absl::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < ' ') {
      absl::StrAppendFormat(&quoted, "\\u%04x", c);
      continue;
    }
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::string NameOfRow(absl::string_view what, size_t process, int row,
                      absl::string_view name) {
  return absl::StrFormat(
      R"({"name":"%s","ph":"M","pid":%d,"tid":%d,"args":{"name":%s}})", what,
      process, row, Quoted(name));
}

constexpr int kCallsRow = 1;
constexpr int kTurnsRow = 2;

}  // namespace

// --- What happens -----------------------------------------------------------

void Trace::Note(const Event& event) {
  if (events_.size() == most_events_) events_.pop_front();
  events_.push_back(event);
}

void Trace::Watch(FakeHost& host) {
  if (std::find(watched_.begin(), watched_.end(), &host) != watched_.end()) {
    return;
  }
  watched_.push_back(&host);
  FakeClock& clock = host.network().clock();
  host.AddReturnWatcher(
      [this, lives = std::weak_ptr<bool>(lives_), &clock,
       index = IndexOf(host.name())](CallKind kind, int fd, int64_t result) {
        if (lives.expired() || (result == 0 && WaitsForMany(kind))) return;
        Note({clock.Now() - FakeClock::Start(), index, Call{kind, fd, result}});
      });
}

void Trace::NoteTurn(FakeHost& host, size_t index, size_t count) {
  const absl::Time now = host.network().clock().Now();
  Note({now - FakeClock::Start(), IndexOf(host.name()),
        Choice{"runs", index, count}});
}

void Trace::NoteDeviation(absl::Duration at, absl::string_view what,
                          size_t index, size_t count) {
  if (index > 0) Note({at, IndexOf("world"), Choice{what, index, count}});
}

size_t Trace::IndexOf(absl::string_view name) {
  const auto found = std::find(hosts_.begin(), hosts_.end(), name);
  const auto index = static_cast<size_t>(found - hosts_.begin());
  if (found == hosts_.end()) hosts_.emplace_back(name);
  return index;
}

// --- As text ----------------------------------------------------------------

std::string Trace::TextOf(const Call& call) {
  const std::string about = call.fd < 0 ? "" : absl::StrCat(call.fd);
  return absl::StrCat(CallName(call.kind), "(", about,
                      ") = ", ResultText(call.result));
}

std::string Trace::TextOf(const Choice& choice) {
  if (choice.index == choice.count) return absl::StrCat(choice.what, "s wait");
  return absl::StrCat(choice.what, " ", choice.index + 1, " of ", choice.count);
}

std::string Trace::TextOf(const Event& event) {
  return std::visit([](const auto& what) { return TextOf(what); }, event.what);
}

std::string Trace::LineOf(const Event& event) const {
  // In whole numbers, which are the same everywhere.
  const int64_t microseconds = absl::ToInt64Microseconds(event.at);
  return absl::StrFormat("%4d.%06d  %-6s  %s\n", microseconds / 1000000,
                         microseconds % 1000000, hosts_[event.host],
                         TextOf(event));
}

std::string Trace::Text() const { return LastLines(events_.size()); }

std::string Trace::LastLines(size_t count) const {
  std::string text;
  for (size_t i = events_.size() - std::min(count, events_.size());
       i < events_.size(); ++i) {
    text += LineOf(events_[i]);
  }
  return text;
}

// --- For Perfetto -----------------------------------------------------------

std::string Trace::ChromeJson() const {
  std::vector<std::string> entries;
  for (size_t i = 0; i < hosts_.size(); ++i) {
    entries.push_back(NameOfRow("process_name", i + 1, kCallsRow, hosts_[i]));
    entries.push_back(
        NameOfRow("thread_name", i + 1, kCallsRow, "system calls"));
    entries.push_back(NameOfRow("thread_name", i + 1, kTurnsRow, "tasks"));
  }
  absl::Duration last = -absl::Nanoseconds(1);
  for (const Event& event : events_) {
    last = std::max(event.at, last + absl::Nanoseconds(1));
    const int64_t nanoseconds = absl::ToInt64Nanoseconds(last);
    entries.push_back(absl::StrFormat(
        R"({"name":%s,"ph":"X","ts":%d.%03d,"dur":0.001,"pid":%d,"tid":%d})",
        Quoted(TextOf(event)), nanoseconds / 1000, nanoseconds % 1000,
        event.host + 1,
        std::holds_alternative<Call>(event.what) ? kCallsRow : kTurnsRow));
  }
  return absl::StrCat("{\"traceEvents\":[\n", absl::StrJoin(entries, ",\n"),
                      "\n]}\n");
}

}  // namespace cloche
