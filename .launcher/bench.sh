# shellcheck shell=bash
# ./cloche bench: every program in benchmarks/ that is not tagged "helper"; and
# ./cloche bench http, which compares the web server with a raw loop in C.

# What `bench http` needs beyond the build.
readonly HTTP_BENCH_PACKAGES=(apache2-utils llvm-19 python3 strace util-linux
  wrk)

# Usage: run_benchmarks [NAME] [FLAGS FOR THE PROGRAMS]
#        run_benchmarks http [FLAGS FOR compare_http.py]
run_benchmarks() {
  local name='' target targets
  if [[ ${1:-} == http ]]; then
    compare_http "${@:2}"
  fi
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
    "$(program_of "$target")" "$@" || die "$target ended with an error"
  done
}

# Becomes that program, so that a signal to the launcher ends what it started.
compare_http() {
  local profiled
  prepare_build
  if is_debian_12; then
    install_packages "${HTTP_BENCH_PACKAGES[@]}"
  fi
  profiled=$(build_profiled //src/serve:serve \
    python3 benchmarks/limits/train_http.py)
  build_optimised //src/serve:serve //benchmarks/limits:raw_epoll_http
  exec python3 benchmarks/limits/compare_http.py --profiled "$profiled" "$@"
}

# Prints the label of each benchmark program.
benchmark_targets() {
  local programs='kind("cc_binary rule", //benchmarks/...)'
  bazel query --noshow_progress --keep_going \
    --ui_event_filters=-info,-warning,-error \
    "$programs except attr(tags, '\bhelper\b', $programs)" || true
}
