#!/usr/bin/env bash
# The image's root file system, made inside its builder: make_root.sh BINARY ROOT
#
# (1) The program without its debug information, the shared libraries it is linked with, the loader, certificates, names for the
#     user: nothing else. There is no shell, and nothing that a package's script would run.
# (2) For each package that a file came from there is a /var/lib/dpkg/status.d entry, where scanners look for what is installed in
#     an image without a package manager.
# (3) All times are SOURCE_DATE_EPOCH, all owners are root: the same builder and source give the same bytes.
set -euo pipefail

binary=$1
root=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
epoch=${SOURCE_DATE_EPOCH:-0}

put() {  # file, where it goes
  mkdir -p "$root${2%/*}"
  cp -L "$1" "$root$2"
}

describe() {  # the package of a file
  local package
  # Libraries may be known to dpkg by the path that they had before /lib became a link.
  package=$(dpkg-query -S "$1" 2>/dev/null || dpkg-query -S "${1#/usr}" 2>/dev/null || dpkg-query -S "/usr$1")
  package=${package%%: *}
  mkdir -p "$root/var/lib/dpkg/status.d"
  dpkg-query -s "$package" >"$root/var/lib/dpkg/status.d/${package%%:*}"
}

mkdir -p "$root/usr/bin" "$root/etc" "$root/tmp"
chmod 1777 "$root/tmp"
strip -o "$root/usr/bin/psync-relay" "$binary"
put "$here/psync-relay.yaml" /etc/psync-relay/psync-relay.yaml

while read -r library; do
  put "$library" "$library"
  describe "$library"
done < <(ldd "$root/usr/bin/psync-relay" | grep -oE '/[^ ]+' | sort -u)

put /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
dpkg-query -s ca-certificates >"$root/var/lib/dpkg/status.d/ca-certificates"
put /etc/os-release /etc/os-release
printf 'root:x:0:0:root:/root:/sbin/nologin\npsync-relay:x:65532:65532::/var/lib/psync-relay:/sbin/nologin\n' >"$root/etc/passwd"
printf 'root:x:0:\npsync-relay:x:65532:\n' >"$root/etc/group"
# Names in /etc/hosts count, whatever a name server says.
printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"

find "$root" -exec touch -h -d "@$epoch" {} +
