#!/usr/bin/env bash
# Measures Chinwag and the servers to compare it with: each on a core of its own, in turn, with the same load. See README.md.
#
#   ./run.sh bench [quick] [LOAD...]     the loads are relay-1 relay-16 rate room match connections sync home history
#   ./run.sh bench report                writes docs/BENCHMARKS.md and docs/bench.svg anew from the last full session
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

all_loads=(relay-1 relay-16 rate room match connections sync home history)
all_servers=(chinwag node node-each bun flask bare)
port=${BENCH_PORT:-8765}
million=1000000

main() {
  local databases=(0 "$million")
  session=full
  rounds=${BENCH_ROUNDS:-5}
  seconds=${BENCH_SECONDS:-5}
  if [ "${1:-}" = quick ]; then
    databases=("$million")
    session=quick
    rounds=${BENCH_ROUNDS:-1} seconds=${BENCH_SECONDS:-3}
    shift
  fi
  local target
  target=$(cargo metadata --no-deps --locked --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
  programs=${BENCH_PROGRAMS:-$target/dist}
  # On a real disk, as the target directory is: what an fsync costs is part of the figures.
  place="${BENCH_DIRECTORY:-$target}/bench"
  results=${BENCH_RESULTS:-$place/$session.jsonl}
  if [ "${1:-}" = report ]; then
    write_report --document docs/BENCHMARKS.md --picture docs/bench.svg >/dev/null
    return
  fi

  need_tools
  read -ra servers <<<"${BENCH_SERVERS:-${all_servers[*]}}"
  build
  mkdir -p "$place"
  data=$(mktemp -d "$place/data.XXXXXX")
  trap clean_up EXIT
  # Thousands of sockets are more than many shells allow.
  ulimit -n "$(ulimit -H -n)"
  : >"$results"
  describe >"$place/$session.md"
  failures=0

  local loads=("$@") load messages
  [ ${#loads[@]} -gt 0 ] || loads=("${all_loads[@]}")
  for load in "${loads[@]}"; do
    for messages in "${databases[@]}"; do alternate "$load" "$messages"; done
  done
  if [ "$session" = full ] && [ $# -eq 0 ]; then
    write_report --document docs/BENCHMARKS.md --picture docs/bench.svg
  else
    write_report
  fi
  [ "$failures" -eq 0 ] || { echo "$failures runs failed; what they said is above." >&2; exit 1; }
}

# A B C A B C …, so that a change of the machine's mood meets all servers alike.
alternate() {
  local load=$1 messages=$2 round server
  for ((round = 1; round <= rounds; round++)); do
    for server in "${servers[@]}"; do
      if takes_part "$server" "$load"; then measure "$server" "$load" "$messages"; fi
    done
  done
}

# The peers have no pages, and those that promise nothing have nothing to sync or match with.
takes_part() {
  case "$2" in
    home | history) [ "$1" = chinwag ] ;;
    match) [[ "$1" = chinwag || "$1" = node || "$1" = bun ]] ;;
    sync) [[ "$1" != bare && "$1" != node-each ]] ;;
  esac
}

# One load on a fresh copy of the database.
measure() {
  local server=$1 load=$2 messages=$3 lenient=()
  [ "$server" != bare ] || lenient=(--may-lose)
  case "$load" in
    relay-1) run relay --window 1 "${lenient[@]}" --seconds "$seconds" ;;
    relay-16) run relay --window 16 "${lenient[@]}" --seconds "$seconds" ;;
    rate) run relay --rate 4000 --window 16 "${lenient[@]}" --seconds "$seconds" ;;
    room) run room --seconds "$seconds" ;;
    match)
      run match --seconds "$seconds"
      run match --waiting 5000 --seconds "$seconds"
      ;;
    connections) run connections --connections 10000 ;;
    sync) run sync --seconds "$seconds" ;;
    home | history) run pages --page "$load" --seconds "$seconds" ;;
    *) echo "There is no load $load, only ${all_loads[*]}." >&2; exit 2 ;;
  esac
}

# Needs $server and $messages of `measure`.
run() {
  local database
  database=$([ "$messages" = 0 ] && echo empty || echo "a million")
  serve "$server" "$messages"
  if ! taskset -c 1 "$programs/chinwag-bench" "$@" --url "http://127.0.0.1:$port" --server-pid "$process" \
    --server "$(name_of "$server")" --database "$database" --results "$results"; then
    failures=$((failures + 1))
    echo "FAILED: $(name_of "$server"), database $database: $*" >&2
    tail -n 5 "$data/log" >&2
  fi
  stop
}

name_of() {
  case "$1" in
    chinwag) echo "Chinwag" ;;
    node) echo "Node, group commit" ;;
    node-each) echo "Node, a commit each" ;;
    bun) echo "Bun, group commit" ;;
    flask) echo "Flask-SocketIO, gevent" ;;
    bare) echo "socketioxide, no store" ;;
  esac
}

