#!/usr/bin/env bash
# From a fresh Debian 12 to a running relay: installs what is missing, builds, runs.
#
#   deploy/quickstart.sh --upstream HOST:PORT [-- RELAY FLAGS]   the relay, behind your master
#   deploy/quickstart.sh [-- RELAY FLAGS]                        a demo that needs nothing and leaves nothing (demo.sh)
#
#   --binary PATH   run this relay instead of building one
#   --duration N    end after N seconds of running
#   --jobs N        compile with N processes (default: one per core)
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
binary=
upstream=
duration=
jobs=$(nproc)
relay_flags=()

fail() {
  printf 'quickstart: %s\n' "$*" >&2
  exit 1
}

usage() {
  sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"
}

say() {
  printf '▸ %s\n' "$*"
}

while (($# > 0)); do
  case $1 in
    --upstream | --binary | --duration | --jobs)
      (($# > 1)) || fail "$1 needs a value (see --help)"
      printf -v "${1#--}" '%s' "$2"
      shift 2
      ;;
    --upstream=* | --binary=* | --duration=* | --jobs=*)
      name=${1%%=*}
      printf -v "${name#--}" '%s' "${1#*=}"
      shift
      ;;
    --)
      shift
      relay_flags=("$@")
      break
      ;;
    -h | --help)
      usage
      exit 0
      ;;
    *) fail "unknown argument: $1 (flags for the relay itself go after --; see --help)" ;;
  esac
done
[[ -z $duration || $duration =~ ^[1-9][0-9]{0,6}$ ]] || fail "--duration $duration: not a number of seconds"
[[ $jobs =~ ^[1-9][0-9]{0,3}$ ]] || fail "--jobs $jobs: not a number"

if [[ -z $binary ]]; then
  "$root/deploy/install-packages.sh" --build
  binary=$root/build/release/psync-relay
  say "building the release preset in build/release; the first time takes some minutes"
  cd "$root"
  configured=$(cmake --preset release 2>&1) || fail "cmake could not configure the release preset:"$'\n'"$configured"
  cmake --build --preset release --parallel "$jobs" --target psync-relay || fail "the build failed, see above"
  cd "$OLDPWD"
fi
[[ -f $binary && -x $binary ]] || fail "$binary: not a program"

if [[ -z $upstream ]]; then
  exec "$root/deploy/demo.sh" "$binary" "${duration:-forever}" "${relay_flags[@]}"
fi

say "psync-relay behind $upstream; Ctrl-C stops it"
command=("$binary" --upstream "$upstream" "${relay_flags[@]}")
[[ -n $duration ]] || exec "${command[@]}"
status=0
timeout --signal=TERM --kill-after=30 "$duration" "${command[@]}" || status=$?
((status == 124)) || exit "$status"
