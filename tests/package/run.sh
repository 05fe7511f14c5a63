#!/usr/bin/env bash
# Makes the Debian package and tries it on a bare Debian 12: tests/package/run.sh
#
# (1) The package: lintian has nothing to say, the manual page says what --help says, the units are verified and as closed as they
#     can be.
# (2) Its life in a root of its own (life.sh): installed, started, upgraded in place without a full sync, removed, purged.
# (3) There is no systemd in that root. What the unit would start is started, as its user; what the unit keeps from the relay is
#     checked by systemd-analyze alone.
# (4) Nothing of it stays but build/. Needs root.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
((EUID == 0)) || { echo "package: NOT TESTED: needs root, for the Debian root" >&2; exit 1; }
deploy/install-packages.sh --build --ship
subject=package
scratch=$(mktemp -d "${TMPDIR:-/tmp}/psync-relay-package.XXXXXX")
# shellcheck source=tests/support/servers.sh
. tests/support/servers.sh
root=$scratch/root
clean_up() {
  umount -q "$root/proc" 2>/dev/null || true
  rm -rf --one-file-system "$scratch"
}
trap clean_up EXIT

if command -v ccache >/dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER-ccache} CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
fi
say "building"
cmake --preset release >/dev/null
cmake --build --preset release --parallel "$(nproc)" --target psync-relay package_documents >/dev/null
for release in 1 2; do
  (cd build/release && cpack -G DEB -B "$scratch/made" -D CPACK_DEBIAN_PACKAGE_RELEASE="$release") >"$scratch/log" 2>&1 ||
    { cat "$scratch/log" >&2; fail "cpack"; }
done
mv "$scratch"/made/*.deb "$scratch"
first=$(echo "$scratch"/psync-relay_*-1_*.deb)
second=$(echo "$scratch"/psync-relay_*-2_*.deb)
say "$(basename "$first"), $(($(stat -c %s "$first") / 1000)) kB"

say "lintian"
lintian --fail-on error,warning,info "$first" || fail "lintian has something to say"

say "the manual page"
dpkg-deb -x "$first" "$scratch/tree"
page=$scratch/tree/usr/share/man/man1/psync-relay.1.gz
rendered=$(MANWIDTH=200 man --warnings --no-hyphenation --no-justification -l "$page" 2>"$scratch/warnings" | col -bx)
[[ ! -s $scratch/warnings ]] || { cat "$scratch/warnings" >&2; fail "the manual page has mistakes"; }
words() { tr -s '[:space:]' '\n' | sed 's/[.,:;]*$//' | grep -E '[[:alnum:]]' | sort | uniq -c | awk '{print $2, $1}'; }
# Each word of the help is in the page as often at least; the page has headings and files besides. Headings are in capitals there.
missing=$(join -a 1 -e 0 -o '0 1.2 2.2' \
  <("$scratch/tree/usr/bin/psync-relay" --help | tr '[:upper:]' '[:lower:]' | grep -v '^usage:' | LC_ALL=C words | LC_ALL=C sort) \
  <(tr '[:upper:]' '[:lower:]' <<<"$rendered" | LC_ALL=C words | LC_ALL=C sort) | awk '$3 < $2')
[[ -z $missing ]] || fail "the manual page lacks words of --help:"$'\n'"$missing"

say "the units"
# On the whole tree of a system they must be right; what is missing in this one is the targets.
units=(psync-relay.service psync-relay.socket psync-relay-http.socket psync-relay-admin.socket)
tests/support/debian_root.sh build/debian-root.tar
mkdir "$root"
tar -C "$root" -xf build/debian-root.tar
tests/package/units.sh "$scratch/tree" "${units[@]}" || fail "the units"

cp "$first" "$second" "$root/"
mount -t proc proc "$root/proc"
cp /etc/resolv.conf "$root/etc/resolv.conf"
say "installing on a bare Debian 12"
in_root() { DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"; }
{ in_root apt-get -q update && in_root apt-get -q -y install --no-install-recommends "/$(basename "$first")"; } \
  >"$scratch/log" 2>&1 ||
  { tail -n 30 "$scratch/log" >&2; fail "it does not install"; }

unshare --net tests/package/life.sh "$root" "$scratch" "/$(basename "$second")"
say "all is well"
