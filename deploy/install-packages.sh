#!/usr/bin/env bash
# Installs the Debian 12 packages that this project needs: the one place that knows their names.
#
#   deploy/install-packages.sh [--build] [--test] [--lint] [--demo] [--api] [--page] [--chart] [--image]
#                              [--ship] [--print]
#
#   --build  to compile the relay and its tests        --lint   to check style, and to fuzz (clang)
#   --test   to run the tests                          --demo   to run deploy/quickstart.sh without an upstream
#   --api    to test the control API (Node)
#   --page   to test the status page (Chromium, Node)
#   --chart  to test the Helm chart and the manifests (Go, for the renderer; npm)
#   --image  in the builder of deploy/Dockerfile       --ship   to make and try the image and the package (.ci/run ship)
#   --print  only print the packages of the chosen sets, one per line
#
# (1) Where nothing is missing, nothing is done: no network, no root, no lock.
# (2) No service is started or enabled. redis-server, prometheus and prometheus-redis-exporter are wanted as programs; one that was
#     installed before, or is the user's own, is not touched.
# (3) Whatever was put in place for (2) is removed again, also when the installation fails.
#
# PSYNC_RELAY_SKIP_INSTALL=1 leaves it all to you, for systems other than Debian 12.
set -euo pipefail

build_set=(g++ cmake ninja-build libboost1.81-dev libyaml-cpp-dev prometheus-cpp-dev libssl-dev zlib1g-dev
  libgtest-dev libgmock-dev libbenchmark-dev liburing-dev)
test_set=(redis-server redis-tools prometheus prometheus-redis-exporter iproute2 nftables procps python3 python3-yaml ccache)
lint_set=(clang clang-format clang-tidy libclang-rt-14-dev shellcheck python3)
demo_set=(redis-server redis-tools)
api_set=(nodejs npm redis-server redis-tools python3)
chart_set=(golang-go golang-github-masterminds-sprig-dev golang-k8s-sigs-yaml-dev golang-github-xeipuuv-gojsonschema-dev
  yamllint prometheus redis-server redis-tools iproute2 util-linux curl nodejs npm)
page_set=(chromium nodejs npm fonts-dejavu-core)
image_set=(ca-certificates)
ship_set=(buildah crun debootstrap lintian dpkg-dev man-db systemd docker-compose redis-server redis-tools iproute2 procps python3
  ccache)

fail() {
  printf 'install-packages: %s\n' "$*" >&2
  exit 1
}

wanted=()
print_only=false
for argument in "$@"; do
  case $argument in
    --build) wanted+=("${build_set[@]}") ;;
    --test) wanted+=("${test_set[@]}") ;;
    --lint) wanted+=("${lint_set[@]}") ;;
    --demo) wanted+=("${demo_set[@]}") ;;
    --api) wanted+=("${api_set[@]}") ;;
    --chart) wanted+=("${chart_set[@]}") ;;
    --page) wanted+=("${page_set[@]}") ;;
    --image) wanted+=("${image_set[@]}") ;;
    --ship) wanted+=("${ship_set[@]}") ;;
    --print) print_only=true ;;
    -h | --help)
      sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"
      exit 0
      ;;
    *) fail "unknown argument: $argument (see --help)" ;;
  esac
done
((${#wanted[@]} > 0)) || fail "say what for: --build, --test, --lint, --demo, --api, --page, --chart, --image, --ship"
mapfile -t wanted < <(printf '%s\n' "${wanted[@]}" | sort -u)

if $print_only; then
  printf '%s\n' "${wanted[@]}"
  exit 0
fi
[[ ${PSYNC_RELAY_SKIP_INSTALL:-} != 1 ]] || exit 0

# Node.js has packages of its own that bring npm along and exclude Debian's.
is_installed() {
  if [[ $1 == npm ]] && command -v npm >/dev/null; then return 0; fi
  [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  fail "this system has no apt. Install what corresponds to these Debian 12 packages, then set" \
    "PSYNC_RELAY_SKIP_INSTALL=1: ${wanted[*]}"
fi

missing=()
for package in "${wanted[@]}"; do
  is_installed "$package" || missing+=("$package")
done
((${#missing[@]} > 0)) || exit 0

# shellcheck source=/dev/null
system=$(. /etc/os-release 2>/dev/null && printf '%s %s' "${ID:-unknown}" "${VERSION_ID:-?}") || system=unknown
[[ $system == "debian 12" ]] ||
  fail "this is $system, and the package names are those of Debian 12. Install what corresponds to the following," \
    "then set PSYNC_RELAY_SKIP_INSTALL=1: ${missing[*]}"

as_root=()
if ((EUID != 0)); then
  command -v sudo >/dev/null || fail "needs root or sudo to install: ${missing[*]}"
  as_root=(sudo)
fi

printf 'install-packages: installing %s\n' "${missing[*]}"

# While policy-rc.d answers 101, Debian's maintainer scripts start nothing. One that the user has is set aside and put back.
policy=/usr/sbin/policy-rc.d
policy_kept=$policy.kept-by-psync-relay
services=()  # that the missing packages bring, by unit

mark='# by psync-relay/deploy/install-packages.sh, while it runs'
holds_policy=false
log=$(mktemp)

restore() {
  rm -f "$log"
  $holds_policy || return 0
  holds_policy=false
  "${as_root[@]}" rm -f "$policy"
  if [[ -e $policy_kept || -L $policy_kept ]]; then
    "${as_root[@]}" mv -f "$policy_kept" "$policy"
  fi
}

forbid_starting() {
  holds_policy=true
  # A file with our mark is what a run that was killed has left: not the user's.
  if [[ -e $policy || -L $policy ]] && ! grep -qsF "$mark" "$policy"; then
    "${as_root[@]}" mv -f "$policy" "$policy_kept"
  fi
  printf '#!/bin/sh\n%s\nexit 101\n' "$mark" | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod 755 "$policy"
}

# A package enables its unit for the next boot, whatever policy-rc.d says.
disable_service() {
  if [[ -d /etc/systemd/system ]] && command -v deb-systemd-helper >/dev/null; then
    "${as_root[@]}" deb-systemd-helper disable "$1.service" >/dev/null 2>&1 || true
  fi
  "${as_root[@]}" update-rc.d "$1" disable >/dev/null 2>&1 || true
}

apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l \
    apt-get -q -y -o DPkg::Lock::Timeout=300 "$@"
}

install_missing() {
  apt install --no-install-recommends "${missing[@]}"
}

for package in "${missing[@]}"; do
  case $package in
    redis-server | prometheus | prometheus-redis-exporter) services+=("$package") ;;
  esac
done

trap restore EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
if ((${#services[@]} > 0)); then forbid_starting; fi

# The lists are fetched only when those that are here do not do.
if ! apt install --no-install-recommends --simulate "${missing[@]}" >"$log" 2>&1 || ! install_missing >"$log" 2>&1; then
  if ! { apt update && install_missing; } >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    fail "apt-get could not install: ${missing[*]}"
  fi
fi
for service in "${services[@]}"; do disable_service "$service"; done