# Starts a server on core 0 and waits until it answers.
serve() {
  local database="$data/chat.db" kind=peer
  [ "$1" != chinwag ] || kind=chinwag
  rm -rf "${data:?}"/*
  cp "$(seeded "$kind" "$2")" "$database"
  # Or the copy would be written out while the load runs.
  sync "$database"
  start "$1" "$database"
}

start() {
  local peers=bench/peers program
  local -a environment=(PATH="$PATH" HOME="$HOME" PORT="$port")
  case "$1" in
    chinwag)
      environment+=(MODE=development HOST=127.0.0.1 PUBLIC_URL="http://127.0.0.1:$port" DATABASE_URL="sqlite://$2" LIMITS=off)
      program=("$programs/chinwag")
      ;;
    node) program=(node "$peers/javascript/node.js" "$2") ;;
    node-each) program=(node "$peers/javascript/node.js" "$2" --commit-each) ;;
    bun) program=("$peers/javascript/node_modules/bun/bin/bun.exe" "$peers/javascript/bun.js" "$2") ;;
    flask) environment+=(PYTHONPATH="$peers/flask/.packages") program=(python3 "$peers/flask/serve.py" "$2") ;;
    bare) program=("$programs/chinwag-bench-bare") ;;
    *) echo "There is no server $1, only ${all_servers[*]}." >&2; exit 2 ;;
  esac
  env -i "${environment[@]}" taskset -c 0 "${program[@]}" >"$data/log" 2>&1 &
  process=$!
  until curl --silent --fail --output /dev/null "http://127.0.0.1:$port/readyz"; do
    kill -0 "$process" 2>/dev/null || { cat "$data/log" >&2; exit 1; }
    sleep 0.1
  done
}

stop() {
  kill "$process"
  wait "$process" || true
  process=
}

# A database as seed.py makes it, kept beside the build until what it is made of changes.
seeded() {
  local kind=$1 messages=$2 made_of file
  made_of=$(cat bench/seed.py bench/peers/schema.sql migrations/sqlite/*/up.sql | sha256sum | head -c 12)
  file="$place/$kind-$messages-$made_of.db"
  if [ ! -f "$file" ]; then
    rm -f "$place/$kind-$messages"-*.db "$data"/*
    # The server makes its own tables.
    if [ "$kind" = chinwag ]; then
      start chinwag "$data/new.db"
      stop
    fi
    python3 bench/seed.py "$kind" "$data/new.db" "$messages"
    mv "$data/new.db" "$file"
  fi
  echo "$file"
}

build() {
  if [ -z "${BENCH_PROGRAMS:-}" ]; then
    cargo build --profile dist --locked --package chinwag --package chinwag-bench
    # Apart from the others: what it needs of tokio would be built into them.
    cargo build --profile dist --locked --package chinwag-bench-bare
  fi
  case " ${servers[*]} " in *" node"* | *" bun "*) install_javascript_peers ;; esac
  case " ${servers[*]} " in *" flask "*) install_flask ;; esac
}

# better-sqlite3 is compiled here, with the headers that came along with node: no registry has it ready-made.
install_javascript_peers() {
  local peers=bench/peers/javascript headers
  cmp -s "$peers/package-lock.json" "$peers/node_modules/.installed" && return
  headers=$(node -p 'require("path").resolve(process.execPath, "../..")')
  [ -f "$headers/include/node/node.h" ] ||
    { echo "$headers/include/node is not there: install the headers of node (Debian: libnode-dev)." >&2; exit 1; }
  npm_config_build_from_source=true npm_config_nodedir="$headers" npm ci --prefix "$peers" --no-audit --no-fund
  cp "$peers/package-lock.json" "$peers/node_modules/.installed"
}

install_flask() {
  local peer=bench/peers/flask
  cmp -s "$peer/requirements.txt" "$peer/.packages/.installed" && return
  rm -rf "$peer/.packages"
  python3 -m pip install --quiet --target "$peer/.packages" -r "$peer/requirements.txt"
  cp "$peer/requirements.txt" "$peer/.packages/.installed"
}

# What is measured, on what, and when.
describe() {
  local peers=bench/peers/javascript/node_modules chinwag
  chinwag="$(git rev-parse --short HEAD), dist profile"
  [ -z "${BENCH_PROGRAMS:-}" ] || chinwag="built beforehand"
  version() { node -p "require('./$peers/$1/package.json').version" 2>/dev/null || echo "(not measured)"; }
  cat <<TEXT
$(date --utc +%F). $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores, $(free --giga | awk '/^Mem/ {print $2}') GB of memory,
$(df --output=fstype "$place" | tail -n 1), Linux $(uname -r | cut -d- -f1). The load of everything on the machine in the minute before: $(cut -d' ' -f1 /proc/loadavg).
Rounds: $rounds, of $seconds seconds each; medians.

Chinwag ($chinwag), $(rustc --version | cut -d' ' -f1-2); Node $(node --version), socket.io $(version socket.io), better-sqlite3
$(version better-sqlite3); Bun $(version bun), @socket.io/bun-engine $(version @socket.io/bun-engine); $(python3 --version), Flask-SocketIO
$(sed -n 's/^Flask-SocketIO==//p' bench/peers/flask/requirements.txt), gevent $(sed -n 's/^gevent==//p' bench/peers/flask/requirements.txt); socketioxide $(sed -n '/^name = "socketioxide"$/{n;s/.*"\(.*\)"/\1/p}' Cargo.lock).
TEXT
}

write_report() {
  "$programs/chinwag-bench" report --results "$results" --about "$place/$session.md" "$@"
}

need_tools() {
  local tool missing=()
  for tool in cargo curl node npm python3 taskset; do command -v "$tool" >/dev/null || missing+=("$tool"); done
  [ ${#missing[@]} -eq 0 ] || { echo "The bench needs ${missing[*]}, which cannot be found." >&2; exit 1; }
  [ "$(nproc)" -ge 2 ] || { echo "The server and the load need a core each." >&2; exit 1; }
}

clean_up() {
  [ -z "${process:-}" ] || kill "$process" 2>/dev/null || true
  rm -rf "$data"
}

main "$@"
