// FakeOrder: which of several things that a kernel could do now it does.
//
// A ring brings its completions in any order, and so does a completion port; a
// test may choose. Without an order it is always the first.
//
// Next: fakes/fake_ring.h, fakes/fake_completion_port.h; testing/world_order.h.

#ifndef CLOCHE_FAKES_FAKE_ORDER_H_
#define CLOCHE_FAKES_FAKE_ORDER_H_

#include <cstddef>
#include <functional>

namespace cloche {

// The index of the one of `count` possibilities that comes true.
using FakeOrder = std::function<size_t(size_t count)>;

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_ORDER_H_
