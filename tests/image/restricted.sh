#!/usr/bin/env bash
# The image at work, without a privilege: restricted.sh ROOT SCRATCH INSPECTED   (run.sh starts it in a network of its own)
#
# The relay's container shares the network with a real master, as the containers of a pod do. Three real replicas; SIGTERM drains;
# a second container on the same volume is turned away by the lock.
set -euo pipefail

root=$1
scratch=$2
inspected=$3
subject=image
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/servers.sh
. "$here/../support/servers.sh"

crun() { command crun --root "$scratch/crun" --cgroup-manager=disabled "$@"; }
clean_up() {
  local status=$?
  if ((status != 0)) && [[ -s $scratch/relay.log ]]; then tail -n 30 "$scratch/relay.log" >&2; fi
  crun delete --force relay >/dev/null 2>&1 || true
  stop_servers
}
trap clean_up EXIT
ip link set lo up
# crun takes a host that has both kinds of control groups for one that it cannot use, though it is to use none. It sees none.
mount -t tmpfs none /sys/fs/cgroup

# As it is started where nobody says otherwise, but for the master's address.
mapfile -t command < <(python3 -c '
import json, sys
config = json.loads(sys.argv[1])["OCIv1"]["config"]
print("\n".join(config["Entrypoint"] + config["Cmd"]))' "$inspected")
data=$scratch/data
mkdir -p "$data"
chown 65532:65532 "$data"
python3 -B "$here/bundle.py" "$scratch/bundle" "$root" "$data" "$inspected" "${command[@]}" --upstream 127.0.0.1:6379

start_server 6379
redis-benchmark -p 6379 -q -t set,lpush,hset -n 3000 -r 1000 -d 200 >/dev/null
crun run --bundle "$scratch/bundle" relay >"$scratch/relay.log" 2>&1 &
relay=$!
wait_until "readiness" is_answer 8479 /readyz 200
for port in 6381 6382 6383; do start_server "$port" --replicaof 127.0.0.1 6479; done
redis-benchmark -p 6379 -q -t set,lpush,hset -n 3000 -r 1000 -d 200 >/dev/null
wait_until "equal datasets behind the relay" are_equal 6379 6381 6382 6383
is_field 6379 sync_full 1 || fail "the master was asked for more than one full sync"

status=$(cat "/proc/$(crun state relay | sed -n 's/.*"pid": *\([0-9]*\).*/\1/p')/status")
for wanted in 'NoNewPrivs:[[:space:]]*1' 'CapEff:[[:space:]]*0*$' 'CapBnd:[[:space:]]*0*$' 'Uid:[[:space:]]*65532[[:space:]]'; do
  grep -qE "^$wanted" <<<"$status" || fail "the container is not as restricted as it should be: $wanted"
done

say "the image's own health check, inside"
mapfile -t check < <(python3 -c '
import json, sys
print("\n".join(json.loads(sys.argv[1])["Docker"]["config"]["Healthcheck"]["Test"][1:]))' "$inspected")
((${#check[@]} > 0)) || fail "the image has no health check"
crun exec relay "${check[@]}" >"$scratch/check.log" 2>&1 || { cat "$scratch/check.log" >&2; fail "it is not healthy"; }

say "a second container on the same volume"
code=0
crun run --bundle "$scratch/bundle" second >"$scratch/second.log" 2>&1 || code=$?
((code == 75)) || { cat "$scratch/second.log" >&2; fail "the second container ended with $code, not 75"; }

say "SIGTERM under load"
redis-benchmark -p 6379 -q -t set -n 100000 -r 1000 -d 200 >/dev/null &
load=$!
servers+=("$load")
wait_until "the load at a replica" is_past 6381 "$(field 6379 master_repl_offset)"
crun kill relay TERM
code=0
wait "$relay" || code=$?
((code == 0)) || { tail -n 20 "$scratch/relay.log" >&2; fail "it ended with $code"; }
grep -q 'event=relay.stopped' "$scratch/relay.log" || { tail -n 20 "$scratch/relay.log" >&2; fail "it did not wind down"; }

say "the same volume again"
crun run --bundle "$scratch/bundle" relay >>"$scratch/relay.log" 2>&1 &
relay=$!
wait "$load"
wait_until "equal datasets after the restart" are_equal 6379 6381 6382 6383
is_field 6379 sync_full 1 || fail "the restart cost the master a full sync"
for port in 6381 6382 6383; do
  [[ $(full_syncs_taken "$port") == 1 ]] || fail "the restart cost the replica on port $port a full sync"
done
crun kill relay TERM
wait "$relay"

say "a master in TLS, whose CA is one of the system's"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=master -addext subjectAltName=IP:127.0.0.1 \
  -keyout "$scratch/tls.key" -out "$scratch/tls.crt" 2>/dev/null
cat "$scratch/tls.crt" >>"$root/etc/ssl/certs/ca-certificates.crt"
start_server 6390 --tls-port 6391 --tls-cert-file "$scratch/tls.crt" --tls-key-file "$scratch/tls.key" \
  --tls-ca-cert-file "$scratch/tls.crt" --tls-auth-clients no
mkdir "$scratch/data-tls"
chown 65532:65532 "$scratch/data-tls"
python3 -B "$here/bundle.py" "$scratch/bundle-tls" "$root" "$scratch/data-tls" "$inspected" "${command[@]}" \
  --upstream 127.0.0.1:6391 --set upstream.tls=yes
crun run --bundle "$scratch/bundle-tls" relay >"$scratch/relay.log" 2>&1 &
relay=$!
wait_until "readiness behind a master in TLS" is_answer 8479 /readyz 200
crun kill relay TERM
wait "$relay"
