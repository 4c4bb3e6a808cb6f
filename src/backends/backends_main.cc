// The program behind `./cloche backends`: which backends this machine has, and
// where one is missing, why.
//
// It makes each of them, and says what came of it. So it knows not only what
// the system has, but also what a sandbox or a limit takes away.
//
// Next: backend/backends.h.

#include <cstdio>

#include "cloche/loop/system_environment.h"

int main() {
  std::fputs(cloche::SystemEnvironment::DescribeBackends().c_str(), stdout);
  return 0;
}
