#!/usr/bin/env bash
# Sourced by tests that are shell scripts: redis-servers on the loopback of a network namespace of the test's own, so that ports
# are nobody else's, and waiting for conditions. `scratch` is a directory of the caller's, `subject` what messages begin with.

servers=()  # process ids

fail() {
  printf '%s: FAILED: %s\n' "${subject:?}" "$*" >&2
  exit 1
}

say() {
  printf '▸ %s: %s\n' "$subject" "$*"
}

stop_servers() {
  local pid
  for pid in "${servers[@]}"; do kill -KILL "$pid" 2>/dev/null || true; done
}

wait_until() {  # what, command...
  local what=$1 deadline=$((SECONDS + 60))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || fail "$what did not come within a minute"
    sleep 0.05
  done
}

ask() {  # port, command...
  redis-cli -h 127.0.0.1 -p "$@"
}

field() {  # port, name: of INFO
  ask "$1" info everything | tr -d '\r' | sed -n "s/^$2://p"
}

start_server() {  # port, more of its configuration...
  local port=$1
  shift
  mkdir -p "${scratch:?}/server-$port"
  redis-server --bind 127.0.0.1 --port "$port" --dir "$scratch/server-$port" --save '' --enable-debug-command yes \
    --repl-diskless-sync-delay 0 --repl-ping-replica-period 1 --repl-backlog-size 256mb "$@" >"$scratch/server-$port/log" 2>&1 &
  servers+=("$!")
  wait_until "the server on port $port" is_pong "$port"
}

is_pong() {
  [[ $(ask "$1" ping) == PONG ]]
}

is_field() {  # port, name, value
  [[ $(field "$1" "$2") == "$3" ]]
}

is_past() {  # port, offset
  (($(field "$1" master_repl_offset) > $2))
}

full_syncs_taken() {  # port of a replica that start_server has started
  grep -c 'Full resync from master' "$scratch/server-$1/log" || true
}

# The same replication offset, and then the same dataset.
are_equal() {  # ports; the master's first
  local port offset digest
  offset=$(field "$1" master_repl_offset)
  digest=$(ask "$1" debug digest)
  for port in "${@:2}"; do
    is_field "$port" master_link_status up && is_field "$port" master_repl_offset "$offset" || return 1
    [[ $(ask "$port" debug digest) == "$digest" ]] || return 1
  done
}

answers() {  # port, path: the status of a GET
  local status
  exec 9<>"/dev/tcp/127.0.0.1/$1" || return 1
  printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' "$2" >&9
  read -r _ status _ <&9
  exec 9>&-
  printf '%s\n' "$status"
}

is_answer() {  # port, path, status
  [[ $(answers "$1" "$2") == "$3" ]]
}
