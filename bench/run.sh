#!/usr/bin/env bash
# Measures one server process on a core of its own: the durable relay with windows 1 and 16 in turn, idle connections, and
# matches while more and more people wait. See README.md.
#
#   bench/run.sh [ROUNDS] [SECONDS] [LOAD...]      loads are relay, idle and match; all by default
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

rounds=${1:-5}
seconds=${2:-10}
loads=("${@:3}")
[ ${#loads[@]} -gt 0 ] || loads=(relay idle match)
port=${BENCH_PORT:-8765}

main() {
  [ "$(nproc)" -ge 2 ] || { echo "The server and the load need a core each." >&2; exit 1; }
  cargo build --profile dist --locked --package chinwag --package chinwag-bench
  local target
  target=$(cargo metadata --no-deps --locked --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
  programs="$target/dist"

  # On a real disk, as the target directory is: what an fsync costs is part of the figure.
  data=$(mktemp -d "${BENCH_DIRECTORY:-$target}/bench-data.XXXXXX")
  trap clean_up EXIT
  # Thousands of sockets are more than many shells allow.
  ulimit -n "$(ulimit -H -n)"
  serve "$programs/chinwag"
  describe_machine
  local load
  for load in "${loads[@]}"; do "load_$load"; done
}

load_relay() {
  run relay --pairs 50 --window 1 --window 16 --seconds "$seconds" --rounds "$rounds"
}

load_idle() {
  run idle --connections 1000
}

load_match() {
  run match --pairs 50 --waiting 0 --waiting 100 --waiting 500 --waiting 1000 --waiting 5000 --seconds "$seconds" --rounds "$rounds"
}

run() {
  taskset -c 1 "$programs/chinwag-bench" "$1" --url "http://127.0.0.1:$port" --server-pid "$server" "${@:2}"
}

# Starts the server on core 0 and waits until it answers.
serve() {
  env -i PATH="$PATH" MODE=development HOST=127.0.0.1 PORT="$port" PUBLIC_URL="http://127.0.0.1:$port" \
    DATABASE_URL="sqlite://$data/chinwag.db" LIMITS=off \
    taskset -c 0 "$1" 2>"$data/server.log" &
  server=$!
  until curl --silent --fail --output /dev/null "http://127.0.0.1:$port/readyz"; do
    kill -0 "$server" 2>/dev/null || { cat "$data/server.log" >&2; exit 1; }
    sleep 0.1
  done
}

describe_machine() {
  echo "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores; $(df --output=fstype "$data" | tail -n 1); $(uname -r)"
}

clean_up() {
  kill "$server" 2>/dev/null && wait "$server" || true
  rm -rf "$data"
}

main
