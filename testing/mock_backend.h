// MockBackend: a Backend for tests that want to say which of its functions are
// called, with what, and how often.
//
// Main disadvantage: each test scripts the whole course of its operations;
// testing/scripted_backend.h keeps account of them by itself.
//
// Next: testing/mock_calls.h, one layer below.

#ifndef CLOCHE_TESTING_MOCK_BACKEND_H_
#define CLOCHE_TESTING_MOCK_BACKEND_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cloche/backend/backend.h"
#include "cloche/backend/operation.h"
#include "gmock/gmock.h"

namespace cloche {

class MockBackend : public Backend {
 public:
  MOCK_METHOD(absl::string_view, name, (), (const, override));
  MOCK_METHOD(bool, Start, (Operation&), (override));
  MOCK_METHOD(void, Cancel, (Operation&), (override));
  MOCK_METHOD(absl::Status, Wait, (absl::Duration, OperationList&), (override));
  MOCK_METHOD(void, Wake, (), (override));
  MOCK_METHOD(void, Close, (int), (override));
};

}  // namespace cloche

#endif  // CLOCHE_TESTING_MOCK_BACKEND_H_
