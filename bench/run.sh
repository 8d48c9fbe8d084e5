#!/usr/bin/env bash
# Measures the durable relay of one server process on a core of its own, windows 1 and 16 in turn. See README.md.
#
#   bench/run.sh [ROUNDS] [SECONDS]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

rounds=${1:-5}
seconds=${2:-10}
port=${BENCH_PORT:-8765}

main() {
  [ "$(nproc)" -ge 2 ] || { echo "The server and the load need a core each." >&2; exit 1; }
  cargo build --profile dist --locked --package chinwag --package chinwag-bench
  local target programs
  target=$(cargo metadata --no-deps --locked --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
  programs="$target/dist"

  # On a real disk, as the target directory is: what an fsync costs is part of the figure.
  data=$(mktemp -d "${BENCH_DIRECTORY:-$target}/bench-data.XXXXXX")
  trap clean_up EXIT
  serve "$programs/chinwag"
  describe_machine
  taskset -c 1 "$programs/chinwag-bench" relay --url "http://127.0.0.1:$port" --server-pid "$server" \
    --pairs 50 --window 1 --window 16 --seconds "$seconds" --rounds "$rounds"
  taskset -c 1 "$programs/chinwag-bench" idle --url "http://127.0.0.1:$port" --server-pid "$server" --connections 1000
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
