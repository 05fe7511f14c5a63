#!/usr/bin/env bash
# Holds the control API of a running relay against its description, openapi.yaml: tests/api/run.sh --relay PROGRAM
#
# What is missing is installed first: Node and npm from Debian, what package-lock.json names from npm, below build/.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
[[ ${1:-} == --relay && -x ${2:-} ]] || { echo "run.sh: --relay PROGRAM: which relay?" >&2; exit 2; }
relay=$(realpath "$2")

"$root/deploy/install-packages.sh" --api
modules=$root/build/api
mkdir -p "$modules"
wanted=$(sha256sum "$here/package-lock.json")
if [[ $(cat "$modules/installed" 2>/dev/null) != "$wanted" ]]; then
  cp "$here/package.json" "$here/package-lock.json" "$modules/"
  (cd "$modules" && npm ci --no-audit --no-fund --ignore-scripts)
  printf '%s\n' "$wanted" >"$modules/installed"
fi

cd "$here"
REDOCLY_TELEMETRY=off RELAY_BINARY=$relay NODE_PATH=$modules/node_modules exec node --test --test-reporter=spec contract_test.js
