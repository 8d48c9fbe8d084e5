"""What every fault script has in common: how it is called, what it prints, and how it ends.

A script has a short form, for every run of the checks, and a long one (`--long`), for the promises that are about numbers. Both
have the same sizes, each of which is an option; the seed repeats the choices. Exit code 0 means that nothing was found.

Figures of time are printed beside what is wanted of them. Only the long form takes a figure beyond it for a failure: it is run on a
machine that has nothing else to do, the short one anywhere.
"""

import argparse
import asyncio
import logging
import os
import pathlib
import random
import resource
import sys
import time
import traceback

# The server and the people are those of the Python client checks.
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "clients/python"))

from support.server import DEFAULT_BINARY

# That a connection was lost is no news here.
logging.getLogger("engineio.client").setLevel(logging.CRITICAL)

EXAMPLES = 5


class Skipped(Exception):
    """This machine does not permit what the script is about; the sentence says what."""


class Run:
    """One run of a script: what it was asked for, and what came of it."""

    def __init__(self, arguments, sizes):
        self.binary = arguments.binary
        self.is_long = arguments.long
        self.seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(2**32)
        self.dice = random.Random(self.seed)
        self.sizes = argparse.Namespace(**{name: getattr(arguments, name) for name in sizes})
        self._servers = []
        self._findings = {}

    def takes_care_of(self, server):
        """The server ends with the run, and is kept for a look where something was found."""
        self._servers.append(server)
        return server

    def figure(self, what, value):
        print(f"  {value:>14}  {what}", flush=True)

    def seconds(self, what, value, wanted=None):
        """A figure of time, and at most how much it should be."""
        shown = f"{value:.2f} s" if value >= 1 else f"{value * 1_000:.1f} ms"
        self._bounded(what, value, wanted, shown, f"{wanted} s")

    def mebibytes(self, what, value, wanted=None):
        self._bounded(what, value, wanted, f"{value:.1f} MiB", f"{wanted} MiB")

    def found(self, what, examples):
        """What must not be: one sentence for each time that it was."""
        self._findings.setdefault(what, []).extend(examples)

    def _bounded(self, what, value, wanted, shown, bound):
        if wanted is None:
            self.figure(what, shown)
            return
        self.figure(f"{what} (wanted: at most {bound})", shown)
        if self.is_long:
            self.found(f"{what}: more than {bound}", [shown] if value > wanted else [])

    def verdict(self):
        """Prints what was found; whether that was nothing."""
        for what, examples in self._findings.items():
            print(f"  {len(examples):>14}  {what}")
            for example in examples[:EXAMPLES]:
                print(f"                  e.g. {example}")
        return not any(self._findings.values())

    def clean_up(self, keep):
        for server in self._servers:
            if keep:
                server.kill()
                print(f"kept in {server.directory}")
            else:
                server.remove()


def main(description, scenario, short, long):
    """Runs `await scenario(run)` and ends the program. `short` and `long` give the sizes of the two forms."""
    arguments = _parse(description, short, long)
    run = Run(arguments, short)
    sizes = ", ".join(f"{name} {value}" for name, value in vars(run.sizes).items())
    print(f"{pathlib.Path(sys.argv[0]).stem}: {sizes or 'one form'}, seed {run.seed}, {run.binary}, load {os.getloadavg()[0]:.1f}", flush=True)
    allow_many_files()
    began, holds = time.monotonic(), False
    try:
        asyncio.run(scenario(run))
        holds = run.verdict()
        print(f"{'all of it holds' if holds else 'BROKEN'} ({time.monotonic() - began:.1f} s)", flush=True)
    except Skipped as why:
        holds = True
        print(f"SKIPPED: {why}", flush=True)
    except Exception:
        traceback.print_exc()
        run.verdict()
        print(f"BROKEN: it did not come to its end ({time.monotonic() - began:.1f} s)", flush=True)
    finally:
        run.clean_up(arguments.keep or not holds)
    sys.exit(0 if holds else 1)


def allow_many_files():
    """The server inherits this limit; thousands of sockets are more than many shells allow."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _parse(description, short, long):
    parser = argparse.ArgumentParser(description=description.split("\n")[0])
    parser.add_argument("binary", nargs="?", type=pathlib.Path, default=DEFAULT_BINARY)
    parser.add_argument("--long", action="store_true", help="the sizes that the promises are about")
    parser.add_argument("--seed", type=int, help="repeats the choices of an earlier run")
    parser.add_argument("--keep", action="store_true", help="keep the journals, the log and the database")
    for name, value in short.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), help=f"{value}, with --long {long[name]}")
    arguments = parser.parse_args()
    if not arguments.binary.exists():
        parser.error(f"there is no {arguments.binary}")
    for name, value in (long if arguments.long else short).items():
        if getattr(arguments, name) is None:
            setattr(arguments, name, value)
    return arguments


async def until(condition, what, seconds=60):
    """Waits for something that somebody else brings about."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds} s in vain for {what}")
        await asyncio.sleep(0.01)


def percentile(values, percent):
    """The value that so many percent do not exceed; 0 where there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] if ordered else 0
