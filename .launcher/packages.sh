# shellcheck shell=bash
# Debian packages: which are missing, and how they get here.

# Prints those of the named packages that are not installed.
missing_packages() {
  local package
  for package in "$@"; do
    dpkg-query --show --showformat='${db:Status-Abbrev}' "$package" \
      2>/dev/null | grep -q '^ii' || echo "$package"
  done
}

# Installs the missing ones among the named packages, or dies saying how.
install_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  local command="apt-get install --no-install-recommends ${missing[*]}"
  ((EUID == 0)) || die "${#missing[@]} packages are missing and this is not" \
    "root; run: sudo $command"
  need_space /usr 3000 "the compiler and Bazel"
  say "installing ${missing[*]} (a few minutes the first time)"
  apt_install "${missing[@]}" || die "apt-get failed (see above);" \
    "connect to the network or mend apt, then run: $command"
}

# apt-get update and install, without questions, one line per package.
apt_install() {
  local log="$CLOCHE_CACHE/apt.log"
  export DEBIAN_FRONTEND=noninteractive
  quietly "$log" apt-get update ||
    say "apt-get update failed; trying with the package lists at hand"
  local apt=(apt-get install --yes --no-install-recommends)
  "${apt[@]}" "$@" </dev/null 2>"$log" | show_progress
  local status=${PIPESTATUS[0]}
  ((status == 0)) || tail -n 15 "$log" >&2
  return "$status"
}

# Shows what apt-get has set up so far, on one line that is written over. Where
# nobody watches, it only counts.
show_progress() {
  local line count=0 start='' end='\n'
  [[ ! -t 2 ]] || { start='\r\e[K' && end=''; }
  while read -r line; do
    [[ $line == "Setting up "* ]] || continue
    count=$((count + 1))
    ((count % 20)) && [[ ! -t 2 ]] ||
      printf "$start  %d packages set up: %s$end" "$count" "${line:11}" >&2
  done
  [[ ! -t 2 ]] || echo >&2
}
