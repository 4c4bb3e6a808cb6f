"""Cloche's web server beside the least that one in C can do: raw_epoll_http.

    ./cloche bench http [--rounds N] [--only keepalive|close|pipelined|...]

How it works: four servers run at once, each in a process of its own: raw,
Cloche, Cloche built by a profile, and raw again (in "backends", our server over
each backend of Linux). Every round loads each of them in turn, and the next
round begins with another one. "raw again" is the same program as raw, so how
far its ratio is from 1 says how much of the others' ratios is chance.

The number to look at is the server's CPU time for a request, as a ratio to
raw's in the same round. Rates are printed too, but it is the loader that is at
its limit, not the server. docs/performance.md says more.

Main disadvantage: minutes, for everything; and it needs a machine on which
nobody else is at work.

Next: servers.py, loaders.py, report.py.
"""

import argparse
import contextlib
import dataclasses
import functools
import os
import pathlib
import re
import resource
import shutil
import signal
import sys
import time
import urllib.request

import loaders
import report
from servers import BenchError, Server

TOOLS = ["setpriv", "taskset", "wrk", "ab", "strace"]
PROGRAMS = {
    "raw": ["bazel-bin/benchmarks/limits/raw_epoll_http", "0"],
    "Cloche": ["bazel-bin/src/serve/serve", "--port=0"],
}
PROFILED = "Cloche, profiled"
AGAIN = " again"  # The first program a second time.
BACKENDS = ["epoll", "epoll-level", "poll", "select", "io_uring"]
CLOSING_REQUESTS = 50_000
COUNTED_REQUESTS = 20_000
IDLE_SECONDS = 3
SETTLE_SECONDS = 0.2


@dataclasses.dataclass
class Sample:
    """One server in one round."""
    cpu_ns: float  # For a request.
    per_second: float


@dataclasses.dataclass
class Bench:
    """What all parts need to know."""
    rounds: int
    seconds: int
    idle: int
    cores: list
    programs: dict  # Their command lines, by name; the first is the base.
    troubles: list = dataclasses.field(default_factory=list)

    @property
    def server_core(self):
        return self.cores[0]

    @property
    def loader_core(self):
        return self.cores[-1]

    def start(self, name):
        program = self.programs[name.removesuffix(AGAIN)]
        return Server(name, program, self.server_core)


def say(text):
    print(f"cloche: {text}", file=sys.stderr, flush=True)


# --- CPU time and rates ---

def measure(server, load):
    """load(port) runs the loader. The server sleeps before and after."""
    before = server.cpu_ns()
    done = load(server.port)
    time.sleep(SETTLE_SECONDS)  # It may still be closing connections.
    server.check_alive()
    return Sample((server.cpu_ns() - before) / done.requests, done.per_second)


def compare(bench, title, load, warm_up):
    """The table of one scenario."""
    names = [*bench.programs, next(iter(bench.programs)) + AGAIN]
    samples = {name: [] for name in names}
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(bench.start(name)) for name in names]
        check_answers(servers)
        for server in servers:
            warm_up(server.port)
        for number in range(bench.rounds):
            say(f"{title}: round {number + 1} of {bench.rounds}")
            turn = number % len(servers)
            for server in servers[turn:] + servers[:turn]:
                samples[server.name].append(measure(server, load))
    return report.timed_table(title, samples)


def check_answers(servers):
    """They must do the same work: the same answer, but for the date."""
    answers = {}
    for server in servers:
        with urllib.request.urlopen(loaders.url(server.port)) as answer:
            headers = re.sub(r"Date: .*", "Date", str(answer.headers))
            answers[server.name] = (headers, answer.read())
    if len(set(answers.values())) != 1:
        raise BenchError(f"the servers' answers differ: {answers}")


def keepalive(bench):
    wrk = functools.partial(loaders.run_wrk, bench.loader_core)
    return compare(bench, "keep-alive, 100 connections",
                   lambda port: wrk(port, bench.seconds),
                   lambda port: wrk(port, 1))


