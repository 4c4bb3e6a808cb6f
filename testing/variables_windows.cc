// Windows, where a variable without a value is one that there is not (_putenv_s
// in Microsoft's reference of the C runtime). Next: testing/variables.h.

#include <cstdlib>

#include "cloche/testing/variables.h"

namespace cloche {

void SetVariable(const char* name, const char* value) {
  _putenv_s(name, value);
}

void UnsetVariable(const char* name) { _putenv_s(name, ""); }

}  // namespace cloche
