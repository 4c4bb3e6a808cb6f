// Runnable: what the ready queue holds: something whose turn it is.
//
// Next: loop/loop.h.

#ifndef CLOCHE_LOOP_RUNNABLE_H_
#define CLOCHE_LOOP_RUNNABLE_H_

#include "cloche/base/intrusive_list.h"

namespace cloche {

class Runnable : public ListNode<> {
 public:
  virtual ~Runnable() = default;

  // Called by the loop, on its thread, once for each time it was scheduled.
  // It is out of the queue by then, so it may schedule itself again.
  virtual void Run() = 0;
};

}  // namespace cloche

#endif  // CLOCHE_LOOP_RUNNABLE_H_
