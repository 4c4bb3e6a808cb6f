# shellcheck shell=bash
# Debian's copies of the archives that WORKSPACE names, and the generated
# bazelrc that makes Bazel use them. They are the same upstream releases.

# Raise this when what is below changes, and everybody's copies are remade.
readonly SOURCES_VERSION=1

# Fetches and unpacks the copies, once per home folder.
fetch_sources() {
  [[ -f $CLOCHE_CACHE/sources/version-$SOURCES_VERSION ]] && return
  say "fetching the sources of Abseil, GoogleTest and Google Benchmark"
  local work
  work=$(mktemp -d)
  download_sources "$work" ||
    die "apt-get could not fetch the sources (see above);" \
      "connect to the network and run ./cloche setup"
  unpack_sources "$work" || die "unpacking the sources failed (see above)"
  patch_rules_cc "$work/new"
  make_coverage_stub "$work/new"
  touch "$work/new/version-$SOURCES_VERSION"
  rm -rf "$CLOCHE_CACHE/sources"
  mv "$work/new" "$CLOCHE_CACHE/sources"
  rm -rf "$work"
}

# Downloads three source packages into the folder $1 from wherever this machine
# gets its packages. apt keeps its lists there too, so that root is not needed.
download_sources() {
  local work=$1 file
  mkdir -p "$work"/{sources.d,lists/partial,cache/archives/partial}
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
    case $file in
      *.list) sed -n 's/^deb /deb-src /p' "$file" ;;
      *.sources) sed 's/^Types:.*/Types: deb-src/' "$file" ;;
      *) continue ;;
    esac >"$work/sources.d/${file##*/}"
  done 2>/dev/null
  local apt=(apt-get -o Dir::Etc::SourceList=/dev/null
    -o Dir::Etc::SourceParts="$work/sources.d" -o Dir::Cache="$work/cache"
    -o Dir::State::Lists="$work/lists" -o APT::Sandbox::User=root)
  quietly "$work/update.log" "${apt[@]}" update || true
  (cd "$work" && quietly "$work/source.log" \
    "${apt[@]}" source --download-only abseil benchmark googletest)
}

# Unpacks the three archives of the folder $1 into $1/new.
unpack_sources() {
  local work=$1 name
  for name in abseil benchmark googletest; do
    mkdir -p "$work/new/$name"
    tar -xf "$work/${name}"_*.orig.tar.gz -C "$work/new/$name" \
      --strip-components=1 || return
  done
}

# Debian's rules_cc 0.0.4 loads a function that its Bazel 4.2.3 does not have.
patch_rules_cc() {
  local type='["@bazel_tools//tools/cpp:toolchain_type"]'
  cp -rL /usr/share/bazel/rules/cc "$1/rules_cc"
  grep -rl use_cpp_toolchain "$1/rules_cc" | xargs sed -i \
    -e 's/, "use_cpp_toolchain"//' \
    -e "s|toolchains = use_cpp_toolchain()|toolchains = $type|"
}

# Bazel fetches its coverage tools even for plain tests: give it an empty one.
make_coverage_stub() {
  mkdir -p "$1/remote_coverage_tools"
  touch "$1/remote_coverage_tools/WORKSPACE"
  cat >"$1/remote_coverage_tools/BUILD" <<'END'
filegroup(
    name = "coverage_report_generator",
    visibility = ["//visibility:public"],
)
END
}

# Writes .bazelrc.offline, unless it is there and right.
write_offline_bazelrc() {
  local new
  new=$(offline_bazelrc)
  [[ -f .bazelrc.offline && $(<.bazelrc.offline) == "$new" ]] && return
  printf '%s\n' "$new" >.bazelrc.offline
}

# Prints what .bazelrc.offline is to say.
offline_bazelrc() {
  local sources="$CLOCHE_CACHE/sources" debian=/usr/share/bazel
  cat <<END
# Written by ./cloche setup: Debian's copies of the archives of WORKSPACE.
common --override_repository=com_google_absl=$sources/abseil
common --override_repository=com_google_googletest=$sources/googletest
common --override_repository=com_github_google_benchmark=$sources/benchmark
common --override_repository=rules_cc=$sources/rules_cc
common --override_repository=remote_coverage_tools=$sources/remote_coverage_tools
common --override_repository=bazel_skylib=$debian/tools/skylib
common --override_repository=platforms=$debian/tools/platforms
common --override_repository=rules_java=$debian/rules/java
test --test_env=ASAN_SYMBOLIZER_PATH=/usr/lib/llvm-19/bin/llvm-symbolizer
test --test_env=TSAN_SYMBOLIZER_PATH=/usr/lib/llvm-19/bin/llvm-symbolizer
END
}
