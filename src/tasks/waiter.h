// Waiter: what a suspended task waits for.
//
// Each wait can be described (for task dumps) and cancelled. There is at most
// one per task: a task is a single line of execution.
//
// Next: tasks/leaf.h, which makes Waiters awaitable.

#ifndef CLOCHE_TASKS_WAITER_H_
#define CLOCHE_TASKS_WAITER_H_

#include <string>

namespace cloche {

class Waiter {
 public:
  virtual ~Waiter() = default;

  // The task's scope was cancelled: end the wait soon, by RunningTask::Wake.
  // Not inside this call; resuming code here would run it in the middle of
  // whoever cancels. If the wait is over already, its result stands. May be
  // called more than once.
  virtual void Cancel() = 0;

  // What is waited for and what will end it, for a person:
  // "receive on fd 7, until data or end of stream arrives".
  virtual std::string Describe() const = 0;
};

}  // namespace cloche

#endif  // CLOCHE_TASKS_WAITER_H_
