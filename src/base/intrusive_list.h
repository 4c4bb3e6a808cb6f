// A doubly linked list whose links live inside its elements.
//
// How it works: an element derives from ListNode<Tag>; the list is a ring
// through those nodes, closed by a sentinel of its own.
//
//        +--------- sentinel ---------+
//        |                            |
//        +-> [A] <-> [B] <-> [C] <----+
//
// Linking and unlinking are four pointer writes and never allocate: that is
// why everything that waits in Cloche (ready tasks, timers, parked operations)
// waits in one of these. An element can leave from the middle without
// knowing which list it is in, which is what cancelling needs.
//
// Main disadvantage: an element is in at most one list per Tag, and it must
// not move while linked. The Tag is how one object is in two lists at once.
//
// Next: time/timer_queue.h and loop/loop.h, its two busiest users.

#ifndef CLOCHE_BASE_INTRUSIVE_LIST_H_
#define CLOCHE_BASE_INTRUSIVE_LIST_H_

#include <cstddef>

#include "cloche/base/check.h"

namespace cloche {

template <typename T, typename Tag>
class IntrusiveList;

// The links. Derive from it once for each list an object may be in.
// Lifetime: destroying a linked node unlinks it, so a list never points at
// the dead. Thread safety: none; a list belongs to one loop's thread.
//
// Invariants:
//   1. previous_ and next_ are both null (unlinked) or both set (linked).
//   2. Linked: previous_->next_ == this and next_->previous_ == this.
template <typename Tag = void>
class ListNode {
 public:
  ListNode() = default;
  ListNode(const ListNode&) = delete;
  ListNode& operator=(const ListNode&) = delete;
  ~ListNode() { Unlink(); }

  bool linked() const { return next_ != nullptr; }

  // Takes the node out of whatever list it is in; nothing if it is in none.
  void Unlink() {
    if (!linked()) return;
    previous_->next_ = next_;
    next_->previous_ = previous_;
    previous_ = next_ = nullptr;
  }

 private:
  template <typename T, typename OtherTag>
  friend class IntrusiveList;

  void LinkBefore(ListNode& position) {
    CLOCHE_CHECK(!linked(), "a node can be in one list per tag only");
    previous_ = position.previous_;
    next_ = &position;
    previous_->next_ = this;
    position.previous_ = this;
  }

  ListNode* previous_ = nullptr;
  ListNode* next_ = nullptr;
};

// The ring. Does not own its elements; destroying the list unlinks them.
template <typename T, typename Tag = void>
class IntrusiveList {
 public:
  using Node = ListNode<Tag>;

  IntrusiveList() { sentinel_.previous_ = sentinel_.next_ = &sentinel_; }
  IntrusiveList(const IntrusiveList&) = delete;
  IntrusiveList& operator=(const IntrusiveList&) = delete;
  ~IntrusiveList() {
    while (PopFront() != nullptr) {
    }
    sentinel_.previous_ = sentinel_.next_ = nullptr;
  }

  bool empty() const { return sentinel_.next_ == &sentinel_; }

  void PushBack(T& element) { ToNode(element).LinkBefore(sentinel_); }
  void PushFront(T& element) { ToNode(element).LinkBefore(*sentinel_.next_); }

  // The first element, or null. Walk a list with Front and Next, never past a
  // call that may unlink: take what you need of an element first.
  T* Front() const { return ToElement(sentinel_.next_); }
  T* Back() const { return ToElement(sentinel_.previous_); }
  T* Next(const T& element) const {
    return ToElement(static_cast<const Node&>(element).next_);
  }

  // Takes the first element out and returns it, or null if there is none.
  T* PopFront() {
    T* first = Front();
    if (first != nullptr) ToNode(*first).Unlink();
    return first;
  }

  // Moves all of `other` to the end of this list, in order, in O(1).
  void Append(IntrusiveList& other) {
    if (other.empty()) return;
    Node* first = other.sentinel_.next_;
    Node* last = other.sentinel_.previous_;
    other.sentinel_.previous_ = other.sentinel_.next_ = &other.sentinel_;
    first->previous_ = sentinel_.previous_;
    last->next_ = &sentinel_;
    first->previous_->next_ = first;
    sentinel_.previous_ = last;
  }

  // Counts by walking: O(n). For tests and dumps.
  size_t CountSlowly() const {
    size_t count = 0;
    for (T* element = Front(); element != nullptr; element = Next(*element)) {
      ++count;
    }
    return count;
  }

 private:
  static Node& ToNode(T& element) { return static_cast<Node&>(element); }
  T* ToElement(Node* node) const {
    return node == &sentinel_ ? nullptr : static_cast<T*>(node);
  }

  Node sentinel_;
};

}  // namespace cloche

#endif  // CLOCHE_BASE_INTRUSIVE_LIST_H_
