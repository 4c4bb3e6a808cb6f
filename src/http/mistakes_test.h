// Mistakes: what random tests of parsers do to texts that are sound.
//
// Next: http/request_parser_random_test.cc,
// http/chunked_decoder_random_test.cc.

#ifndef CLOCHE_HTTP_MISTAKES_TEST_H_
#define CLOCHE_HTTP_MISTAKES_TEST_H_

#include <cstddef>
#include <random>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace cloche {

class Mistakes {
 public:
  size_t Below(size_t limit) { return random_() % limit; }

 protected:
  using Choices = absl::Span<const absl::string_view>;

  // How many kinds of mistake any text can have.
  static constexpr size_t kAnyTextHas = 5;

  std::string OneOf(Choices choices) {
    return std::string(choices[Below(choices.size())]);
  }

  // Makes the `which`th of them at `at`; `size` is how many bytes it concerns,
  // and `pieces` are the words that a text is made of.
  void MakeInAnyText(size_t which, size_t at, size_t size, Choices pieces,
                     std::string& text) {
    switch (which) {
      case 0:  // A word too many.
        text.insert(at, OneOf(pieces));
        break;
      case 1:  // Some bytes missing.
        text.erase(at, size);
        break;
      case 2:  // Some bytes twice.
        text.insert(at, text.substr(at, size));
        break;
      case 3:  // A wrong byte.
        if (at < text.size()) text[at] = static_cast<char>(Below(256));
        break;
      case 4:  // The end missing.
        text.resize(at);
        break;
    }
  }

 private:
  std::mt19937_64 random_{1};
};

}  // namespace cloche

#endif  // CLOCHE_HTTP_MISTAKES_TEST_H_
