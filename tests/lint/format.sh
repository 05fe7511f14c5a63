#!/usr/bin/env bash
# clang-format over the project: tests/lint/format.sh [--check]   Without --check it rewrites the files.
#
# Only version 14 counts, Debian 12's: others lay out the same style differently.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
clang_format=$(command -v clang-format-14 || command -v clang-format) || { echo "format: no clang-format" >&2; exit 2; }
version=$("$clang_format" --version)
if [[ $version != *"version 14."* ]]; then
  echo "format: wants clang-format 14, not: $version" >&2
  exit 2
fi

sources() {
  find common proxy tests -path tests/lint/examples -prune -o -path '*/corpus/*' -prune -o \
    \( -name '*.h' -o -name '*.cc' \) -print0
}

if [[ ${1:-} != --check ]]; then
  sources | xargs -0 -r -n 20 -P "$(nproc)" "$clang_format" -i
  exit
fi
# shellcheck disable=SC2016  # the inner shell's $1
bad=$(sources | xargs -0 -r -n 1 -P "$(nproc)" \
  sh -c '"$0" --dry-run -Werror "$1" >/dev/null 2>&1 || echo "$1"' "$clang_format" | sort)
[[ -z $bad ]] || { printf '%s\nformat: these are not laid out by .clang-format; tests/lint/format.sh does it\n' "$bad"; exit 1; }
