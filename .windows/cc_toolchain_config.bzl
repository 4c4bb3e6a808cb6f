"""The toolchain for x86_64 Windows: clang 19 and lld 19 over mingw-w64.

How the parts fit together:

    clang-19 --target=x86_64-w64-mingw32     the compiler, the same as on Linux
      C++ library     libstdc++ 12           package g++-mingw-w64-x86-64-posix
      threads         winpthreads            (what its "posix" stands for)
      C library       msvcrt, mingw-w64 10
    lld-19                                   one .exe without DLLs of its own

Facts:

  * libstdc++ was compiled by GCC, whose thread-locals on Windows are functions
    (emutls). clang's are native unless told otherwise, and then std::call_once
    does not link: hence -femulated-tls.
  * The package's headers declare what Windows 10 has only if they are asked
    to: _WIN32_WINNT=0x0A00.
  * <windows.h> defines min and max as macros, unless there is NOMINMAX.

Main disadvantage: paths of Debian 12, version numbers included.

Next: .windows/run_under_wine.sh.
"""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "ACTION_NAMES")
load(
    "@bazel_tools//tools/cpp:cc_toolchain_config_lib.bzl",
    "artifact_name_pattern",
    "feature",
    "flag_group",
    "flag_set",
    "tool_path",
    "with_feature_set",
)

_TARGET = "x86_64-w64-mingw32"
_CLANG = "/usr/lib/llvm-19"
_GCC = "/usr/lib/gcc/x86_64-w64-mingw32/12-posix"

_COMPILE = [
    ACTION_NAMES.assemble,
    ACTION_NAMES.c_compile,
    ACTION_NAMES.cpp_compile,
    ACTION_NAMES.preprocess_assemble,
]
_LINK = [
    ACTION_NAMES.cpp_link_dynamic_library,
    ACTION_NAMES.cpp_link_executable,
    ACTION_NAMES.cpp_link_nodeps_dynamic_library,
]

# The second line makes a build repeat itself; Bazel warns of the macros else.
_COMPILE_FLAGS = [
    "--target=" + _TARGET,
    "-no-canonical-prefixes",
    "-Wno-builtin-macro-redefined",
    "-D__DATE__=\"redacted\"",
    "-D__TIME__=\"redacted\"",
    "-D__TIMESTAMP__=\"redacted\"",
    "-femulated-tls",
    "-D_WIN32_WINNT=0x0A00",
    "-DWIN32_LEAN_AND_MEAN",
    "-DNOMINMAX",
]

# ws2_32 and the others are Windows itself, as libc is Linux.
_LINK_FLAGS = [
    "--target=" + _TARGET,
    "-static",
    "-lstdc++",
    "-lpthread",
    "-lgcc_eh",
    "-lmswsock",
    "-lws2_32",
    "-lbcrypt",
    "-ldbghelp",
    "-ladvapi32",
]

def _flags(actions, flags, mode = None):
    return flag_set(
        actions = actions,
        flag_groups = [flag_group(flags = flags)],
        with_features = [with_feature_set(features = [mode])] if mode else [],
    )

# A feature's flags stand in the order of this list, so that the system's
# libraries come after ours.
def _features():
    return [
        feature(name = "dbg"),
        feature(name = "fastbuild"),
        feature(name = "opt"),
        feature(
            name = "default_compile_flags",
            enabled = True,
            flag_sets = [
                _flags(_COMPILE, _COMPILE_FLAGS),
                _flags(_COMPILE, ["-g"], mode = "dbg"),
                _flags(_COMPILE, ["-O2", "-DNDEBUG"], mode = "opt"),
            ],
        ),
        feature(
            name = "default_link_flags",
            enabled = True,
            flag_sets = [_flags(_LINK, _LINK_FLAGS)],
        ),
    ]

def _tools():
    return [
        tool_path(name = "ar", path = _CLANG + "/bin/llvm-ar"),
        tool_path(name = "cpp", path = _CLANG + "/bin/clang-cpp"),
        tool_path(name = "dwp", path = "/bin/false"),
        tool_path(name = "gcc", path = _CLANG + "/bin/clang"),
        tool_path(name = "gcov", path = "/bin/false"),
        tool_path(name = "ld", path = _CLANG + "/bin/ld.lld"),
        tool_path(name = "nm", path = _CLANG + "/bin/llvm-nm"),
        tool_path(name = "objcopy", path = _CLANG + "/bin/llvm-objcopy"),
        tool_path(name = "objdump", path = _CLANG + "/bin/llvm-objdump"),
        tool_path(name = "strip", path = _CLANG + "/bin/llvm-strip"),
    ]

def _config(ctx):
    return cc_common.create_cc_toolchain_config_info(
        ctx = ctx,
        abi_libc_version = "local",
        abi_version = "local",
        artifact_name_patterns = [artifact_name_pattern(
            category_name = "executable",
            prefix = "",
            extension = ".exe",
        )],
        compiler = "clang",  # By this name Abseil picks its flags.
        cxx_builtin_include_directories = [
            _CLANG + "/lib/clang/19/include",
            _GCC + "/include",
            "/usr/" + _TARGET + "/include",
            "/usr/share/mingw-w64/include",
        ],
        features = _features(),
        host_system_name = "local",
        target_cpu = "x64_windows",
        target_libc = "mingw",
        target_system_name = _TARGET,
        tool_paths = _tools(),
        toolchain_identifier = "mingw-w64-x86_64",
    )

mingw_cc_toolchain_config = rule(
    implementation = _config,
    provides = [CcToolchainConfigInfo],
)
