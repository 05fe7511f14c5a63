#!/usr/bin/env bash
# Fetches a program from another Debian suite, and prints where it is: tests/support/from_suite.sh DIRECTORY SUITE PACKAGE PROGRAM
#
#   tests/support/from_suite.sh build/suites sid prometheus usr/bin/prometheus
#
# (1) Nothing is installed, and nothing of the machine's own apt is changed: lists and packages are in DIRECTORY. The mirror is
#     the one that the machine's sources name, and apt verifies what comes from it, by Debian's keys.
# (2) Only for programs that need no library of that suite, as those written in Go.
# (3) One call at a time fetches; what has been fetched stays, and a later call needs no network.
#
# Where the mirror, the suite or the package cannot be had, the exit status is not 0, and standard error says what was tried.
set -euo pipefail

(($# == 4)) || { echo "usage: from_suite.sh DIRECTORY SUITE PACKAGE PROGRAM" >&2; exit 2; }
directory=$(mkdir -p "$1/$2" && cd "$1/$2" && pwd)
suite=$2 package=$3
program=$directory/$package/$4

exec 9>"$directory/lock"
flock 9
if [[ ! -x $program ]]; then
  # shellcheck source=/dev/null
  codename=$(. /etc/os-release && printf '%s' "$VERSION_CODENAME")
  mirror=$(apt-get indextargets --format "\$(SITE) \$(RELEASE)" | awk -v release="$codename" '$2 == release {print $1; exit}')
  [[ -n $mirror ]] || { echo "from_suite: no mirror of $codename is known here" >&2; exit 1; }
  mkdir -p "$directory/lists/partial" "$directory/cache/archives/partial"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$directory/sources.list"
  options=(-o "Dir::State::Lists=$directory/lists" -o "Dir::Cache=$directory/cache" -o "Dir::Etc::sourcelist=$directory/sources.list"
    -o Dir::Etc::sourceparts=/dev/null -o APT::Sandbox::User=root -o Acquire::Languages=none -o APT::Update::Error-Mode=any
    -o Acquire::http::Timeout=20 -o Acquire::Retries=1)
  apt-get -q "${options[@]}" update >&2
  fetched=$(mktemp -d "$directory/$package.XXXXXX")
  trap 'rm -rf "$fetched"' EXIT
  (cd "$fetched" && apt-get -q "${options[@]}" download "$package" >&2)
  dpkg -x "$fetched/$package"_*.deb "$fetched/root"
  rm -rf "${directory:?}/$package"
  mv "$fetched/root" "$directory/$package"
fi
[[ -x $program ]] || { echo "from_suite: $package of $suite has no $4" >&2; exit 1; }
echo "$program"
