#!/usr/bin/env bash
# The installed package at work: life.sh ROOT SCRATCH UPGRADE   (run.sh starts it in a network of its own)
#
# A real master and a real replica outside of the root, the relay inside, started as its unit would: the unit's ExecStart, as the
# unit's user. Upgraded, removed, purged.
set -euo pipefail

root=$1
scratch=$2
upgrade=$3
subject=package
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/servers.sh
. "$here/../support/servers.sh"
trap stop_servers EXIT
ip link set lo up

in_root() { DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"; }

unit=$root/lib/systemd/system/psync-relay.service
user=$(sed -n 's/^User=//p' "$unit")
read -ra command <<<"$(sed -n 's/^ExecStart=//p' "$unit")"
start_relay() {
  chroot --userspec="$user:$user" "$root" "${command[@]}" >>"$scratch/relay.log" 2>&1 &
  relay=$!
  servers+=("$relay")
}

[[ $(in_root stat -c '%U:%G %a' /var/lib/psync-relay) == "psync-relay:psync-relay 750" ]] ||
  fail "the data directory is not the user's"
[[ $(in_root stat -c '%U:%G %a' /etc/psync-relay) == "root:psync-relay 750" ]] || fail "the configuration is not the group's"
in_root dpkg-query -s psync-relay | grep -q '^ /etc/psync-relay/psync-relay.yaml ' || fail "no conffile"

say "started as $user: ${command[*]}"
start_server 6379
redis-benchmark -p 6379 -q -t set,lpush,hset -n 3000 -r 1000 -d 200 >/dev/null
start_relay
in_root psync-relay ctl --config /etc/psync-relay/psync-relay.yaml wait --ready --timeout 60s >"$scratch/log" 2>&1 ||
  { cat "$scratch/log" "$scratch/relay.log" >&2; fail "ctl waits in vain"; }
start_server 6381 --replicaof 127.0.0.1 6479
wait_until "an equal dataset" are_equal 6379 6381

say "upgraded in place under load"
printf '# mine\n' >>"$root/etc/psync-relay/psync-relay.yaml"
redis-benchmark -p 6379 -q -t set -n 200000 -r 1000 -d 200 >/dev/null &
load=$!
servers+=("$load")
in_root dpkg -i "$upgrade" >"$scratch/log" 2>&1 || { cat "$scratch/log" >&2; fail "it does not upgrade"; }
in_root dpkg-query -s psync-relay | grep -q '^Version: .*-2$' || fail "it is not the new version"
kill -0 "$relay" || fail "the upgrade has ended the relay"
# What systemd does next, at try-restart.
kill -TERM "$relay"
code=0
wait "$relay" || code=$?
((code == 0)) || { tail -n 20 "$scratch/relay.log" >&2; fail "it ended with $code"; }
start_relay
wait_until "readiness after the upgrade" is_answer 8479 /readyz 200
wait "$load"
wait_until "an equal dataset after the upgrade" are_equal 6379 6381
is_field 6379 sync_full 1 || fail "the upgrade cost the master a full sync"
[[ $(full_syncs_taken 6381) == 1 ]] || fail "the upgrade cost the replica a full sync"
[[ $(tail -n 1 "$root/etc/psync-relay/psync-relay.yaml") == "# mine" ]] || fail "the upgrade has overwritten the configuration"
kill -TERM "$relay"
wait "$relay"

say "removed, then purged"
in_root dpkg -r psync-relay >/dev/null 2>&1 || fail "it cannot be removed"
[[ ! -e $root/usr/bin/psync-relay ]] || fail "removing has left the program"
[[ -e $root/etc/psync-relay/psync-relay.yaml ]] || fail "removing has taken the configuration"
[[ -n $(ls "$root/var/lib/psync-relay") ]] || fail "removing has taken the data"
in_root dpkg -P psync-relay >/dev/null 2>&1 || fail "it cannot be purged"
left=$(find "$root" -xdev \( -path "$root/proc" -o -path "$root/var/log" -o -path "$root/psync-relay_*.deb" \) -prune -o \
  -name '*psync-relay*' -print)
[[ -z $left ]] || fail "purging has left $left"
if grep -q psync-relay "$root"/etc/{passwd,group,shadow}; then fail "purging has left the user"; fi
! in_root dpkg-query -s psync-relay >/dev/null 2>&1 || fail "dpkg still knows it"
