// Tests of FormatLocation. Next: base/format_location.cc.
//
// A source_location cannot be made by hand, so each function below asks for
// its own, and `#line` gives the file name that a build would give.

#include <functional>
#include <source_location>
#include <string>
#include <vector>

#include "cloche/base/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace garden {

std::source_location Plant() { return std::source_location::current(); }

std::source_location WithArguments(int, const std::vector<std::string>&) {
  return std::source_location::current();
}

struct Located {
  std::source_location where;
};

// A return type with brackets and spaces, which is not part of the name.
std::function<Located(int, int)> Complicated() {
  const auto where = std::source_location::current();
  return [where](int, int) { return Located{where}; };
}

const std::source_location* Pointer(std::source_location& out) {
  out = std::source_location::current();
  return &out;
}

template <typename T>
std::source_location Template(T) {
  return std::source_location::current();
}

template <typename T>
struct Bed {
  std::source_location Dig() const& noexcept {
    return std::source_location::current();
  }
};

auto MakeLambda() {
  return [](int) { return std::source_location::current(); };
}

auto MakeLambdaInLambda() {
  return [] { return [] { return std::source_location::current(); }; };
}

namespace {
std::source_location Hidden() { return std::source_location::current(); }
}  // namespace

const auto kGlobalLambda = [] { return std::source_location::current(); };

}  // namespace garden

namespace cloche {
namespace {

using ::testing::EndsWith;

// What stands after " in ".
std::string NameIn(std::source_location where) {
  const std::string text = FormatLocation(where);
  return text.substr(text.find(" in ") + 4);
}

TEST(FormatLocation, AFunctionIsItsQualifiedName) {
  EXPECT_EQ(NameIn(garden::Plant()), "garden::Plant");
}

TEST(FormatLocation, ArgumentsAreDropped) {
  EXPECT_EQ(NameIn(garden::WithArguments(1, {})), "garden::WithArguments");
}

TEST(FormatLocation, AReturnTypeIsDroppedHoweverItLooks) {
  const std::source_location where = garden::Complicated()(1, 2).where;
  EXPECT_EQ(NameIn(where), "garden::Complicated");
  std::source_location pointed;
  garden::Pointer(pointed);
  EXPECT_EQ(NameIn(pointed), "garden::Pointer");
}

TEST(FormatLocation, TemplateArgumentsAreDropped) {
  EXPECT_EQ(NameIn(garden::Template(std::vector<int>())), "garden::Template");
}

TEST(FormatLocation, AMemberKeepsItsClassAndLosesItsQualifiers) {
  EXPECT_EQ(NameIn(garden::Bed<int>().Dig()), "garden::Bed::Dig");
}

TEST(FormatLocation, ALambdaIsNamedAfterTheFunctionAroundIt) {
  EXPECT_EQ(NameIn(garden::MakeLambda()(1)), "garden::MakeLambda(lambda)");
}

TEST(FormatLocation, ALambdaInALambdaSaysSo) {
  EXPECT_EQ(NameIn(garden::MakeLambdaInLambda()()()),
            "garden::MakeLambdaInLambda(lambda)(lambda)");
}

TEST(FormatLocation, ALambdaOutsideOfFunctionsIsJustALambda) {
  EXPECT_THAT(NameIn(garden::kGlobalLambda()), EndsWith("(lambda)"));
}

TEST(FormatLocation, AnonymousNamespacesAreLeftOut) {
  EXPECT_EQ(NameIn(garden::Hidden()), "garden::Hidden");
}

// The lines after each #line are counted from the number it gives.
// clang-format off
std::source_location InHeaderOfNet() {
#line 42 "bazel-out/k8-fastbuild/bin/src/net/_virtual_includes/tcp/cloche/net/tcp.h"
  return std::source_location::current();
}
std::source_location InHeaderOfFakes() {
#line 7 "bazel-out/k8-opt/bin/fakes/_virtual_includes/clock/cloche/fakes/clock.h"
  return std::source_location::current();
}
std::source_location InHeaderOfTesting() {
#line 8 "bazel-out/bin/testing/_virtual_includes/kit/cloche/testing/kit.h"
  return std::source_location::current();
}
std::source_location InHeaderOfAUser() {
#line 9 "bazel-out/bin/app/_virtual_includes/shop/shop/cart.h"
  return std::source_location::current();
}
std::source_location InSource() {
#line 10 "src/net/tcp.cc"
  return std::source_location::current();
}
#line 180 "src/base/format_location_test.cc"
// clang-format on

TEST(FormatLocation, AHeaderOfTheLibraryIsNamedByItsFolderInTheSource) {
  EXPECT_EQ(FormatLocation(InHeaderOfNet()),
            "src/net/tcp.h:42 in cloche::InHeaderOfNet");
}

TEST(FormatLocation, AHeaderOfTheFakesAndOfTheKitIsNotUnderSrc) {
  EXPECT_EQ(FormatLocation(InHeaderOfFakes()),
            "fakes/clock.h:7 in cloche::InHeaderOfFakes");
  EXPECT_EQ(FormatLocation(InHeaderOfTesting()),
            "testing/kit.h:8 in cloche::InHeaderOfTesting");
}

TEST(FormatLocation, AHeaderOfAUserKeepsItsOwnPath) {
  EXPECT_EQ(FormatLocation(InHeaderOfAUser()),
            "shop/cart.h:9 in cloche::InHeaderOfAUser");
}

TEST(FormatLocation, ASourceFileKeepsItsPath) {
  EXPECT_EQ(FormatLocation(InSource()),
            "src/net/tcp.cc:10 in cloche::InSource");
}

}  // namespace
}  // namespace cloche
