# shellcheck shell=bash
# ./cloche fetch: the example client. Its flags are its own business.

fetch() {
  build_optimised //src/fetch:fetch
  exec bazel-bin/src/fetch/fetch "$@"
}
