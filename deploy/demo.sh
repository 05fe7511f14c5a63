#!/usr/bin/env bash
# The demo: a redis-server master with some data and a trickle of writes, the relay behind it, three replicas behind the relay,
# and one live line per node. Run it through quickstart.sh, which builds the relay first.
#
#   deploy/demo.sh BINARY SECONDS|forever [RELAY FLAGS]
#
# (1) Every port is a free one, every file is in one temporary directory, every process is known by its id.
# (2) Ctrl-C, SIGTERM, a hang-up, an error and the end of SECONDS all stop the processes and remove the directory.
# (3) A relay that dies is started again on the same directory, so that `kill -9` shows what it costs: no full sync.
# (4) With SECONDS the exit status tells whether every node was in step at the end (it waits up to 30 seconds more for that).
#
# On a terminal the lines are redrawn in place; elsewhere they are appended, one key=value line per node and second.
# Long because: it is one program to read from top to bottom, and half of it is data and looks.
set -euo pipefail

(($# >= 2)) || { echo "usage: deploy/demo.sh BINARY SECONDS|forever [RELAY FLAGS]; see deploy/quickstart.sh" >&2; exit 2; }
binary=$(realpath "$1")
duration=$2
relay_flags=("${@:3}")

nodes=(master relay replica-1 replica-2 replica-3)
declare -A port pid state offset lag keys memory
http_port=
directory=
restarts=0
relay_started=0
full_syncs=0 forks=0 commands=0 relay_full_syncs=0 relay_partial_syncs=0

# --- what it looks like -----------------------------------------------------------------------------------------------------

redraws=false
[[ ! -t 1 || ${TERM:-dumb} == dumb ]] || redraws=true
bold='' dim='' red='' green='' yellow='' plain=''
if $redraws && [[ -z ${NO_COLOR:-} ]]; then
  bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' yellow=$'\e[33m' plain=$'\e[0m'
fi

# The tree's branches, each with its width: printf counts bytes, not columns.
declare -A branch=([master]='' [relay]='`-' [replica-1]='  |-' [replica-2]='  |-' [replica-3]='  `-')
declare -A branch_width=([master]=0 [relay]=2 [replica-1]=4 [replica-2]=4 [replica-3]=4)
dot='*' arrow='>'
locale=${LC_ALL:-${LC_CTYPE:-${LANG:-}}}
if [[ ${locale,,} == *utf-8* || ${locale,,} == *utf8* ]]; then
  branch=([master]='' [relay]='└─' [replica-1]='  ├─' [replica-2]='  ├─' [replica-3]='  └─')
  dot='●' arrow='▸'
fi

say() {
  printf '%s %s\n' "$arrow" "$*"
}

fail() {
  printf 'demo: %s\n' "$*" >&2
  exit 1
}

# --- processes --------------------------------------------------------------------------------------------------------------

is_alive() {  # node
  [[ -n ${pid[$1]:-} ]] && kill -0 "${pid[$1]}" 2>/dev/null
}

any_alive() {
  local node
  for node in "${nodes[@]}"; do
    if is_alive "$node"; then return 0; fi
  done
  return 1
}

stop_all() {
  local status=$? node waited
  trap - EXIT
  trap '' INT TERM HUP PIPE
  set +e  # a terminal that is gone must not keep the rest from being done
  if $redraws; then printf '\e[?7h\e[?25h\n'; fi
  for node in replica-3 replica-2 replica-1 relay master; do
    if is_alive "$node"; then kill -TERM "${pid[$node]}"; fi
  done
  for ((waited = 0; waited < 100; ++waited)); do
    any_alive || break
    sleep 0.1
  done
  for node in "${nodes[@]}"; do
    if is_alive "$node"; then kill -KILL "${pid[$node]}"; fi
  done
  [[ -z $directory ]] || rm -rf "$directory"
  say "stopped; nothing of the demo is left" 2>/dev/null
  exit "$status"
}

trap stop_all EXIT
trap 'exit 0' INT TERM HUP PIPE

# A session of its own keeps the terminal's Ctrl-C from the servers (stop_all stops them in order), and a job that the shell has
# disowned can be killed without the shell writing about it into the picture.
launch() {  # node, command...
  local node=$1
  shift
  setsid "$@" >>"$directory/$node.log" 2>&1 </dev/null &
  pid[$node]=$!
  disown "$!"
}

taken=' '
free_port=

pick_port() {  # sets free_port
  local tries
  for ((tries = 0; tries < 200; ++tries)); do
    free_port=$((20000 + RANDOM % 12000))  # below those that outgoing connections get
    [[ $taken != *" $free_port "* ]] || continue
    taken+="$free_port "
    if ! (: <"/dev/tcp/127.0.0.1/$free_port") 2>/dev/null; then return 0; fi
  done
  fail "found no free port between 20000 and 32000"
}

ask() {  # node, command...: what it answers, nothing if it does not
  local node=$1
  shift
  timeout 2 redis-cli -h 127.0.0.1 -p "${port[$node]}" "$@" 2>/dev/null || true
}

comes_up() {  # node
  local tries
  for ((tries = 0; tries < 100; ++tries)); do
    is_alive "$1" || return 1
    [[ $(ask "$1" ping) != PONG ]] || return 0
    sleep 0.1
  done
  return 1
}

# A port that was free may be taken by the time it is used: that server ends at once, and another port is tried.
start() {  # node, the function that launches it
  local node=$1 tries
  for ((tries = 0; tries < 3; ++tries)); do
    pick_port
    port[$node]=$free_port
    "$2" "$node"
    if comes_up "$node"; then return 0; fi
    if is_alive "$node"; then kill -KILL "${pid[$node]}" || true; fi
  done
  give_up_on "$node"
}

give_up_on() {  # node
  printf '%s--- the last lines of the log of %s:%s\n' "$dim" "$1" "$plain" >&2
  tail -n 15 "$directory/$1.log" >&2
  fail "$1 does not stay up"
}

launch_master() {
  mkdir -p "$directory/$1"
  launch "$1" redis-server --port "${port[$1]}" --bind 127.0.0.1 --daemonize no --dir "$directory/$1" \
    --save '' --appendonly no --repl-diskless-sync-delay 0
}

launch_replica() {
  mkdir -p "$directory/$1"
  launch "$1" redis-server --port "${port[$1]}" --bind 127.0.0.1 --daemonize no --dir "$directory/$1" \
    --save '' --appendonly no --replicaof 127.0.0.1 "${port[relay]}"
}

launch_relay() {
  launch relay "$binary" --upstream "127.0.0.1:${port[master]}" --listen "127.0.0.1:${port[relay]}" \
    --http "127.0.0.1:$http_port" --data-dir "$directory/relay" "${relay_flags[@]}"
  relay_started=$SECONDS
}

launch_first_relay() {
  pick_port
  http_port=$free_port
  launch_relay
}

relaunch_dead_relay() {
  if is_alive relay; then return 0; fi
  ((SECONDS - relay_started >= 2)) || ((restarts < 3)) || give_up_on relay
  ((++restarts))
  launch_relay
}

# --- data -------------------------------------------------------------------------------------------------------------------

write_data() {
  awk 'BEGIN {
    for (i = 0; i < 2000; ++i) printf "SET user:%d:name name-%d\n", i, i
    for (i = 0; i < 500; ++i) printf "HSET session:%d user %d seen %d ip 192.0.2.%d\n", i, i * 3, 1700000000 + i, i % 250
    for (i = 0; i < 500; ++i) printf "RPUSH queue:%d a%d b%d c%d\n", i % 50, i, i, i
    for (i = 0; i < 500; ++i) printf "SADD tag:%d %d %d\n", i % 40, i, i * 7
    for (i = 0; i < 500; ++i) printf "ZADD board:%d %d player-%d\n", i % 20, i * 13 % 997, i
    for (i = 0; i < 300; ++i) printf "XADD events:%d * kind click page %d\n", i % 10, i
    for (i = 0; i < 300; ++i) printf "SET token:%d t%d EX 86400\n", i, i
    print "PFADD visitors a b c d e f g"
    print "SELECT 1"
    for (i = 0; i < 300; ++i) printf "SET cache:%d %d\n", i, i * i
  }' | redis-cli -h 127.0.0.1 -p "${port[master]}" >/dev/null
}

trickle() {  # number of this tick
  ask master >/dev/null <<COMMANDS
SET clock $SECONDS
INCR ticks
HSET session:$((RANDOM % 500)) seen $((1700000000 + $1))
RPUSH queue:$((RANDOM % 50)) item-$1
LPOP queue:$((RANDOM % 50))
MULTI
ZINCRBY board:$((RANDOM % 20)) 1 player-$((RANDOM % 500))
XADD events:$((RANDOM % 10)) MAXLEN ~ 1000 * kind tick n $1
EXEC
SET token:$((RANDOM % 300)) t$1 EX 3600
COMMANDS
}

# --- looking at the nodes ---------------------------------------------------------------------------------------------------

field() {  # name, text of INFO
  local rest=${2#*$'\n'"$1":}
  [[ $rest != "$2" ]] || return 0
  rest=${rest%%$'\n'*}
  printf '%s' "${rest%$'\r'}"
}

key_count() {  # text of INFO
  local line sum=0
  while read -r line; do
    if [[ $line =~ ^db[0-9]+:keys=([0-9]+) ]]; then sum=$((sum + BASH_REMATCH[1])); fi
  done <<<"$1"
  printf '%d' "$sum"
}

resident() {  # node
  local kb
  kb=$(awk '/^VmRSS:/ {print $2}' "/proc/${pid[$1]}/status" 2>/dev/null) || true
  [[ -z $kb ]] || printf '%d.%d MB' $((kb / 1024)) $((kb % 1024 * 10 / 1024))
}

# The master first: what the others have beyond its answer is no lag.
look() {
  local node
  for node in "${nodes[@]}"; do
    state[$node]=down offset[$node]='' lag[$node]='' keys[$node]='' memory[$node]=''
    if is_alive "$node"; then look_at "$node"; fi
  done
}

look_at() {
  local node=$1 info
  memory[$node]=$(resident "$node")
  info=$'\n'$(ask "$node" info)
  if [[ $info != *$'\n'role:* ]]; then
    state[$node]=starting
    return 0
  fi
  case $node in
    master)
      state[$node]=master
      offset[$node]=$(field master_repl_offset "$info")
      keys[$node]=$(key_count "$info")
      full_syncs=$(field sync_full "$info")
      forks=$(field total_forks "$info")
      commands=$(field instantaneous_ops_per_sec "$info")
      return 0
      ;;
    relay)
      relay_full_syncs=$(field sync_full "$info")
      relay_partial_syncs=$(field sync_partial_ok "$info")
      keys[$node]=none
      ;;
    *) keys[$node]=$(key_count "$info") ;;
  esac
  offset[$node]=$(field slave_repl_offset "$info")
  if [[ $(field master_link_status "$info") == up ]]; then
    state[$node]=streaming
  elif [[ $(field master_sync_in_progress "$info") == 1 ]]; then
    state[$node]='full sync'
  else
    state[$node]=connecting
  fi
  if [[ ${offset[master]} =~ ^[0-9]+$ && ${offset[$node]} =~ ^[0-9]+$ ]]; then
    lag[$node]=$((offset[master] > offset[$node] ? offset[master] - offset[$node] : 0))
  fi
}

all_in_step() {
  local node
  for node in "${nodes[@]:1}"; do
    [[ ${state[$node]} == streaming && ${keys[$node]} =~ ^(none|${keys[master]})$ ]] || return 1
  done
}

# --- showing them -----------------------------------------------------------------------------------------------------------

grouped() {  # 1234567 as 1 234 567
  local n=$1 out=
  while ((${#n} > 3)); do
    out=" ${n: -3}$out"
    n=${n:0:${#n}-3}
  done
  printf '%s' "$n$out"
}

bytes() {
  if [[ -z $1 ]]; then
    printf '%s' -
  elif (($1 < 10000)); then
    printf '%d B' "$1"
  elif (($1 < 10000000)); then
    printf '%d kB' $(($1 / 1000))
  else
    printf '%d MB' $(($1 / 1000000))
  fi
}

times() {  # 3 'full sync' -> 3 full syncs
  local n=${1:-?}
  if [[ $n == 1 ]]; then printf '%s %s' "$n" "$2"; else printf '%s %ss' "$n" "$2"; fi
}

colour_of() {  # state
  case $1 in
    master | streaming) printf '%s' "$green" ;;
    down) printf '%s' "$red" ;;
    *) printf '%s' "$yellow" ;;
  esac
}

running_for() {
  printf '%d:%02d' $((SECONDS / 60)) $((SECONDS % 60))
}

introduce() {
  local r=${port[relay]}
  cat <<TEXT

  ${bold}One master, one relay, three replicas,${plain} and a trickle of writes to the master.
  In another terminal:

    redis-cli -p ${port[master]} set greeting hello   ${dim}write to the master${plain}
    redis-cli -p ${port["replica-3"]} get greeting         ${dim}read it behind the relay${plain}
    redis-cli -p $r info replication     ${dim}what the relay says of itself${plain}
    redis-cli -p $r --rdb backup.rdb     ${dim}a backup, no fork on the master${plain}
    http://127.0.0.1:$http_port/             ${dim}the status page, in a browser${plain}
    curl http://127.0.0.1:$http_port/metrics     ${dim}also /livez and /readyz${plain}
    kill -9 ${dim}<pid of the relay>${plain}              ${dim}it comes back, nobody syncs in full${plain}

  All listen on 127.0.0.1; files are in $directory.
  ${bold}Ctrl-C${plain} stops and removes all of it.

TEXT
}

lines_drawn=0

line() {  # format, arguments...; wipes what is left of the old line
  # shellcheck disable=SC2059
  printf "$1\e[K\n" "${@:2}"
  ((++lines_drawn))
}

draw() {
  local node colour
  printf '\e[?25l\e[?7l'  # no cursor, and no wrapping: a wrapped line would spoil the count of lines
  if ((lines_drawn > 0)); then printf '\e[%dA' "$lines_drawn"; fi
  lines_drawn=0
  line "$dim  %-15s %5s %7s  %-10s %10s %7s %5s %8s$plain" node port pid state offset lag keys memory
  for node in "${nodes[@]}"; do
    colour=$(colour_of "${state[$node]}")
    line "  $dim%s$plain$colour%s$plain $bold%-*s$plain %5s %7s  $colour%-10s$plain %10s %7s %5s %8s" \
      "${branch[$node]}" "$dot" $((13 - branch_width[$node])) "$node" "${port[$node]}" "${pid[$node]}" "${state[$node]}" \
      "$(grouped "${offset[$node]:--}")" "$(bytes "${lag[$node]}")" "${keys[$node]:--}" "${memory[$node]:--}"
  done
  line ''
  line "  %-7s master  $bold%s$plain served, %s, %s per second" "$(running_for)" "$(times "$full_syncs" 'full sync')" \
    "$(times "$forks" fork)" "$(times "$commands" command)"
  line "  %-7s relay   %s and %s served, restarted %s" '' "$(times "$relay_full_syncs" 'full sync')" \
    "$(times "$relay_partial_syncs" 'partial sync')" "$(times "$restarts" time)"
  printf '\e[?7h'
}

append() {
  local node
  for node in "${nodes[@]}"; do
    printf '%s node=%s address=127.0.0.1:%s pid=%s state="%s" offset=%s lag=%s keys=%s memory="%s"\n' \
      "$(running_for)" "$node" "${port[$node]}" "${pid[$node]}" \
      "${state[$node]}" "${offset[$node]:--}" "${lag[$node]:--}" "${keys[$node]:--}" "${memory[$node]:--}"
  done
  printf '%s master_full_syncs=%s master_forks=%s relay_full_syncs=%s relay_partial_syncs=%s relay_restarts=%s\n' \
    "$(running_for)" "$full_syncs" "$forks" "$relay_full_syncs" "$relay_partial_syncs" "$restarts"
}

# --- the demo itself --------------------------------------------------------------------------------------------------------

"$(dirname "${BASH_SOURCE[0]}")/install-packages.sh" --demo
directory=$(mktemp -d "${TMPDIR:-/tmp}/psync-relay-demo.XXXXXX")

say "a master, with a few thousand keys"
start master launch_master
write_data
say "the relay"
start relay launch_first_relay
say "three replicas"
for node in replica-1 replica-2 replica-3; do start "$node" launch_replica; done
introduce

SECONDS=0
relay_started=0
for ((tick = 0; ; ++tick)); do
  trickle "$tick"
  relaunch_dead_relay
  if ((tick % 5 == 0)); then
    look
    if $redraws; then draw; else append; fi
    if [[ $duration != forever ]] && ((SECONDS >= duration)); then
      if all_in_step; then exit 0; fi
      ((SECONDS < duration + 30)) || fail "not every node is in step"
    fi
  fi
  sleep 0.2
done
