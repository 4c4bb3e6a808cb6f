# shellcheck shell=bash
# ./cloche serve: the example server. Its flags are its own business.

serve() {
  build_optimised //src/serve:serve
  exec bazel-bin/src/serve/serve "$@"
}
