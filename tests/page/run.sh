#!/usr/bin/env bash
# Runs tests of the status page in Chromium: tests/page/run.sh --relay PROGRAM [TEST FILE...]   (all of them by default)
#
# (1) What is missing is installed first: Chromium, Node and npm from Debian, what package-lock.json names from npm, below build/.
# (2) Exits with 77, and says so loudly, where Chromium cannot be had. Everything else that is missing is a failure.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
relay=
files=()
while (($# > 0)); do
  case $1 in
    --relay)
      relay=$(realpath "$2")
      shift 2
      ;;
    *)
      files+=("$1")
      shift
      ;;
  esac
done
[[ -x $relay ]] || { echo "run.sh: --relay PROGRAM: which relay?" >&2; exit 2; }
((${#files[@]} > 0)) || mapfile -t files < <(cd "$here" && ls ./*_test.js)

# Several tests may start at once; one of them installs.
modules=$root/build/page
mkdir -p "$modules"
exec {lock}>"$modules/lock"
flock "$lock"
status=0
"$root/deploy/install-packages.sh" --page || status=$?
if ! command -v chromium >/dev/null; then
  printf '\n*** SKIPPED: the status page is NOT tested, for there is no Chromium and it cannot be installed (see above). ***\n\n' >&2
  exit 77
fi
((status == 0)) || exit "$status"
wanted=$(sha256sum "$here/package-lock.json")
if [[ $(cat "$modules/installed" 2>/dev/null) != "$wanted" ]]; then
  cp "$here/package.json" "$here/package-lock.json" "$modules/"
  (cd "$modules" && npm ci --no-audit --no-fund --ignore-scripts)
  printf '%s\n' "$wanted" >"$modules/installed"
fi
flock -u "$lock"

cd "$here"
RELAY_BINARY=$relay NODE_PATH=$modules/node_modules exec node --test --test-reporter=spec "${files[@]}"
