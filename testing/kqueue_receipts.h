// Receipts of kqueue as the parameter of tests: a suite that takes a
// ReceiptFlags runs as on the BSDs, and as on macOS.
//
//     class KqueuePollerAsks
//         : public ::testing::TestWithParam<ReceiptFlags> { ... };
//     INSTANTIATE_WITH_ALL_RECEIPTS(KqueuePollerAsks);
//
// Next: fakes/kqueue_receipt.h.

#ifndef CLOCHE_TESTING_KQUEUE_RECEIPTS_H_
#define CLOCHE_TESTING_KQUEUE_RECEIPTS_H_

#include <ostream>
#include <string>

#include "cloche/fakes/kqueue_receipt.h"
#include "gtest/gtest.h"

namespace cloche {

inline void PrintTo(ReceiptFlags way, std::ostream* out) {
  *out << (way == ReceiptFlags::kErrorAlone ? "Bsd" : "MacOs");
}
inline std::string TestNameOfReceipts(
    const ::testing::TestParamInfo<ReceiptFlags>& info) {
  return ::testing::PrintToString(info.param);
}

#define INSTANTIATE_WITH_ALL_RECEIPTS(Suite)                  \
  INSTANTIATE_TEST_SUITE_P(                                   \
      On, Suite,                                              \
      ::testing::Values(::cloche::ReceiptFlags::kErrorAlone,  \
                        ::cloche::ReceiptFlags::kErrorAdded), \
      ::cloche::TestNameOfReceipts)

}  // namespace cloche

#endif  // CLOCHE_TESTING_KQUEUE_RECEIPTS_H_
