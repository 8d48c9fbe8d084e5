#!/usr/bin/env bash
# Builds and serves Chinwag, or runs every check there is. `./run.sh help` says more.
set -euo pipefail
caller=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")"

main() {
  case "${1:-serve}" in
    serve) serve "${@:2}" ;;
    create-admin | doctor | export-user | erase-user) serve "$@" ;;
    # Settings are found beside this script, and copies where whoever calls it stands.
    backup | restore | verify) serve "$1" ${2:+"$(from_caller "$2")"} "${@:3}" ;;
    capacity) estimate_capacity ;;
    test) run_all_checks ;;
    fuzz) fuzz "${@:2}" ;;
    audit) look_for_known_holes ;;
    bench) exec bench/run.sh "${@:2}" ;;
    faults) run_long_fault_tests "${@:2}" ;;
    help | -h | --help) help ;;
    *) help >&2; exit 2 ;;
  esac
}

help() {
  cat <<'TEXT'
./run.sh         builds Chinwag in release and serves it; settings come from the environment
                 and from config.env beside this script (see config.env.sample)
./run.sh create-admin
                 makes somebody an administrator, of http://localhost:8000/admin; the server may run
./run.sh backup PATH, restore PATH, verify [PATH]
                 copies the database, brings a copy back, looks whether one agrees with itself
./run.sh doctor [--online]
                 looks at settings, files, disk, clock and provider
./run.sh export-user WHO, erase-user WHO
                 prints or erases what is held about somebody
./run.sh capacity
                 how many people this machine holds: builds a load, runs it for half a minute against a server
                 of its own on this disk, and estimates
./run.sh test    installs what the checks need and runs them all
./run.sh fuzz [SECONDS] [TARGET...]
                 throws odd input at every parser that meets the network, a minute each (fuzz/README.md)
./run.sh audit   asks RustSec and npm for known holes in what this is built of
./run.sh bench   measures Chinwag and other servers with the same load, for an hour or two (bench/README.md);
                 with "quick" for some minutes
./run.sh faults  kills, restarts, starves and floods the release build for the better part of an hour, and
                 prints the figures; --only drain runs that script alone (tests/README.md)
./run.sh help    this

The checks need cargo, node 20, npm and python3 3.11 or newer. They fetch from package registries what is
missing: npm packages into tests/node_modules, Python packages into .venv, and Debian's Chromium if there is
no Chromium at all (CHROMIUM=/path names another one). SCREENSHOTS=directory keeps pictures of the pages.
TEXT
}

