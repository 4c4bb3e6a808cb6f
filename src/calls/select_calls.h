// SelectCalls: select(2) as an interface.
//
// The oldest of the readiness calls: three sets of descriptors go in, and come
// out with only those in them that are ready. "Ready" means less than
// elsewhere: there is no HUP and no ERR, only a read, a write or an exception
// "that would not block", which includes one that fails.
//
// A set is a plain list here. In C it is an array of 1,024 bits on most systems
// (a larger descriptor is written beyond the end of it), and on Windows an
// array of 64 handles of any value. What does not fit is -EINVAL here,
// everywhere, and HasRoom tells beforehand. Windows also puts a connect that
// failed into the third set alone: the calls there are to ask for it along with
// `write`, and to report it so.
//
// Main disadvantage: select(2)'s own, and that lists are translated to bits and
// back. Who cares for that speed has another call.
//
// Next: fakes/fake_select_calls.h, the rules as a model; calls/poll_calls.h.

#ifndef CLOCHE_CALLS_SELECT_CALLS_H_
#define CLOCHE_CALLS_SELECT_CALLS_H_

#include <cstddef>
#include <vector>

#include "absl/time/time.h"

namespace cloche {

// FD_SETSIZE: the first descriptor that select(2) cannot be asked about; on
// Windows, how many it can be asked about.
inline constexpr int kSelectSetSize = 1024;

// In any order on the way in, a descriptor named twice being the same as once;
// in ascending order on the way out.
struct SelectSets {
  std::vector<int> read;    // A read would not wait.
  std::vector<int> write;   // A write would not wait.
  std::vector<int> except;  // An out-of-band byte is there.
};

// Thread safety: as the kernel's calls for the real ones; the fakes belong to
// one thread.
class SelectCalls {
 public:
  virtual ~SelectCalls() = default;

  // Waits until one of the descriptors is ready for what its set stands for,
  // and leaves only such ones in `sets`. How many are left, one that is in two
  // sets counting twice; 0 at the timeout, or a negative errno, after which the
  // sets are as they were: -EBADF if one of the descriptors is closed, -EINVAL
  // if one is negative or has no room.
  // `timeout`: absl::InfiniteDuration() waits for ever, zero not at all, less
  // than zero is -EINVAL; rounded up to nanoseconds, as pselect(2). The fake
  // kernel returns -EDEADLK when waiting for ever would be just that.
  virtual int Select(SelectSets& sets, absl::Duration timeout) = 0;

  // Whether a set that has so many others can have `fd` too.
  virtual bool HasRoom(int fd, size_t /*others*/) const {
    return fd < kSelectSetSize;
  }
};

}  // namespace cloche

#endif  // CLOCHE_CALLS_SELECT_CALLS_H_
