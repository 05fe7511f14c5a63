#!/usr/bin/env bash
# A bare Debian 12 as a tar file: debian_root.sh FILE
#
# From the same mirror as the machine's own packages. A file that is there is left as it is, so that the test of the image and that
# of the package share one. ccache is in it for the image's builder, whose compiler may then find what was compiled before.
set -euo pipefail

file=$1
[[ ! -s $file ]] || exit 0
mirror=$(apt-cache policy base-files | grep -oE 'https?://[^ ]+/debian(/|\b)' | head -n 1) || true
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$(dirname "$file")"
debootstrap --variant=minbase --include=ca-certificates,ccache bookworm "$scratch/debian" ${mirror:+"$mirror"} \
  >"$scratch/log" 2>&1 || {
  tail -n 20 "$scratch/log" >&2
  exit 1
}
printf '#!/bin/sh\nexit 101\n' >"$scratch/debian/usr/sbin/policy-rc.d"
chmod 755 "$scratch/debian/usr/sbin/policy-rc.d"
rm -rf "$scratch"/debian/var/cache/apt/archives/*.deb
tar -C "$scratch/debian" --one-file-system -cf "$file.partial" .
mv "$file.partial" "$file"
