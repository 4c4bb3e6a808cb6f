// Drawn: whether something happens that has a probability.
//
// The engine's raw numbers are fixed bit by bit by the C++ standard, and what
// is made of them here is exact: the same seed gives the same world on every
// machine. What std::bernoulli_distribution makes of them is the library's own
// affair.
//
// Next: fakes/fault_plan.h, fakes/fake_link.h.

#ifndef CLOCHE_FAKES_FAKE_CHANCE_H_
#define CLOCHE_FAKES_FAKE_CHANCE_H_

#include <random>

namespace cloche {

// The upper 53 bits, as a fraction.
inline bool Drawn(std::mt19937_64& random, double probability) {
  return static_cast<double>(random() >> 11) * 0x1.0p-53 < probability;
}

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_CHANCE_H_
