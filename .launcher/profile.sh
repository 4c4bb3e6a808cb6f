# shellcheck shell=bash
# Building by a profile: the compiler is told which of a program's branches are
# the ordinary ones, by the program itself.
#
#   build it instrumented --> let it run --> profile --> build it once more
#
# What a request needs then lies together, and the errors elsewhere: the same
# code, in fewer cache lines (docs/decisions/0015).

# Usage: build_profiled TARGET TRAINER...
# TRAINER PROGRAM makes the program do what it usually does, and end. Prints
# where the finished program is.
build_profiled() {
  local target=$1 program profile
  shift
  build_in instrumented "$target" >&2
  program=$(realpath "$(program_of "$target")")
  profile=$CLOCHE_CACHE/profiles/$(basename "$program")
  profile+=-$(sha256sum "$program" | cut -c 1-16).profdata
  [[ -s $profile ]] || write_profile "$profile" "$@" "$program" >&2
  build_in profiled "$target" >&2 \
    --copt=-fprofile-use="$profile" --linkopt=-fprofile-use="$profile"
  realpath "$(program_of "$target")"
}

# Usage: write_profile PROFILE TRAINER... PROGRAM
write_profile() {
  local profile=$1 folder
  shift
  folder=$(mktemp -d "$CLOCHE_CACHE/raw-profile.XXXXXX")
  say "letting ${*: -1} run, to see which way its branches go"
  LLVM_PROFILE_FILE="$folder/%p.profraw" "$@" ||
    die "the program to be profiled did not do its work (see above)"
  mkdir -p "$(dirname "$profile")"
  llvm-profdata-19 merge "$folder"/*.profraw -o "$profile" ||
    die "llvm-profdata-19 failed (see above)"
  rm -r "$folder"
}
