# shellcheck shell=bash
# ./cloche bench: every program in benchmarks/ that is not tagged "helper".

# Usage: run_benchmarks [NAME] [FLAGS FOR THE PROGRAMS]
run_benchmarks() {
  local name='' target targets
  if [[ ${1:-} != -* ]]; then
    name=${1:-}
    shift || true
  fi
  prepare_build
  mapfile -t targets < <(benchmark_targets | grep -F -e "$name")
  ((${#targets[@]})) || die "no benchmark has '$name' in its name;" \
    "there are: $(benchmark_targets | tr '\n' ' ')"
  build_optimised "${targets[@]}"
  for target in "${targets[@]}"; do
    say "$target"
    target=${target#//}
    "bazel-bin/${target/://}" "$@" || die "$target ended with an error"
  done
}

# Prints the label of each benchmark program.
benchmark_targets() {
  local programs='kind("cc_binary rule", //benchmarks/...)'
  bazel query --noshow_progress --keep_going \
    --ui_event_filters=-info,-warning,-error \
    "$programs except attr(tags, '\bhelper\b', $programs)" || true
}
