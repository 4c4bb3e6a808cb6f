#include "cloche/testing/sequencer.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "cloche/tasks/try.h"

namespace cloche {

SequencerTurn::~SequencerTurn() {
  if (sequencer_ != nullptr) sequencer_->BeginNext();
}

class Sequencer::Claim {
 public:
  Claim(Sequencer& sequencer, uint64_t number)
      : sequencer_(sequencer), number_(number) {}
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;
  ~Claim() {
    if (!has_come_) sequencer_.Break(number_);
  }
  void HasCome() { has_come_ = true; }

 private:
  Sequencer& sequencer_;
  const uint64_t number_;
  bool has_come_ = false;
};

Task<SequencerTurn> Sequencer::At(uint64_t number) {
  const auto [place, is_new] = turns_.try_emplace(number);
  if (!is_new) {
    co_return absl::AlreadyExistsError(
        absl::StrCat("turn ", number,
                     " of a sequencer was asked for twice; give each step a "
                     "number of its own"));
  }
  place->second = std::make_unique<Event>();
  Event& event = *place->second;  // Stays where it is; `place` does not.
  if (number == next_ || broken_) event.Set();
  Claim claim(*this, number);
  co_await Try(event.Wait());
  claim.HasCome();
  if (broken_) {
    co_return absl::AbortedError(
        absl::StrCat("turn ", number,
                     " of a sequencer never comes: who waited "
                     "for turn ",
                     broken_at_, " was cancelled"));
  }
  co_return SequencerTurn(*this);
}

void Sequencer::BeginNext() {
  const auto next = turns_.find(++next_);
  if (next != turns_.end()) next->second->Set();
}

void Sequencer::Break(uint64_t number) {
  if (broken_) return;
  broken_ = true;
  broken_at_ = number;
  for (const auto& [each, event] : turns_) event->Set();
}

}  // namespace cloche
