# shellcheck shell=bash
# Building with Bazel.

# Builds targets with optimisation. Usage: build_optimised TARGET...
build_optimised() {
  prepare_build
  build_in opt "$@"
}

# Usage: build_in CONFIG TARGET... [FLAGS]
build_in() {
  bazel build --config="$1" --show_result=0 --ui_event_filters=-info "${@:2}" ||
    die "the build failed (see above)"
}

# Prints where the program with this label is, when it has been built.
program_of() {
  local label=${1#//}
  echo "bazel-bin/${label/://}"
}

# Set-up, and the space that a build takes, before Bazel runs out of it.
prepare_build() {
  set_up
  need_space "$CLOCHE_CACHE" 3000 "a build"
}
