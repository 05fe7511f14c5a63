#!/usr/bin/env bash
# Fetches valkey-server from Debian's backports into a directory, and prints where it is: tests/bench/valkey.sh DIRECTORY
#
# Nothing is installed, and nothing of the machine's own apt is changed: lists and packages are in DIRECTORY. The mirror is the one
# that the machine's sources name. Where it has no backports, or no such package, the exit status is not 0.
set -euo pipefail

directory=$(mkdir -p "$1" && cd "$1" && pwd)
server=$directory/usr/bin/valkey-server
if [[ ! -x $server ]]; then
  # shellcheck source=/dev/null
  codename=$(. /etc/os-release && printf '%s' "$VERSION_CODENAME")
  mirror=$(apt-get indextargets --format "\$(SITE) \$(RELEASE)" | awk -v release="$codename" '$2 == release {print $1; exit}')
  [[ -n $mirror ]] || { echo "valkey: no mirror of $codename is known here" >&2; exit 1; }
  mkdir -p "$directory/lists/partial" "$directory/cache/archives/partial"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $codename-backports main" >"$directory/sources.list"
  options=(-o "Dir::State::Lists=$directory/lists" -o "Dir::Cache=$directory/cache" -o "Dir::Etc::sourcelist=$directory/sources.list"
    -o Dir::Etc::sourceparts=/dev/null -o APT::Sandbox::User=root)
  apt-get "${options[@]}" update >&2
  (cd "$directory" && apt-get "${options[@]}" download valkey-server valkey-tools >&2)
  for package in "$directory"/valkey-*.deb; do dpkg -x "$package" "$directory"; done
fi
"$server" --version >&2
echo "$server"
