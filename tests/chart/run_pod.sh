#!/usr/bin/env bash
# Runs a relay as its pod would, and lets a real master and a real replica use it: run_pod.sh DIRECTORY BINARY
#
# DIRECTORY is what pods.mjs laid out. The relay sees it as its root: read-only but for the data directory, as user 65532, without
# capabilities, with the arguments and the environment of the manifest and no other. It has a network namespace of its own, 192.0.2.2;
# the master (or, for a sidecar, only the replica) is in another, 192.0.2.1. All of it ends with this script: the processes are in
# a namespace of their own, whose first process this is.
#
# Without root, the relay's user is this one, as root of a user namespace.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin

directory=$(realpath "$1")
binary=$(realpath "$2")
name=$(basename "$directory")

if [[ ${3:-} != inside ]]; then
  as_root=()
  ((EUID == 0)) || as_root=(--user --map-root-user)
  exec unshare "${as_root[@]}" --mount --net --pid --fork --kill-child bash "$0" "$directory" "$binary" inside "$EUID"
fi

user=65532
[[ $4 == 0 ]] || user=0
upstream_host='' upstream_port='' upstream_user='' upstream_password='' upstream_tls='' sentinel='' sentinel_master=''
sentinel_password='' listen_port='' listen_password='' listen_tls='' http_port='' admin_port='' admin_token=''
certificates=$directory/../../certificates
# shellcheck source=/dev/null
. "$directory/facts"
scratch=$directory/run
mkdir -p "$scratch"
mount -t tmpfs tmpfs "$scratch"
mount -t proc proc /proc

