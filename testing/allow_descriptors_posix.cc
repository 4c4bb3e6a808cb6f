// Where there is getrlimit(2). Next: testing/allow_descriptors.h.

#include <sys/resource.h>

#include "cloche/testing/allow_descriptors.h"
#include "gtest/gtest.h"

namespace cloche {

void AllowDescriptors(uint64_t needed) {
  rlimit limit;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = limit.rlim_max;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  ASSERT_GE(limit.rlim_max, needed) << "raise `ulimit -Hn`";
}

}  // namespace cloche