from_caller() {
  case "$1" in
    /* | -*) printf '%s\n' "$1" ;;
    *) printf '%s\n' "$caller/$1" ;;
  esac
}

serve() {
  if [ -f config.env ]; then
    set -a
    # shellcheck source=/dev/null
    . ./config.env
    set +a
  fi
  cargo build --release --locked --bin chinwag
  exec "$(target_directory)/release/chinwag" "$@"
}

# What one server on this machine does in a second and what a connection takes, and what follows from that for people
# who say something once a minute, each to one other person, with two pages or programs open.
estimate_capacity() {
  figures=$(mktemp)
  trap 'rm -f "$figures"' EXIT
  BENCH_SERVERS=chinwag BENCH_RESULTS="$figures" bench/run.sh quick relay-16 connections
  awk -v free="$(awk '/^MemAvailable/ { print $2 }' /proc/meminfo)" -F'[{:,}]' '
    function value(name,   n) { for (n = 1; n < NF; n++) if ($n == "\"" name "\"") return $(n + 1) }
    /relay, window 16/ { messages = value("per_second") }
    /kib_per_connection/ { each = value("kib_per_connection") }
    END {
      if (!messages || !each) { print "The load has not run to its end." > "/dev/stderr"; exit 1 }
      talking = int(messages / 2 * 60); open = int(free / 2 / (2 * each)); let_in = 20000 / 2
      people = talking < open ? talking : open
      printf "\nThis machine commits and delivers %d messages a second, and a connection takes %.1f KiB.\n", messages, each
      printf "With two connections and one message a minute each, it holds about %d people:\n", (people < let_in ? people : let_in)
      printf "%d by half of those messages, %d by half of the free memory, %d by LIMIT_CONNECTIONS as it is.\n", talking, open, let_in
    }' "$figures"
}

run_all_checks() {
  local began=$SECONDS
  need cargo node npm python3 curl
  at_least 20 "$(node --version)" node
  at_least 3.11 "$(python3 --version)" python3

  step "format" cargo fmt --all --check
  step "clippy" cargo clippy --workspace --all-targets --locked -- -D warnings
  step "rustdoc" check_documentation
  step "rust tests" cargo test --workspace --locked
  step "build" cargo build --workspace --locked
  CHINWAG_BIN="$(target_directory)/debug/chinwag"
  CHINWAG_BOT_BIN="$(target_directory)/debug/chinwag-bot"
  export CHINWAG_BIN CHINWAG_BOT_BIN

  step "install npm packages" install_npm_packages
  step "install python packages" install_python_packages
  step "find or install chromium" find_chromium
  step "javascript clients" javascript_tests clients/js
  step "python clients and fault checker" python -m pytest --quiet -c tests/pytest.ini tests/clients/python tests/faults
  step "browsers" javascript_tests browser
  step "kill -9 under load" python tests/faults/kill9.py
  step "backup under load" python tests/faults/backup.py
  step "a crowd of strangers" python tests/faults/matching.py --clients 60 --rounds 6
  step "other faults, the short form" python tests/faults/run.py

  echo
  echo "All checks passed in $((SECONDS - began)) s."
}

# The long form of the fault tests. No step of it is skipped because another one failed.
run_long_fault_tests() {
  need cargo node npm python3 cc
  cargo build --release --locked --bin chinwag
  step "install npm packages" install_npm_packages
  step "install python packages" install_python_packages
  CHINWAG_BIN="$(target_directory)/release/chinwag" python tests/faults/run.py --long "$@"
}

# As `cargo fuzz run` does, for which it is laid out; but without a sanitizer, as there is no unsafe code, any stable
# compiler will do. What a target finds fails it and stays in fuzz/artifacts; what is new stays in fuzz/corpus.
fuzz() {
  local seconds=60 host target targets
  [[ "${1:-}" =~ ^[0-9]+$ ]] && { seconds=$1; shift; }
  need cargo c++
  targets=("$@")
  [ $# -gt 0 ] || mapfile -t targets < <(sed -n 's/^name = "\([a-z]*\)"$/\1/p' fuzz/Cargo.toml)
  host=$(rustc -vV | sed -n 's/^host: //p')
  # With a target named, the flags are for what runs later and not for what only helps to build it.
  RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares" \
    cargo build --manifest-path fuzz/Cargo.toml --release --locked --target "$host" --target-dir fuzz/target
  for target in "${targets[@]}"; do
    mkdir -p "fuzz/corpus/$target" "fuzz/artifacts/$target"
    step "fuzz $target for $seconds s" "fuzz/target/$host/release/$target" -max_total_time="$seconds" -max_len=4096 -timeout=10 \
      -print_final_stats=1 -artifact_prefix="fuzz/artifacts/$target/" "fuzz/corpus/$target" "fuzz/seeds/$target"
  done
}

# Runs one named step and tells how long it took. A failing one ends the script, with its name as the last line.
step() {
  local began=$SECONDS
  current_step=$1
  echo
  echo "== $current_step"
  trap 'echo "== FAILED: $current_step"' EXIT
  "${@:2}"
  trap - EXIT
  echo "== $current_step: $((SECONDS - began)) s"
}

check_documentation() {
  RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items --locked
}

# Asks the lists of known holes. No part of the tests: what is found does not depend on what is tested.
look_for_known_holes() {
  need cargo npm
  cargo audit --version >/dev/null 2>&1 ||
    { echo "There is no cargo-audit; \`cargo install cargo-audit --locked\` brings it." >&2; exit 1; }
  step "crates" cargo audit --deny warnings
  # They run at this desk only; what we serve of them is compared with what npm has (src/transport/pages/statics.rs).
  step "npm packages" npm audit --prefix tests
}

javascript_tests() {
  (cd tests && node --test --test-reporter=spec "$1"/*.test.js)
}

# Each installation keeps a copy of the list it was made from, and is made anew when the list has changed.
install_npm_packages() {
  cmp -s tests/package-lock.json tests/node_modules/.installed && return
  npm ci --prefix tests --no-audit --no-fund
  cp tests/package-lock.json tests/node_modules/.installed
}

install_python_packages() {
  cmp -s tests/requirements.txt .venv/.installed && return
  rm -rf .venv
  # Debian's python3 comes without ensurepip, and then `venv` stops half-way.
  if python3 -m venv .venv >/dev/null 2>&1 || { rm -rf .venv && python3 -m virtualenv --quiet .venv 2>/dev/null; }; then
    .venv/bin/python -m pip install --quiet -r tests/requirements.txt
  else
    rm -rf .venv
    python3 -m pip --version >/dev/null 2>&1 || as_root apt-get install -y python3-pip
    python3 -m pip install --quiet --target .venv/packages -r tests/requirements.txt
  fi
  cp tests/requirements.txt .venv/.installed
}

# The Python that has the packages.
python() {
  if [ -x .venv/bin/python ]; then
    .venv/bin/python "$@"
  else
    PYTHONPATH="$PWD/.venv/packages" python3 "$@"
  fi
}

find_chromium() {
  local name
  if [ -z "${CHROMIUM:-}" ]; then
    for name in chromium chromium-browser google-chrome; do
      CHROMIUM="$(command -v "$name")" && break
    done
  fi
  if [ -z "$CHROMIUM" ]; then
    as_root apt-get update
    as_root apt-get install -y --no-install-recommends chromium
    CHROMIUM="$(command -v chromium)"
  fi
  export CHROMIUM
  echo "$CHROMIUM"
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# Where cargo builds, whether CARGO_TARGET_DIR or a configuration file says so.
target_directory() {
  cargo metadata --no-deps --locked --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/'
}

need() {
  local tool missing=()
  for tool in "$@"; do command -v "$tool" >/dev/null || missing+=("$tool"); done
  [ ${#missing[@]} -eq 0 ] || { echo "The checks need ${missing[*]}, which cannot be found." >&2; exit 1; }
}

at_least() {
  local wanted=$1 found=${2//[^0-9.]/} tool=$3
  [ "$(printf '%s\n' "$wanted" "$found" | sort -V | head -n 1)" = "$wanted" ] ||
    { echo "The checks need $tool $wanted or newer; this is $found." >&2; exit 1; }
}

main "$@"
