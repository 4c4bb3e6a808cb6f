// FormatLocation of errors.h: where a co_await stands, short enough to read.
//
// Facts about std::source_location in clang 19
// --------------------------------------------
// function_name() is the whole signature, as in __PRETTY_FUNCTION__:
//   Task<void> cloche::Foo(int, std::string)
//   auto cloche::Foo(Nursery &)::(anonymous class)::operator()(int) const
//   T cloche::(anonymous namespace)::Bar(T) [T = int]
// file_name() is the path that was given to the compiler. Headers come to it
// through Bazel's folder of links, which gives them their "cloche/" prefix:
//   bazel-out/k8-fastbuild/bin/src/net/_virtual_includes/tcp/cloche/net/tcp.h
//
// What this means for us
// ----------------------
// The path is cut after _virtual_includes/<target>/ and "cloche/" becomes the
// folder in which the file really is. The signature loses what stands in
// parentheses and angle brackets, then everything but its last word, and
// lambdas get a name: cloche::Foo, cloche::Foo(lambda), cloche::Bar.
//
// Main disadvantage: this follows one compiler's habits. Another compiler's
// names come out longer or cut oddly, but never wrong in file and line.
// Next: errors.h; tasks/task.h, which calls it at every co_await.

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "cloche/base/errors.h"

namespace cloche {
namespace {

// Stands for "(anonymous class)" while parentheses are dropped.
constexpr absl::string_view kLambda = "{lambda}";

std::string ReadablePath(absl::string_view path) {
  constexpr absl::string_view kLinks = "_virtual_includes/";
  const size_t links = path.find(kLinks);
  if (links == absl::string_view::npos) return std::string(path);
  path.remove_prefix(links + kLinks.size());
  path.remove_prefix(path.find('/') + 1);  // the target's name
  if (!absl::ConsumePrefix(&path, "cloche/")) return std::string(path);
  if (absl::StartsWith(path, "fakes/")) return std::string(path);
  if (absl::StartsWith(path, "testing/")) return std::string(path);
  return absl::StrCat("src/", path);
}

// Drops what stands in () and <>, brackets included, however nested.
std::string WithoutBrackets(absl::string_view text) {
  std::string kept;
  int depth = 0;
  for (const char c : text) {
    if (c == '(' || c == '<') ++depth;
    if (depth == 0) kept.push_back(c);
    if (c == ')' || c == '>') depth = depth > 0 ? depth - 1 : 0;
  }
  return kept;
}

std::string ReadableFunction(absl::string_view signature) {
  signature = signature.substr(0, signature.find(" ["));  // [T = int]
  const std::string text = WithoutBrackets(absl::StrReplaceAll(
      signature,
      {{"(anonymous namespace)::", ""}, {"(anonymous class)", kLambda}}));
  absl::string_view name = text;
  for (absl::string_view qualifier : {" &&", " &", " noexcept", " const"}) {
    absl::ConsumeSuffix(&name, qualifier);
  }
  name.remove_prefix(name.rfind(' ') + 1);  // npos + 1 is 0
  while (absl::ConsumePrefix(&name, "*") || absl::ConsumePrefix(&name, "&")) {
    // a return type's "T *" or "T &" clings to the name
  }
  return absl::StrReplaceAll(name, {{"::{lambda}::operator", "(lambda)"},
                                    {"{lambda}::operator", "(lambda)"}});
}

}  // namespace

std::string FormatLocation(std::source_location where) {
  return absl::StrCat(ReadablePath(where.file_name()), ":", where.line(),
                      " in ", ReadableFunction(where.function_name()));
}

}  // namespace cloche
