// ReadinessReport: what each of the readiness calls says of a descriptor now.
//
// Every call is asked with all the interests that it has, and without waiting.
// What they say is text, as it stands in docs/readiness.md.
//
// Next: testing/contract/readiness_table.h, the situations.

#ifndef CLOCHE_TESTING_CONTRACT_READINESS_REPORT_H_
#define CLOCHE_TESTING_CONTRACT_READINESS_REPORT_H_

#include <string>

#include "cloche/testing/contract/contract_kernel.h"
#include "cloche/testing/contract/system_call_driver.h"

namespace cloche {

// A driver that can be handed around, for code that is no test.
class ReadinessDriver : public SystemCallDriver {
 public:
  using SystemCallDriver::SystemCallDriver;

  SocketCalls& calls() { return calls_; }

  // What the call says, or the errno that it fails with.
  std::string AskEpoll(int fd);   // "IN OUT"
  std::string AskPoll(int fd);    // "IN OUT"
  std::string AskSelect(int fd);  // "read write"
  // "IN OUT": what a poll request of io_uring ends with, if it ends at once.
  // The kernel must be one that lets us open a ring: see HasRing.
  std::string AskRing(int fd);
  // "READ 3, WRITE"; the kernel must be one that has kqueue.
  std::string AskKqueue(int fd);
  // "done", "pending", or an errno: a receive of no bytes, by a completion
  // port. The kernel must be one that has them. The last to be asked: the
  // socket is the port's from then on, and a reset is told only once.
  std::string AskCompletionPort(int fd);

  bool HasRing();

  // "IN OUT | IN OUT | read write": the calls that every kernel has.
  std::string Report(int fd);
};

}  // namespace cloche

#endif  // CLOCHE_TESTING_CONTRACT_READINESS_REPORT_H_
