#!/usr/bin/env python3
"""Runs the fault scripts one after the other: in the short form, or in the long one with the sizes that the promises are about.

    tests/faults/run.py [--long] [--only drain --only locked] [--logs directory] [--seed N] [target/debug/chinwag]

Every script prints its figures; `--logs` keeps them, a file for each. All of them run whatever the others do. Exit code 0 means that
none of them found anything. The long form takes the better part of an hour.
"""

import argparse
import os
import pathlib
import random
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
SCRIPTS = ["bad_start", "drain", "disk_full", "fsync_errors", "locked", "sms_provider", "network_cut", "clock_jumps", "stalled_readers",
           "reconnect_storm", "idle", "floods", "slow_clients"]
# In the short form ./run.sh runs these by themselves, or not at all. What has no long form of its own names its sizes here.
ONLY_LONG = {
    "kill9": ["--long"],
    "backup": ["--long"],
    "telling_times": ["--long"],
    "matching": ["--clients", "1000", "--rounds", "100"],
}


def main():
    arguments = parse_arguments()
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(2**32)
    if arguments.logs:
        arguments.logs.mkdir(parents=True, exist_ok=True)
    began, broken = time.monotonic(), []
    for name in arguments.only or [*SCRIPTS, *(ONLY_LONG if arguments.long else [])]:
        if not run(name, arguments, seed):
            broken.append(name)
        print(flush=True)
    print(f"{'BROKEN: ' + ', '.join(broken) if broken else 'nothing was found'} ({time.monotonic() - began:.0f} s, load {os.getloadavg()[0]:.1f})")
    sys.exit(1 if broken else 0)


def run(name, arguments, seed):
    """Runs one script and shows what it says as it says it; whether it found nothing."""
    options = ONLY_LONG.get(name, ["--long"] if arguments.long else [])
    binary = [arguments.binary] if arguments.binary else []
    command = [sys.executable, "-u", HERE / f"{name}.py", *options, "--seed", str(seed), *binary]
    log = open(arguments.logs / f"faults-{name}.log", "w") if arguments.logs else None
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as script:
        for line in script.stdout:
            print(line, end="", flush=True)
            if log:
                log.write(line)
    if log:
        log.close()
    return script.returncode == 0


def parse_arguments():
    parser = argparse.ArgumentParser(description="the fault scripts, one after the other")
    parser.add_argument("binary", nargs="?", type=pathlib.Path, help="target/debug/chinwag, or what CHINWAG_BIN names")
    parser.add_argument("--long", action="store_true", help="the sizes that the promises are about")
    parser.add_argument("--only", action="append", choices=[*SCRIPTS, *ONLY_LONG], help="this one, and others that are named so")
    parser.add_argument("--logs", type=pathlib.Path, help="keep what each script says in this folder")
    parser.add_argument("--seed", type=int, help="repeats the choices of an earlier run")
    return parser.parse_args()


if __name__ == "__main__":
    main()
