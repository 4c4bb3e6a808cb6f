# shellcheck shell=bash
# ./cloche test: runs tests and counts their cases.
#
# Bazel counts targets (a file of tests each). People count test cases, so we
# read them from the test.xml that each target leaves, and count what left none
# (did not build, crashed, ran out of time) as one failure each. The counts are
# the last line: `N passed, N failed`.

# How long `./cloche test --full` runs each fuzzer.
readonly FULL_FUZZ_SECONDS=300

# What `bazel test` needs for --windows.
readonly WINDOWS_FLAGS=(--config=mingw --build_tests_only)

run_tests() {
  local flags=() targets=(//...) only='' tags=-full full='' windows=''
  local passed=0 failed=0
  while (($#)); do
    case $1 in
      --asan) flags+=(--config=asan --build_tests_only) ;;
      --opt) flags+=(--config=opt --build_tests_only) ;;
      --tsan) flags+=(--config=tsan --build_tests_only) tags+=,threads ;;
      --full)
        tags=${tags/-full/} full=yes
        flags+=(--test_env=CLOCHE_EFFORT=20)
        ;;
      --windows) windows=yes && flags+=("${WINDOWS_FLAGS[@]}") ;;
      --only) only=${2:?--only needs a PATTERN} && shift ;;
      --only=*) only=${1#*=} ;;
      *) die "test knows no '$1'; ./cloche help lists what it knows" ;;
    esac
    shift
  done
  prepare_build
  [[ ! $windows ]] || prepare_windows
  if [[ $only ]]; then
    select_tests "$only"
    [[ ! $windows ]] || keep_windows_tests "$only"
  fi
  run_and_count --test_tag_filters="${tags#,}" "${flags[@]}" "${targets[@]}"
  # Fuzzers have the sanitizers in any case, and their tests in all of these.
  if [[ $full && ! $only && "${flags[*]}" != *--config* ]]; then
    fuzz_and_count '' "$FULL_FUZZ_SECONDS" 1
    prepare_windows
    run_and_count "${WINDOWS_FLAGS[@]}" //...
  fi
  echo "$passed passed, $failed failed"
  ((failed == 0 && passed > 0))
}

# Narrows `targets` and `flags` of the caller down to what $1 names: targets
# whose label has it, or else test cases, which GoogleTest then filters.
select_tests() {
  local word=${1//\*/} files
  mapfile -t targets < <(query_tests //... | grep -F -e "$1")
  ((${#targets[@]} == 0)) || return 0
  # Suite.Name and Instance/Suite.Name/3: the file that has the longest part in
  # the head of a test. (-z: the head may go over several lines.)
  word=$(tr ./ '\n' <<<"$word" | awk '
    length($0) > length(best) { best = $0 } END { print best }')
  mapfile -t files < <(grep -rlPz --include='*.cc' --include='*.h' \
    --exclude-dir='bazel-*' -e "(TEST|SUITE)(_F|_P)?\([^)]*\Q$word\E" -- * |
    sort)
  ((${#files[@]})) || die "no test has '$1' in its name"
  mapfile -t targets < <(query_tests "rdeps(//..., set(${files[*]}))")
  ((${#targets[@]})) || die "no test has '$1' in its name"
  flags+=(--test_filter="*$1*" --build_tests_only)
}

# Prints the labels of the tests among the targets of the Bazel query $1.
query_tests() {
  bazel query --noshow_progress --ui_event_filters=-info,-warning,-error --keep_going \
    "kind('_test rule', $1)" || true
}

# Runs `bazel test` with these arguments. Adds what came of it to `passed` and
# `failed` of the caller.
run_and_count() {
  local events status=0 good bad skipped
  events=$(mktemp)
  bazel test --keep_going --test_summary=terse --show_result=0 \
    --build_event_json_file="$events" "$@" || status=$?
  read -r good bad skipped < <(count_results "$events")
  rm -f "$events"
  ((skipped == 0)) || say "$skipped tests skipped themselves"
  if ((good + bad == 0)); then
    say "no test ran"
  fi
  # A build that broke outside of any test is a failure too. (4: no tests.)
  if ((status != 0 && status != 4 && bad == 0)); then
    bad=1
  fi
  passed=$((passed + good))
  failed=$((failed + bad))
}

# Prints passed, failed and skipped cases of the run whose events are in $1.
count_results() {
  local label status
  {
    while read -r label status; do
      count_target "$label" "$status" "$1"
    done < <(test_results "$1")
  } | awk '{ passed += $1; failed += $2; skipped += $3 }
           END { print passed + 0, failed + 0, skipped + 0 }'
}

# Prints label and status of each test target of the Bazel events in $1. A test
# that was not built has an event of completion without success, and no summary;
# one that is not for this system was skipped.
test_results() {
  sed -nE \
    -e 's/^\{"id":\{"testSummary":\{"label":"([^"]*)".*"overallStatus":"([A-Z_]*)".*/\1 \2/p' \
    -e '/"success":true/d' -e '/"reason":"SKIPPED"/d' \
    -e 's/^\{"id":\{"targetCompleted":\{"label":"([^"]*)".*/\1 FAILED_TO_BUILD/p' \
    "$1" | sort -u
}

# Prints passed, failed and skipped cases of target $1 with status $2, by the
# files that the events in $3 name: beside them lie those of other runs.
count_target() {
  local passed=0 failed=0 skipped=0
  if [[ $2 != FAILED_TO_BUILD && $2 != NO_STATUS ]]; then
    read -r passed failed skipped < <(
      grep -F "{\"testResult\":{\"label\":\"$1\"" "$3" |
        sed -nE 's|.*"name":"test\.xml","uri":"file://([^"]*)".*|\1|p' |
        xargs -r -d '\n' cat | count_cases)
  fi
  # All cases passed, and still: a leak, a crash at exit, a time limit.
  if [[ $2 != PASSED && $failed == 0 ]]; then
    failed=1
  fi
  echo "$passed $failed $skipped"
}

# Counts the cases of the test.xml files on standard input. Disabled cases have
# status="notrun" and are not counted.
count_cases() {
  awk '
    /^ *<testcase .*status="run"/ {
      open = 1
      if (/result="skipped"/) { skipped++; open = 0 } else cases++
    }
    open && /^ *<failure |<error / { failed++; open = 0 }
    END { print cases - failed, failed + 0, skipped + 0 }'
}
