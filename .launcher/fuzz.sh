# shellcheck shell=bash
# ./cloche fuzz: libFuzzer on the fuzz targets (testing/fuzz/fuzz_target.h), as
# many at a time as there are processors.
#
# Each begins with its corpus, and from the same seed unless another is given.
# What it finds on the way is thrown away, except an input that fails.

# Where those go; git does not look there.
readonly FUZZ_FOUND=fuzz_found

# Usage: run_fuzzers [NAME] [--seconds N] [--seed N]
run_fuzzers() {
  local name='' seconds=60 seed=1 passed=0 failed=0
  while (($#)); do
    case $1 in
      --seconds) seconds=${2:-} && shift ;;
      --seconds=*) seconds=${1#*=} ;;
      --seed) seed=${2:-} && shift ;;
      --seed=*) seed=${1#*=} ;;
      -*) die "fuzz knows no '$1'; ./cloche help lists what it knows" ;;
      *) name=$1 ;;
    esac
    shift || true
  done
  [[ $seconds =~ ^[1-9][0-9]*$ && $seed =~ ^[0-9]+$ ]] ||
    die "--seconds and --seed need a number; ./cloche help shows how"
  prepare_build
  fuzz_and_count "$name" "$seconds" "$seed"
  echo "$passed passed, $failed failed"
  ((failed == 0))
}

# Runs all fuzzers with $1 in their name for $2 seconds each, from the seed $3.
# Adds to `passed` and `failed` of the caller.
fuzz_and_count() {
  local targets target results
  mapfile -t targets < <(fuzzers | grep -F -e "$1")
  ((${#targets[@]})) || die "no fuzz target has '$1' in its name;" \
    "there are: $(fuzzers | tr '\n' ' ')"
  build_in fuzz "${targets[@]}"
  say "fuzzing ${#targets[@]} targets, $2 seconds each"
  results=$(mktemp)
  for target in "${targets[@]}"; do
    while (($(jobs -rp | wc -l) >= $(nproc))); do
      wait -n || true
    done
    fuzz_one "$target" "$2" "$3" >>"$results" &
  done
  wait
  passed=$((passed + $(grep -c '^passed$' "$results" || true)))
  failed=$((failed + ${#targets[@]} - $(grep -c '^passed$' "$results" || true)))
  rm -f "$results"
}

# Prints the label of each fuzzer.
fuzzers() {
  bazel query --noshow_progress --keep_going \
    --ui_event_filters=-info,-warning,-error \
    'attr(tags, "\bfuzzer\b", kind("cc_binary rule", //...))' || true
}

# Runs the fuzzer with label $1 for $2 seconds from the seed $3. Prints "passed"
# if it did; tells the user more than that.
fuzz_one() {
  local folder=${1#//} name=${1##*:} program log work found
  folder=${folder%:*}
  program=$(program_of "$1")
  name=${name%er}
  found=$FUZZ_FOUND/$name
  mkdir -p "$found"
  log=$(mktemp)
  work=$(mktemp -d)
  # An input that takes so long, or so much memory, is a failure as well.
  if with_sanitizers "$program" -max_total_time="$2" -seed="$3" \
    -dict="$(echo "$folder"/*.dict)" -artifact_prefix="$found/" -max_len=1024 \
    -timeout=20 -rss_limit_mb=2048 "$work" "$folder/corpus/${name%_fuzz}" \
    >"$log" 2>&1; then
    say "$name: passed; $(sed -n 's/^Done \(.*\) runs .*/\1/p' "$log") inputs"
    echo passed
  else
    tell_of_failure "$name" "$program" "$log" "$folder/corpus/${name%_fuzz}"
  fi
  rm -rf "$log" "$work"
}

# Runs a command with the sanitizers' settings, as .bazelrc has them for tests.
with_sanitizers() {
  ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1 \
    UBSAN_OPTIONS=print_stacktrace=1 \
    ASAN_SYMBOLIZER_PATH=/usr/lib/llvm-19/bin/llvm-symbolizer "$@"
}

# Shows what a fuzzer complained of, and how to see it again.
# Usage: tell_of_failure NAME PROGRAM LOG CORPUS
tell_of_failure() {
  local input
  awk '/Failure$|ERROR: |CHECK failed|runtime error: / { found = 1 }
       found && ++lines <= 40' "$3" >&2
  input=$(sed -nE 's/.*Test unit written to (.*)/\1/p' "$3" | tail -n 1)
  if [[ ! $input ]]; then
    say "$1: FAILED without an input; the end of what it said:"
    tail -n 20 "$3" >&2
    return
  fi
  say "$1: FAILED; the input is $input"
  say "once more: $2 $input"
  say "when it is mended, the input belongs into $4," \
    "under a name that says what it shows"
}
