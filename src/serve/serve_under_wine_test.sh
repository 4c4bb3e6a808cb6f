#!/bin/bash
# serve.exe as a user runs it, under Wine: curl of this machine talks to it.
#
#     curl ── TCP over loopback ──► Wine ──► serve.exe ── iocp, then select
#
# Usage: serve_under_wine_test.sh SERVE.exe BACKENDS.exe, in a prefix that
# .windows/run_under_wine.sh has made.
#
# Nothing here waits for time to pass: it reads what the program prints until
# it says what is awaited. Bazel's time limit ends what never comes.
#
# Next: src/serve/serve_test.cc, the same for Linux and in more detail.

set -euo pipefail
readonly SERVE=$1 BACKENDS=$2
readonly WINE=/usr/lib/wine/wine64
work=$(mktemp -d)
failures=0

expect() { # WHAT WANTED GOT
  [[ $3 == *"$2"* ]] && return
  echo "FAILED: $1: wanted '$2', got '$3'"
  failures=$((failures + 1))
}

# Starts the server over backend $1; its lines come from descriptor 3.
start_server() {
  mkfifo "$work/lines"
  "$WINE" "$SERVE" --port=0 --backend="$1" >"$work/lines" &
  server=$!
  exec 3<"$work/lines"
  rm "$work/lines"
  read -r line <&3
  url=$(grep -o 'http://[0-9.:]*' <<<"$line")
}

ask() { curl --silent --show-error --max-time 60 "$@"; }

expect_answers() {
  expect "/hello" "Hello, world!" "$(ask "$url/hello")"
  expect "its status" 200 "$(ask -o /dev/null -w '%{http_code}' "$url/hello")"
  expect "no such page" 404 "$(ask -o /dev/null -w '%{http_code}' "$url/no")"
}

# Connections that each of two requests on one command line has made.
expect_kept_alive() {
  expect "connections of two requests" "1 0 " "$(ask -w '%{num_connects} ' \
    -o /dev/null "$url/hello" -o /dev/null "$url/hello")"
}

# More than the buffers of all that are involved.
expect_long_echo() {
  seq 1000000 >"$work/long"
  ask --data-binary "@$work/long" -o "$work/echoed" "$url/echo"
  expect "a long body" same "$(cmp "$work/long" "$work/echoed" && echo same)"
}

# To a program under Wine, SIGINT is Ctrl-C.
expect_polite_stop() {
  local line status=0
  kill -INT "$server"
  read -r line <&3
  expect "Ctrl-C" stopping "$line"
  wait "$server" || status=$?
  expect "the exit code" 0 "$status"
}

expect "the best backend" "iocp         yes" "$("$WINE" "$BACKENDS")"
for backend in iocp select; do
  start_server "$backend"
  expect "the backend" "over $backend" "$line"
  expect_answers
  expect_kept_alive
  expect_long_echo
  expect_polite_stop
done
rm -rf "$work"
exit "$((failures > 0))"
