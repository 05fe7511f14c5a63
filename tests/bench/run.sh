#!/usr/bin/env bash
# Builds everything as it is shipped, measures the relay beside its peers, writes tables and plot into tests/bench/RESULTS.md.
#
#   tests/bench/run.sh                     five runs of everything; about an hour on 2 cores that do nothing else
#   tests/bench/run.sh --runs 1 --quick    a look: small sizes, some minutes; writes to build/bench, not to tests/bench
#   tests/bench/run.sh --only cost         one section: cost, paced, tls, latency, full-sync, beside, memory, restart,
#                                          scaling, herd, operate, ways, micro
#   tests/bench/run.sh --snapshot-mb 200   smaller full syncs, for a small disk
#
# VALKEY_SERVER=/path/to/valkey-server is one of the peers, or the one on PATH, or else Debian's from the backports (valkey.sh), if
# the machine's mirror has them. Needs room for two snapshots and the log in $TMPDIR.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
for argument in "$@"; do
  case $argument in
    -h | --help)
      sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"
      exit 0
      ;;
  esac
done

deploy/install-packages.sh --build --test
if command -v ccache >/dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER-ccache}
  export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
fi
cmake --preset release >/dev/null
cmake --build --preset release --parallel "$(nproc)" \
  --target psync-relay bench_sinks bench_load bench_yardstick bench_sendfile bench_ways bench_micro

if [[ -z ${VALKEY_SERVER:-} ]] && ! command -v valkey-server >/dev/null; then
  VALKEY_SERVER=$(tests/bench/valkey.sh build/valkey) || VALKEY_SERVER=
  export VALKEY_SERVER
fi

# Figures of a quick look are not results.
out=tests/bench
for argument in "$@"; do
  if [[ $argument == --quick || $argument == --smallest ]]; then out=build/bench; fi
done
if [[ $out != tests/bench ]]; then
  mkdir -p "$out"
  cp tests/bench/RESULTS.md "$out/"
fi
exec python3 -B tests/bench/driver.py --relay build/release/psync-relay --programs build/release/tests/bench --out "$out" "$@"
