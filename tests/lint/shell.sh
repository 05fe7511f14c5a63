#!/usr/bin/env bash
# Every shell script of the project, found by its first line, goes through shellcheck.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
mapfile -t scripts < <(grep -rlIE '^#!(/usr)?/bin/(env )?(ba|da|)sh' .ci deploy tests --exclude-dir=corpus | sort)
((${#scripts[@]} > 0)) || { echo "shell: found no scripts" >&2; exit 2; }
shellcheck --shell=bash "${scripts[@]}"
echo "shell: ${#scripts[@]} scripts"
