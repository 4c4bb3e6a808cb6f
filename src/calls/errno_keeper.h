// ErrnoKeeper: leaves errno as it found it.
//
// For what a signal handler may call: the code that it interrupted would read a
// stranger's error otherwise.

#ifndef CLOCHE_CALLS_ERRNO_KEEPER_H_
#define CLOCHE_CALLS_ERRNO_KEEPER_H_

#include <cerrno>

namespace cloche {

class ErrnoKeeper {
 public:
  ErrnoKeeper() = default;
  ErrnoKeeper(const ErrnoKeeper&) = delete;
  ErrnoKeeper& operator=(const ErrnoKeeper&) = delete;
  ~ErrnoKeeper() { errno = saved_; }

 private:
  const int saved_ = errno;
};

}  // namespace cloche

#endif  // CLOCHE_CALLS_ERRNO_KEEPER_H_
