#!/usr/bin/env bash
# Builds the image of deploy/Dockerfile without a container engine, and tries it: tests/image/run.sh
#
# (1) It is the Dockerfile itself that is built, by buildah, on a Debian 12 of our own (debian_root.sh) in place of
#     debian:bookworm-slim. Only the compiler cache of this machine is lent to it.
# (2) What is in the image is looked at here; that it works, as restricted as a cluster may run it, is restricted.sh's.
# (3) Nothing of it stays but build/debian-root.tar. Needs root.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
((EUID == 0)) || { echo "image: NOT TESTED: needs root, for namespaces and mounts" >&2; exit 1; }
deploy/install-packages.sh --ship

scratch=$(mktemp -d "${TMPDIR:-/tmp}/psync-relay-image.XXXXXX")
export STORAGE_DRIVER=overlay BUILDAH_ISOLATION=chroot
buildah() { command buildah --root "$scratch/storage" --runroot "$scratch/run" "$@"; }
clean_up() {
  buildah rm --all >/dev/null 2>&1 || true
  rm -rf "$scratch" || true
}
trap clean_up EXIT

say() { printf '▸ image: %s\n' "$*"; }
fail() { printf 'image: FAILED: %s\n' "$*" >&2; exit 1; }

say "a bare Debian 12"
tests/support/debian_root.sh build/debian-root.tar
# An overlay cannot lie on another one, as in a container; then every layer is a copy.
buildah from --name probe scratch >/dev/null 2>&1 || export STORAGE_DRIVER=vfs
buildah rm probe >/dev/null 2>&1 || true
cache=${CCACHE_DIR:-$HOME/.cache/ccache}
mkdir -p "$cache"
buildah from --name base scratch >/dev/null
buildah add -q base build/debian-root.tar / >/dev/null
buildah config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin --env CCACHE_DIR=/ccache \
  --env CMAKE_CXX_COMPILER_LAUNCHER=ccache --env CCACHE_BASEDIR=/src --env CCACHE_NOHASHDIR=1 base
buildah commit -q --rm base docker.io/library/debian:bookworm-slim >/dev/null

say "the Dockerfile"
version=$(sed -n 's/^project(psync-relay VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
build() {
  local started=$SECONDS
  if ! buildah bud --pull-never --format docker --timestamp 0 --volume "$cache:/ccache" -f deploy/Dockerfile \
    --build-arg "VERSION=$version" --build-arg REVISION=tested -t "$1" . >"$scratch/log" 2>&1; then
    tail -n 40 "$scratch/log" >&2
    fail "it does not build"
  fi
  say "built in $((SECONDS - started)) seconds"
}
build psync-relay
say "the same once more, from the beginning"
build again
files_of() {
  local mounted
  mounted=$(buildah mount "$(buildah from --pull-never "$1")")
  (cd "$mounted" && find . -mindepth 1 -printf '%p %y %m %U %G %T@ %l\n' | sort && find . -type f -print0 | sort -z | xargs -0 sha256sum)
}
files_of psync-relay >"$scratch/first"
files_of again >"$scratch/second"
diff "$scratch/first" "$scratch/second" >&2 || fail "built twice, it has not the same files"

container=$(buildah from --pull-never psync-relay)
root=$(buildah mount "$container")
[[ $(buildah inspect --type image --format '{{.OCIv1.Config.User}}' psync-relay) == 65532:65532 ]] || fail "not the user 65532"
inspected=$(buildah inspect --type image psync-relay)
for wanted in '"Healthcheck"' '"org.opencontainers.image.version": "'"$version"'"' \
  '"org.opencontainers.image.revision": "tested"'; do
  [[ $inspected == *"$wanted"* ]] || fail "the image has no $wanted"
done
size=$(du -s --apparent-size --block-size=1 "$root" | cut -f 1)
say "$((size / 1000)) kB in $(find "$root" -type f | wc -l) files"
((size < 40000000)) || fail "it is above 40 MB"
[[ -s $root/etc/ssl/certs/ca-certificates.crt ]] || fail "no certificates"
# Every program in it is ours or the loader.
while read -r program; do
  case ${program#"$root"} in
    /usr/bin/psync-relay | /lib*/ld-linux* | /usr/lib*/ld-linux* | *.so | *.so.*) ;;
    *) fail "${program#"$root"} has no business there" ;;
  esac
done < <(find "$root" -type f -perm /111)
writable=$(find "$root" -type d \( -user 65532 -o -perm -o=w \) -printf '/%P ')
[[ $writable == "/tmp /var/lib/psync-relay " || $writable == "/var/lib/psync-relay /tmp " ]] || fail "writable: $writable"
[[ $(find "$root/usr" "$root/etc" -newermt @1 | wc -l) == 0 ]] || fail "files are not of SOURCE_DATE_EPOCH"

say "restricted, with a master and three replicas"
unshare --net --mount tests/image/restricted.sh "$root" "$scratch" "$inspected"
say "all is well"
