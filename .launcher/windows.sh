# shellcheck shell=bash
# ./cloche test --windows: what it takes to build for Windows and to run that
# under Wine. The toolchain itself is in .windows/.

# C and C++ libraries of mingw-w64, Wine without its 32-bit half, and who talks
# to the server that runs in it.
readonly WINDOWS_PACKAGES=(g++-mingw-w64-x86-64-posix wine64 curl)

# What every test gets a copy of; see .windows/run_under_wine.sh.
readonly WINE_TEMPLATE=/tmp/cloche-wine-$UID

# Brings this machine to where --config=mingw works.
prepare_windows() {
  is_debian_12 || die "--windows needs mingw-w64 and Wine as Debian 12 has" \
    "them, and this is another system; docs/windows.md says what for"
  install_packages "${WINDOWS_PACKAGES[@]}"
  make_wine_template
}

# Makes the template, unless it is there. It takes half a minute, and 700 MB.
make_wine_template() {
  [[ ! -f $WINE_TEMPLATE/system.reg ]] || return 0
  local new log="$CLOCHE_CACHE/wine.log"
  need_space /tmp 2000 "Wine"
  say "setting up Wine (half a minute the first time)"
  new=$(mktemp -d /tmp/cloche-wine-new.XXXXXX)
  # Else this Wine says that it is Windows Server 2008. The last one waits until
  # the others have written all that they have to.
  in_wine "$new" "$log" /usr/lib/wine/wine64 wineboot --init || true
  in_wine "$new" "$log" /usr/lib/wine/wine64 winecfg -v win10 || true
  in_wine "$new" "$log" /usr/lib/wine/wineserver64 --wait || true
  [[ -f $new/system.reg ]] || die "Wine cannot be set up; $log says why"
  rm -rf "$WINE_TEMPLATE"
  mv "$new" "$WINE_TEMPLATE"
}

# Runs a part of Wine, without a screen. Usage: in_wine PREFIX LOG COMMAND...
in_wine() {
  env -u DISPLAY WINEPREFIX="$1" WINEDEBUG=-all "${@:3}" >>"$2" 2>&1
}

# Narrows `targets` of the caller down to those that there are for Windows;
# Bazel does not build the others even when it is told to.
keep_windows_tests() {
  mapfile -t targets < <(comm -12 \
    <(printf '%s\n' "${targets[@]}" | sort) <(windows_tests | sort))
  ((${#targets[@]})) || die "no test for Windows has '$1' in its name"
}

# Prints the label of each.
windows_tests() {
  local missing='"IncompatiblePlatformProvider" in providers(target)'
  bazel cquery --config=mingw "kind('_test rule', //...)" --output=starlark \
    --starlark:expr="'' if $missing else str(target.label)" \
    --noshow_progress --ui_event_filters=-info,-warning,-error | grep . || true
}