fail() {
  printf 'run_pod: %s: %s\n' "$name" "$*" >&2
  tail -n 15 "$scratch"/*.log >&2 || true
  exit 1
}

# Until the command succeeds, at most 20 seconds.
until_so() {
  local what=$1 end=$((SECONDS + 20))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < end)) || fail "$what"
    kill -0 "$relay" 2>/dev/null || fail "the relay ended"
    sleep 0.05
  done
}

# The container's root.
root=$scratch/root
mkdir "$root"
mount -t tmpfs -o mode=0755 tmpfs "$root"
mkdir -p "$root"/{usr/bin,usr/lib,usr/lib64,etc,run,var/lib,proc,dev}
cp -a "$directory/root/." "$root/"
ln -s usr/lib "$root/lib"
ln -s usr/lib64 "$root/lib64"
touch "$root/usr/bin/psync-relay" "$root/dev/null"
mount --bind "$binary" "$root/usr/bin/psync-relay"
mount --bind /dev/null "$root/dev/null"
for library in lib lib64; do
  [[ ! -d /usr/$library ]] || mount --rbind "/usr/$library" "$root/usr/$library"
done
printf '192.0.2.1 %s %s\n127.0.0.1 localhost\n' "$upstream_host" "${sentinel%:*}" >"$root/etc/hosts"
if [[ -d $root/run/secrets ]]; then
  chown -R "$user:$user" "$root/run/secrets"
  chmod -R u=rX,go= "$root/run/secrets"
fi
mount -t proc proc "$root/proc"
mount -o remount,bind,ro "$root"
mount -t tmpfs -o "uid=$user,gid=$user,mode=0700" tmpfs "$root/var/lib/psync-relay"

mapfile -t arguments <"$directory/args"
mapfile -t environment <"$directory/env"
# chroot itself needs capabilities; with the change of user they are gone.
become=()
((user == 0)) || become=("--userspec=$user:$user")
run_relay=(env -i "${environment[@]}" "$(command -v setpriv)" "--bounding-set=-all,+sys_chroot,+setuid,+setgid" --no-new-privs
  "$(command -v chroot)" "${become[@]}" "$root" /usr/bin/psync-relay "${arguments[@]}")

# The pod's network.
ip link set lo up
unshare --net sleep infinity &
holder=$!
end=$((SECONDS + 20))
until [[ $(readlink "/proc/$holder/ns/net") != "$(readlink /proc/self/ns/net)" ]]; do
  ((SECONDS < end)) || fail "the network of the pod"
  sleep 0.01
done
in_pod=(nsenter "--net=/proc/$holder/ns/net")
ip link add eth0 type veth peer name eth0 netns "$holder"
ip address add 192.0.2.1/24 dev eth0
ip link set eth0 up
# A master that has an address for a name.
case $upstream_host in
  127.0.0.1) ;;
  *:*)
    ip address add "$upstream_host/128" dev eth0 nodad
    ip route add 2001:db8::2/128 dev eth0
    "${in_pod[@]}" ip address add 2001:db8::2/128 dev eth0 nodad
    "${in_pod[@]}" ip link set eth0 up
    "${in_pod[@]}" ip route add "$upstream_host/128" dev eth0 src 2001:db8::2
    ;;
  *[!0-9.]*) ;;
  *) ip address add "$upstream_host/32" dev eth0 ;;
esac
"${in_pod[@]}" ip link set lo up
"${in_pod[@]}" ip address add 192.0.2.2/24 dev eth0
"${in_pod[@]}" ip link set eth0 up
"${in_pod[@]}" ip route add default via 192.0.2.1

"${in_pod[@]}" "${run_relay[@]}" --check-config >"$scratch/check.log" 2>&1 || fail "--check-config refuses the configuration"
# What it cautions against is the user's choice (no password, a port for changes), or a mistake of ours.
if grep -vE '^the configuration is good$|there is no listen\.password|the token crosses the network' "$scratch/check.log"; then fail "--check-config has a caution"; fi

# The relay first, as a native sidecar starts; the master later.
"${in_pod[@]}" "${run_relay[@]}" >"$scratch/relay.log" 2>&1 &
relay=$!
until_so "/livez before there is a master" curl -fsS --max-time 2 "http://192.0.2.2:$http_port/livez"
curl -fsS --max-time 2 "http://192.0.2.2:$http_port/readyz" >/dev/null 2>&1 && fail "it is ready without ever having had a master"

master_in=()
master_at=192.0.2.1
redis_flags=(--bind "*" "-::*")
if [[ $upstream_host == 127.0.0.1 ]]; then
  master_in=("${in_pod[@]}")
  master_at=127.0.0.1
  redis_flags=(--bind 127.0.0.1)
fi
redis_flags+=(--port "$upstream_port" --save "" --dir "$scratch" --repl-diskless-sync-delay 0)
if [[ -n $upstream_user ]]; then
  redis_flags+=(--user "$upstream_user" on ">$upstream_password" +psync +replconf +ping --protected-mode no)
elif [[ -n $upstream_password ]]; then
  redis_flags+=(--requirepass "$upstream_password")
else
  redis_flags+=(--protected-mode no)
fi
certificate=(--tls-ca-cert-file "$certificates/ca.crt" --tls-cert-file "$certificates/tls.crt" --tls-key-file "$certificates/tls.key")
master_tls=()
if [[ $upstream_tls == yes ]]; then
  # It wants a certificate of the relay as well.
  redis_flags+=(--port 0 --tls-port "$upstream_port" "${certificate[@]}")
  master_tls=(--tls --cacert "$certificates/ca.crt" --cert "$certificates/tls.crt" --key "$certificates/tls.key")
fi
"${master_in[@]}" redis-server "${redis_flags[@]}" >"$scratch/master.log" 2>&1 &
if [[ -n $sentinel ]]; then
  {
    printf 'port %s\nprotected-mode no\ndir %s\n' "${sentinel##*:}" "$scratch"
    printf 'sentinel monitor %s 192.0.2.1 %s 1\n' "$sentinel_master" "$upstream_port"
    [[ -z $sentinel_password ]] || printf 'requirepass %s\n' "$sentinel_password"
    [[ -z $upstream_password ]] || printf 'sentinel auth-pass %s %s\n' "$sentinel_master" "$upstream_password"
  } >"$scratch/sentinel.conf"
  redis-server "$scratch/sentinel.conf" --sentinel >"$scratch/sentinel.log" 2>&1 &
fi
ask_master() {
  local authentication=()
  # The ACL user is the relay's; the default user has no password then.
  [[ -z $upstream_password || -n $upstream_user ]] || authentication=("REDISCLI_AUTH=$upstream_password")
  "${master_in[@]}" env "${authentication[@]}" redis-cli "${master_tls[@]}" -h "$master_at" -p "$upstream_port" "$@"
}
until_so "the master" ask_master ping
ask_master set key "of $name" >/dev/null
until_so "/readyz with a master" curl -fsS --max-time 2 "http://192.0.2.2:$http_port/readyz"
curl -fsS --max-time 2 "http://192.0.2.2:$http_port/metrics" >"$scratch/metrics" || fail "/metrics"
grep -q '^psync_relay_upstream_up 1$' "$scratch/metrics" || fail "/metrics: no link"

# A replica in the other namespace, as one in another pod.
replica_flags=(--bind 127.0.0.1 --port 6399 --save "" --dir "$scratch" --replicaof 192.0.2.2 "$listen_port")
[[ -z $listen_password ]] || replica_flags+=(--masterauth "$listen_password")
replica_tls=()
if [[ $listen_tls == yes ]]; then
  replica_flags+=(--tls-replication yes "${certificate[@]}")
  replica_tls=(--tls --cacert "$certificates/ca.crt" --cert "$certificates/tls.crt" --key "$certificates/tls.key")
fi
redis-server "${replica_flags[@]}" >"$scratch/replica.log" 2>&1 &
has_key() { [[ $(redis-cli -p 6399 get key) == "of $name" ]]; }
until_so "the replica behind the relay has what the master has" has_key
if [[ -n $listen_password ]]; then
  [[ $(redis-cli "${replica_tls[@]}" -h 192.0.2.2 -p "$listen_port" info replication 2>&1) == NOAUTH* ]] || fail "it answers without a password"
fi
if [[ $listen_tls == yes ]] && redis-cli -h 192.0.2.2 -p "$listen_port" ping >"$scratch/plain.log" 2>&1 && grep -q PONG "$scratch/plain.log"; then
  fail "it answers without TLS"
fi
if [[ -n $admin_port ]]; then
  admin=(curl -sS --max-time 2 -o /dev/null -w '%{http_code}' -H 'Content-Type: application/json' -d '{}' "http://192.0.2.2:$admin_port/v1/upstream/reconnect")
  [[ $("${admin[@]}") == 401 ]] || fail "the admin port takes a change without a token"
  [[ $("${admin[@]}" -H "Authorization: Bearer $admin_token") == 20[02] ]] || fail "the admin port refuses its token"
fi
kill -TERM "$relay"
wait "$relay" || fail "it did not end with 0"
echo "run_pod: $name: ok"
