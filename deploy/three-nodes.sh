#!/usr/bin/env bash
# One house of three nodes on this machine, to try it: three NATS servers that are a
# cluster, and three times teahouse. Needs Go. Ctrl-C ends all of it.
#
#   deploy/three-nodes.sh [DIRECTORY [PORT]]
#
# What they keep is below DIRECTORY, ./three-nodes-data by default, and is there the
# next time. Nine ports from PORT on are used, 2221 to 2229 by default, at 127.0.0.1.
set -euo pipefail
set -m # each process in a group of its own: Ctrl-C is for this script alone

data=${1:-three-nodes-data}
port=${2:-2221} # of the SSH doors; then come those of NATS, for its clients and its servers
mkdir -p "$data"
data=$(cd "$data" && pwd)
cd "$(dirname "$0")/.."

bin=$(mktemp -d)
nodes=() servers=()

# end ends processes in order, and waits for them.
end() {
  (($#)) || return 0
  kill "$@" 2>/dev/null || true
  wait "$@" 2>/dev/null || true
}

# finish is for the nodes first: they still have something to say to the servers.
finish() {
  trap '' INT TERM HUP
  end "${nodes[@]+"${nodes[@]}"}"
  end "${servers[@]+"${servers[@]}"}"
  rm -rf "$bin"
}
trap finish EXIT
trap 'exit 0' INT TERM HUP

# alive makes sure that all processes are.
alive() {
  local pid
  for pid in "${servers[@]}" "${nodes[@]}"; do
    kill -0 "$pid" 2>/dev/null && continue
    echo 'One of them has ended. The logs say:' >&2
    tail -n 3 "$data"/*.log >&2
    exit 1
  done
}

echo 'Building.'
go build -o "$bin/" ./cmd/teahouse github.com/nats-io/nats-server/v2

routes=nats://127.0.0.1:$((port + 6)),nats://127.0.0.1:$((port + 7)),nats://127.0.0.1:$((port + 8))
clients=nats://127.0.0.1:$((port + 3)),nats://127.0.0.1:$((port + 4)),nats://127.0.0.1:$((port + 5))
for n in 1 2 3; do
  "$bin/nats-server" --name "nats-$n" --addr 127.0.0.1 --port $((port + 2 + n)) \
    --jetstream --store_dir "$data/nats-$n" \
    --cluster_name teahouse --cluster "nats://127.0.0.1:$((port + 5 + n))" --routes "$routes" \
    >"$data/nats-$n.log" 2>&1 &
  servers+=($!)
done
for n in 1 2 3; do
  "$bin/teahouse" --listen "ssh://127.0.0.1:$((port + n - 1))" --data "$data/node-$n" --nats "$clients" \
    >"$data/node-$n.log" 2>&1 &
  nodes+=($!)
done
for n in 1 2 3; do
  until grep -q 'host key' "$data/node-$n.log"; do # now people can come in
    alive
    sleep 0.1
  done
done

cat <<EOF

Three nodes, one house. Come in, at each from another terminal:

  ssh -p $port 127.0.0.1
  ssh -p $((port + 1)) 127.0.0.1
  ssh -p $((port + 2)) 127.0.0.1

See what happens when one dies. A node takes its people with it; the others read that
they left 10 seconds later. Nobody notices that a NATS server is gone.

  kill -9 ${nodes[0]}    a node, and so ${nodes[1]} and ${nodes[2]}
  kill -9 ${servers[0]}    a NATS server, and so ${servers[1]} and ${servers[2]}

Logs are in $data. Ctrl-C ends all of it.
EOF
while :; do
  wait
  sleep 1
done
