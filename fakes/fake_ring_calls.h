// FakeRingCalls: the io_uring system calls of one fake host.
//
// The rules are in fakes/fake_ring.h. An enter is where virtual time passes.

#ifndef CLOCHE_FAKES_FAKE_RING_CALLS_H_
#define CLOCHE_FAKES_FAKE_RING_CALLS_H_

#include <memory>
#include <utility>

#include "cloche/calls/ring_calls.h"
#include "cloche/fakes/fake_order.h"
#include "cloche/fakes/fake_ring.h"

namespace cloche {

class FakeHost;

class FakeRingCalls final : public RingCalls {
 public:
  explicit FakeRingCalls(FakeHost& host) : host_(host) {}

  int Open(unsigned depth, std::unique_ptr<Ring>& ring) override;

  // For tests: who decides where the kernel may do one thing or another, for
  // all rings of this host, from now on. Null: what happens by default.
  void set_order(FakeOrder order) { order_ = std::move(order); }

 private:
  FakeHost& host_;
  FakeOrder order_;
};

}  // namespace cloche

#endif  // CLOCHE_FAKES_FAKE_RING_CALLS_H_
