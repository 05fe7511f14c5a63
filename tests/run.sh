#!/usr/bin/env bash
# Installs what is missing, builds, runs every test, ends in ctest's summary.
#
#   tests/run.sh [--preset release|dev|tsan] [CTEST ARGUMENTS]
#
#   tests/run.sh                          everything, as it is shipped; at most 15 minutes on 2 cores
#   tests/run.sh --preset dev -L unit     the unit tests under ASan and UBSan
#   tests/run.sh -R Handshake             the tests whose names match
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
preset=release
arguments=()
while (($# > 0)); do
  case $1 in
    --preset)
      (($# > 1)) || { echo "run.sh: --preset needs a name" >&2; exit 2; }
      preset=$2
      shift 2
      ;;
    --preset=*)
      preset=${1#*=}
      shift
      ;;
    -h | --help)
      sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"
      exit 0
      ;;
    *)
      arguments+=("$1")
      shift
      ;;
  esac
done

deploy/install-packages.sh --build --test

# Read by cmake when it configures a build directory for the first time. Paths below the checkout are hashed relative to it.
if command -v ccache >/dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER-ccache}
  export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
fi

printf '▸ building the %s preset in build/%s\n' "$preset" "$preset"
cmake --preset "$preset" >/dev/null
cmake --build --preset "$preset" --parallel "$(nproc)"

printf '▸ running the tests\n'
exec ctest --preset "$preset" --parallel "$(nproc)" "${arguments[@]}"
