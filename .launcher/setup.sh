# shellcheck shell=bash
# Set-up: everything that must be there before Bazel can build, done once.

readonly CLOCHE_CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/cloche"

# The Debian packages that every build and test needs.
readonly BUILD_PACKAGES=(
  bazel-bootstrap bazel-platforms bazel-rules-cc bazel-rules-java bazel-skylib
  clang-19 libclang-rt-19-dev libcurl4-openssl-dev liburing-dev lld-19 llvm-19
)

# Brings this machine to where Bazel builds Cloche. Quick when it is there.
set_up() {
  mkdir -p "$CLOCHE_CACHE" || die "cannot write to $CLOCHE_CACHE;" \
    "set HOME or XDG_CACHE_HOME to a folder that you own"
  if is_debian_12; then
    install_packages "${BUILD_PACKAGES[@]}"
    fetch_sources
    write_offline_bazelrc
  else
    rm -f .bazelrc.offline
    need_tools
  fi
}

# Whether Debian's packages and sources, which fit each other, can be used.
is_debian_12() {
  command -v apt-get dpkg-query >/dev/null &&
    grep -qs '^VERSION_CODENAME=bookworm' /etc/os-release
}

# Elsewhere we install nothing: Bazel fetches the archives of WORKSPACE.
need_tools() {
  local tool missing=()
  for tool in bazel clang-19; do
    command -v "$tool" >/dev/null || missing+=("$tool")
  done
  ((${#missing[@]} == 0)) || die "this is not Debian 12, so install" \
    "${missing[*]} yourself (Bazel 4.2, clang 19, lld, liburing, libcurl) and run this again"
}

# Dies unless the file system of $1 has $2 MiB free for $3.
need_space() {
  local free
  free=$(df --output=avail --block-size=1M "$1" | tail -n 1)
  ((free >= $2)) || die "$1 has ${free// /} MiB free and $3 needs $2 MiB;" \
    "free some space and run this again"
}
