# shellcheck shell=bash
# Building with Bazel.

# Builds targets with optimisation. Usage: build_optimised TARGET...
build_optimised() {
  prepare_build
  bazel build --config=opt --show_result=0 --ui_event_filters=-info "$@" ||
    die "the build failed (see above)"
}

# Set-up, and the space that a build takes, before Bazel runs out of it.
prepare_build() {
  set_up
  need_space "$CLOCHE_CACHE" 3000 "a build"
}
