// SetVariable, UnsetVariable: variables of this process's environment, which
// the C++ library can only read.
//
// Main disadvantage: they are the whole process's. Thread safety: none; call
// them while there is one thread.
//
// Next: testing/main.cc.

#ifndef CLOCHE_TESTING_VARIABLES_H_
#define CLOCHE_TESTING_VARIABLES_H_

namespace cloche {

// setenv(3): `name` has this value from now on, whatever it had before.
void SetVariable(const char* name, const char* value);
// unsetenv(3): std::getenv finds none.
void UnsetVariable(const char* name);

}  // namespace cloche

#endif  // CLOCHE_TESTING_VARIABLES_H_