def close(bench):
    ab = functools.partial(loaders.run_ab, bench.loader_core)
    return compare(bench, "a connection a request, 100 at a time",
                   lambda port: ab(port, CLOSING_REQUESTS),
                   lambda port: ab(port, CLOSING_REQUESTS // 10))


def pipelined(bench):
    wrk = functools.partial(loaders.run_wrk, bench.loader_core,
                            script="pipeline.lua")
    return compare(bench, "16 requests pipelined, 100 connections",
                   lambda port: wrk(port, bench.seconds),
                   lambda port: wrk(port, 1))


def over_backends(bench, names):
    """The same for our own server over each of these backends."""
    serve = PROGRAMS["Cloche"]
    return dataclasses.replace(bench, programs={
        name: [*serve, f"--backend={name}"] for name in names})


def backends(bench):
    """Our own server over each backend of Linux, with few connections: what
    one costs that goes through all of them in each wait."""
    over = over_backends(bench, BACKENDS)
    wrk = functools.partial(loaders.run_wrk, bench.loader_core, connections=10)
    return compare(over, "keep-alive, 10 connections",
                   lambda port: wrk(port, bench.seconds),
                   lambda port: wrk(port, 1))


# --- System calls ---

def calls_a_request(server, load):
    calls = loaders.count_system_calls(server.pid,
                                       functools.partial(load, server.port))
    server.check_alive()
    return f"{calls / COUNTED_REQUESTS:.2f}"


def syscalls(bench, names=tuple(PROGRAMS)):
    """In a run of its own, since counting makes everything slow."""
    ab = functools.partial(loaders.run_ab, bench.loader_core,
                           requests=COUNTED_REQUESTS)
    kinds = [("100 connections", dict(keep_alive=True)),
             ("1 connection", dict(keep_alive=True, connections=1)),
             ("closing", {})]
    rows = []
    for name in names:
        say(f"system calls of {name}")
        with bench.start(name) as server:
            rows.append([name, *(
                calls_a_request(server, functools.partial(ab, **options))
                for _, options in kinds)])
    return report.table(["system calls a request",
                         *(kind for kind, _ in kinds)], rows)


def ring(bench):
    """Our own server over io_uring beside epoll: what comes of a system call
    for a turn instead of one for an operation."""
    over = over_backends(bench, ["epoll", "io_uring"])
    parts = [keepalive(over), pipelined(over), close(over),
             syscalls(over, over.programs)]
    return "\n\n".join(parts)


# --- Idle connections ---

def measure_idle(bench, server):
    """Bytes a connection, and nanoseconds of CPU while nothing happens."""
    loaders.run_ab(bench.loader_core, server.port, 100, keep_alive=True)
    empty = server.resident_bytes()
    with loaders.IdleClient(bench.loader_core, server.port,
                            bench.idle) as client:
        client.await_open()
        time.sleep(1)
        before = server.cpu_ns()
        time.sleep(IDLE_SECONDS)
        used = server.cpu_ns() - before
        grown = server.resident_bytes() - empty
        client.finish()
    server.check_alive()
    return grown / bench.idle, used


def idle(bench):
    allow_descriptors(bench.idle + 100)
    rows = []
    for name in PROGRAMS:
        say(f"{bench.idle} idle connections to {name}")
        with bench.start(name) as server:
            size, used = measure_idle(bench, server)
        if used:
            bench.troubles.append(f"{name} used CPU while nothing happened")
        rows.append([name, f"{size:.0f}", f"{used / 1000:.0f} µs"])
    return report.table([f"{bench.idle:,} idle connections", "bytes each",
                         f"CPU of all in {IDLE_SECONDS} s"], rows)


def allow_descriptors(count):
    """For this process and those that it starts."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count <= hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
    elif soft < count:
        raise BenchError(f"idle needs {count} descriptors and the limit is "
                         f"{hard}; raise it (ulimit -Hn {count}, as root) or "
                         "use --idle with fewer connections")


# --- The program ---

PARTS = {part.__name__: part
         for part in [keepalive, close, pipelined, backends, ring, syscalls,
                      idle]}


def check_tools(programs):
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    missing += [program[0] for program in programs.values()
                if not pathlib.Path(program[0]).exists()]
    if missing:
        raise BenchError(f"{', '.join(missing)}: missing; './cloche bench "
                         "http' builds and installs what this needs")


def at_least_one(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("it must be at least 1")
    return number


def parse_flags():
    parser = argparse.ArgumentParser(
        prog="./cloche bench http",
        description="Cloche's web server beside a raw epoll loop in C.")
    parser.add_argument("--rounds", type=at_least_one, default=5)
    parser.add_argument("--seconds", type=at_least_one, default=4,
                        help="of each wrk run (default: 4)")
    parser.add_argument("--idle", type=at_least_one, default=10_000,
                        help="how many idle connections (default: 10000)")
    parser.add_argument("--profiled", metavar="PROGRAM",
                        help="the server once more, built by a profile")
    parser.add_argument("--only", choices=PARTS, help="one part of it")
    return parser.parse_args()


def main():
    flags = parse_flags()
    # So that every `with` ends what it has started.
    signal.signal(signal.SIGTERM, lambda *unused: sys.exit(143))
    programs = dict(PROGRAMS)
    if flags.profiled:
        programs[PROFILED] = [flags.profiled, "--port=0"]
    check_tools(programs)
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) == 1:
        say("there is one core only: server and loader have to share it")
    bench = Bench(flags.rounds, flags.seconds, flags.idle, cores[:2], programs)
    print(report.describe_machine(cores, flags.rounds), flush=True)
    for name in [flags.only] if flags.only else PARTS:
        print(f"\n{PARTS[name](bench)}", flush=True)
    if bench.troubles:
        raise BenchError("; ".join(bench.troubles))


if __name__ == "__main__":
    try:
        main()
    except BenchError as failure:
        sys.exit(f"cloche: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
