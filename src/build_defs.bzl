"""The macros that every BUILD file of Cloche uses.

They add what all our code has in common: strict warnings, and the "cloche/"
prefix under which headers are included. Which folder a header lives in says
how it is included:

    src/loop/loop.h           #include "cloche/loop/loop.h"
    fakes/fake_clock.h        #include "cloche/fakes/fake_clock.h"
    testing/test_world.h      #include "cloche/testing/test_world.h"

Every header must be listed in `hdrs`: one in `srcs` does not get the prefix.
"""

# Warnings are errors here, but not in other people's headers: what is included
# as absl/..., gtest/... and so on counts as a system header.
_COPTS = ["-Wall", "-Wextra", "-Werror"] + [
    "--system-header-prefix=%s/" % name
    for name in ["absl", "benchmark", "gmock", "gtest"]
]

# For target_compatible_with: what needs the real Linux or the real Windows, and
# what needs POSIX.
# Elsewhere it is not built, nor is anything that depends on it
# (docs/windows.md).
LINUX = ["@platforms//os:linux"]
WINDOWS = ["@platforms//os:windows"]
POSIX = select({
    "@platforms//os:windows": ["@platforms//:incompatible"],
    "//conditions:default": [],
})

def _include_prefix(package):
    """The folder that headers of `package` are included from."""
    if package == "src":
        return "cloche"
    if package.startswith("src/"):
        return "cloche/" + package[len("src/"):]
    return "cloche/" + package

def cloche_cc_library(name, copts = [], **kwargs):
    """A cc_library whose headers are included as cloche/<folder>/<header>."""
    native.cc_library(
        name = name,
        copts = _COPTS + copts,
        include_prefix = _include_prefix(native.package_name()),
        strip_include_prefix = "/" + native.package_name(),
        **kwargs
    )

def cloche_cc_test(name, copts = [], deps = [], **kwargs):
    """A cc_test with GoogleTest and the main function of testing/main.cc.

    Tags: "full" for what takes long (`./cloche test --full`), "threads" for
    what ThreadSanitizer is to look at (`./cloche test --tsan`).
    """
    native.cc_test(
        name = name,
        copts = _COPTS + copts,
        deps = deps + ["//testing:main", "@com_google_googletest//:gtest"],
        **kwargs
    )

def cloche_cc_binary(name, copts = [], **kwargs):
    """A cc_binary with our warnings."""
    native.cc_binary(
        name = name,
        copts = _COPTS + copts,
        **kwargs
    )

def cloche_fuzz_test(name, srcs, deps):
    """A fuzz target (testing/fuzz/fuzz_target.h), as a test and as a fuzzer.

    The test `x_fuzz` goes through the files of the folder corpus/x once, so
    that what was found is looked for in every build. The program `x_fuzzer` is
    libFuzzer with the target in it; `./cloche fuzz` builds it, with
    --config=fuzz, and has it begin with that corpus and put the words of the
    package's one dictionary, *.dict, into its inputs.
    """
    if not name.endswith("_fuzz"):
        fail("the name of a fuzz target ends with _fuzz: " + name)
    corpus = "corpus/" + name[:-len("_fuzz")]
    cloche_cc_library(
        name = name + "_target",
        testonly = True,
        srcs = srcs,
        deps = deps + [
            "//testing/fuzz:fuzz_target",
            "@com_google_googletest//:gtest",
        ],
    )
    native.cc_test(
        name = name,
        args = ["%s/%s" % (native.package_name(), corpus)],
        data = native.glob([corpus + "/*"]),
        deps = [name + "_target", "//testing/fuzz:replay_corpus"],
    )
    native.cc_binary(
        name = name + "er",
        testonly = True,
        linkopts = ["-fsanitize=fuzzer"],
        tags = ["fuzzer", "manual"],
        deps = [name + "_target", "//testing/fuzz:fuzzer"],
    )
