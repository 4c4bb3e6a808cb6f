# shellcheck shell=bash
# How the launcher speaks: progress to standard error, one line for a failure.

# Prints one line of progress.
say() { printf 'cloche: %s\n' "$*" >&2; }

# Ends the launcher. Takes what is wrong and what to do about it.
die() {
  printf 'cloche: %s\n' "$*" >&2
  exit 1
}

# Runs a command quietly, and shows the end of its output if it fails.
# Usage: quietly LOG COMMAND...
quietly() {
  local log=$1
  shift
  "$@" >"$log" 2>&1 && return
  tail -n 15 "$log" >&2
  return 1
}
