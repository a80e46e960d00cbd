#!/usr/bin/env bash
# Runs three nodes on this machine, to try them out: a cluster of three NATS servers, and
# three teahouse processes. Needs Go. Ctrl-C ends all of it.
#
#   deploy/three-nodes.sh [DIRECTORY [PORT]]
#
# Data is kept in DIRECTORY, ./three-nodes-data by default, for the next time. The script
# uses twelve ports of 127.0.0.1 beginning with PORT, 2221 to 2232 by default.
set -euo pipefail
set -m # each process in its own group, so that Ctrl-C reaches only this script

data=${1:-three-nodes-data}
port=${2:-2221} # of the SSH doors; then come those of NATS, for its clients and its servers, and of the metrics
mkdir -p "$data"
data=$(cd "$data" && pwd)
cd "$(dirname "$0")/.."

bin=$(mktemp -d)
# The names, and the process of each; "" once it has ended.
names=(nats-1 nats-2 nats-3 node-1 node-2 node-3)
processes=('' '' '' '' '' '')

# start starts one of them, by its index among the names.
start() {
  local name=${names[$1]} n=$(($1 % 3)) program
  case $name in
  nats-*) program=("$bin/nats-server" --name "$name" --addr 127.0.0.1 --port $((port + 3 + n))
    --jetstream --store_dir "$data/$name"
    --cluster_name teahouse --cluster "nats://127.0.0.1:$((port + 6 + n))" --routes "$routes") ;;
  node-*) program=("$bin/teahouse" --listen "ssh://127.0.0.1:$((port + n))" --data "$data/$name" --nats "$clients"
    --metrics "127.0.0.1:$((port + 9 + n))") ;;
  esac
  "${program[@]}" >>"$data/$name.log" 2>&1 &
  processes[$1]=$!
}

# end ends processes in order, and waits for them.
end() {
  (($#)) || return 0
  kill "$@" 2>/dev/null || true
  wait "$@" 2>/dev/null || true
}

# finish ends the nodes first, because they still have something to store in the servers. A
# process that has already ended is an empty word.
finish() {
  trap '' INT TERM HUP USR1
  # shellcheck disable=SC2068
  end ${processes[@]:3}
  # shellcheck disable=SC2068
  end ${processes[@]:0:3}
  rm -rf "$bin"
}
trap finish EXIT
trap 'exit 0' INT TERM HUP

# runs reports whether all of these do.
runs() {
  local i
  for i; do
    [[ -n ${processes[i]} ]] && kill -0 "${processes[i]}" 2>/dev/null || return 1
  done
}

# open waits until a node's doors are open and it can store something, as long as that node and
# the others that are named run.
open() {
  until "$bin/teahouse" health --metrics "127.0.0.1:$((port + 6 + $1))" >/dev/null 2>&1; do
    runs "$@" || return 1
    sleep 0.2
  done
}

# tell reports what has ended since its last report.
tell() {
  local i
  for i in "${!names[@]}"; do
    if [[ -z ${processes[i]} ]] || runs "$i"; then continue; fi
    processes[i]=
    echo "${names[i]} has ended. To have it back: kill -USR1 $$"
  done
}

# revive restarts what has ended.
revive() {
  local i
  asked=
  for i in "${!names[@]}"; do
    [[ -z ${processes[i]} ]] || continue
    start "$i"
    [[ ${names[i]} == nats-* ]] || open "$i" || continue # tell will say that it has ended
    echo "${names[i]} is back: process ${processes[i]}."
  done
}

echo 'Building.'
go build -o "$bin/" ./cmd/teahouse github.com/nats-io/nats-server/v2

routes=nats://127.0.0.1:$((port + 6)),nats://127.0.0.1:$((port + 7)),nats://127.0.0.1:$((port + 8))
clients=nats://127.0.0.1:$((port + 3)),nats://127.0.0.1:$((port + 4)),nats://127.0.0.1:$((port + 5))
rm -f "$data"/*.log
for i in "${!names[@]}"; do start "$i"; done
for i in 3 4 5; do
  open "$i" "${!names[@]}" && continue
  echo 'A process has ended. The logs say:' >&2
  tail -n 3 "$data"/*.log >&2
  exit 1
done

asked=
trap 'asked=yes' USR1
cat <<EOF

Three nodes, one server. Connect to each from a different terminal:

  ssh -p $port 127.0.0.1
  ssh -p $((port + 1)) 127.0.0.1
  ssh -p $((port + 2)) 127.0.0.1

See what happens when one dies. If it is a node, its people are disconnected, and the others
see them leave 10 seconds later. If it is a NATS server, nobody notices. Plain kill instead of
kill -9 stops one properly.

  kill -9 ${processes[3]}    a node, and so ${processes[4]} and ${processes[5]}
  kill -9 ${processes[0]}    a NATS server, and so ${processes[1]} and ${processes[2]}
  kill -USR1 $$    restarts whatever has ended

Each node says whether it is ready:

  curl http://127.0.0.1:$((port + 9))/readyz    and so $((port + 10)) and $((port + 11))

Logs are in $data. Ctrl-C ends all of it.
EOF
# Drop the shell's own message about a killed process: tell reports it.
while :; do
  sleep 1 &
  wait $! || true
  tell
  [[ -z $asked ]] || revive
done 2>/dev/null
