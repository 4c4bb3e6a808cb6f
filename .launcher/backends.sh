# shellcheck shell=bash
# ./cloche backends: which ways to wait for the system this machine has.

show_backends() {
  build_optimised //src/backends:backends
  exec bazel-bin/src/backends/backends "$@"
}
