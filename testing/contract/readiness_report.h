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
  // "READ 3, WRITE"; the kernel must be one that has kqueue.
  std::string AskKqueue(int fd);

  // "IN OUT | IN OUT | read write": the calls that every kernel has.
  std::string Report(int fd);
};

}  // namespace cloche

#endif  // CLOCHE_TESTING_CONTRACT_READINESS_REPORT_H_
