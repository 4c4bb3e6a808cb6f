// Where there is setenv(3). Next: testing/variables.h.

#include <cstdlib>

#include "cloche/testing/variables.h"

namespace cloche {

void SetVariable(const char* name, const char* value) {
  setenv(name, value, /*overwrite=*/1);
}

void UnsetVariable(const char* name) { unsetenv(name); }

}  // namespace cloche
