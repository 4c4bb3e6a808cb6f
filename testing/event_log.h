// EventLog: what happened, in order; and who was destroyed, and when.
//
//     EventLog log;
//     { EventLog::Local local(log, "local"); log.Add("in use"); }
//     EXPECT_THAT(log.events(), ElementsAre("in use", "~local"));
//
// Much of what Cloche promises is an order of destruction. A test puts a Local
// into each frame and compares the list.
//
// Main disadvantage: it says in which order, never at what time.
//
// Next: testing/test_loop.h.

#ifndef CLOCHE_TESTING_EVENT_LOG_H_
#define CLOCHE_TESTING_EVENT_LOG_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace cloche {

// Thread safety: none.
class EventLog {
 public:
  // Adds "~name" when it is destroyed. A moved-from one adds nothing.
  class Local {
   public:
    Local(EventLog& log, std::string name)
        : log_(&log), name_(std::move(name)) {}
    Local(Local&& other) noexcept
        : log_(std::exchange(other.log_, nullptr)),
          name_(std::move(other.name_)) {}
    Local& operator=(Local&& other) noexcept {
      std::swap(log_, other.log_);
      std::swap(name_, other.name_);
      return *this;
    }
    ~Local() {
      if (log_ != nullptr) log_->Add(absl::StrCat("~", name_));
    }

   private:
    EventLog* log_;
    std::string name_;
  };

  EventLog() = default;
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  void Add(std::string event) { events_.push_back(std::move(event)); }
  const std::vector<std::string>& events() const { return events_; }

 private:
  std::vector<std::string> events_;
};

}  // namespace cloche

#endif  // CLOCHE_TESTING_EVENT_LOG_H_
