"""What asks the servers: wrk, ab and a client of idle connections; and strace.

How it works: each run is a process of its own on the loader's core. What it
prints is parsed here, and anything but complete success is an error: a server
that refuses requests must not look quick.

Main disadvantage: wrk and ab fill their core before a good server fills its
own, so what they call requests per second is mostly about themselves.

Next: compare_http.py.
"""

import dataclasses
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

from servers import BenchError, pinned

HERE = pathlib.Path(__file__).parent
SECONDS_TO_ATTACH = 10


@dataclasses.dataclass
class Load:
    """What a loader has done."""
    requests: int
    per_second: float


def number_in(pattern, text, default=None):
    """The number that the group of `pattern` matches in `text`."""
    found = re.search(pattern, text, re.MULTILINE)
    if found:
        return float(found[1])
    if default is None:
        raise BenchError(f"the loader printed no '{pattern}':\n{text}")
    return default


def parse_wrk(text):
    bad = re.search(r"^ *(Socket errors: .*|Non-2xx .*)$", text, re.MULTILINE)
    if bad:
        raise BenchError(f"wrk: {bad[1]}")
    return Load(int(number_in(r"^ *(\d+) requests in ", text)),
                number_in(r"^Requests/sec: *([\d.]+)", text))


def parse_ab(text):
    for trouble in ["Failed requests", "Non-2xx responses"]:
        count = number_in(rf"^{trouble}: *(\d+)", text, default=0)
        if count:
            raise BenchError(f"ab: {trouble}: {count:.0f}")
    return Load(int(number_in(r"^Complete requests: *(\d+)", text)),
                number_in(r"^Requests per second: *([\d.]+)", text))


def parse_strace(text):
    """How many system calls a summary of strace -c has."""
    return int(number_in(r"^ *[\d.]+ +[\d.]+ +\d+ +(\d+) .*total$", text))


def run(core, command):
    """The standard output of a loader that ran on `core`."""
    done = subprocess.run(pinned(core, command), capture_output=True,
                          text=True, check=False)
    if done.returncode != 0:
        raise BenchError(f"{' '.join(command)}: exit code {done.returncode}: "
                         f"{(done.stderr or done.stdout).strip()}")
    return done.stdout


def url(port):
    return f"http://127.0.0.1:{port}/hello"


def run_wrk(core, port, seconds, script=None, connections=100):
    """So many connections that stay open and ask for `seconds`."""
    scripts = [f"--script={HERE / script}"] if script else []
    return parse_wrk(run(core, ["wrk", "--threads=1",
                                f"--connections={connections}",
                                f"--duration={seconds}s", *scripts,
                                url(port)]))


def run_ab(core, port, requests, connections=100, keep_alive=False):
    """A connection for each request, or a fixed number that stays open."""
    flags = ["-k"] if keep_alive else []
    return parse_ab(run(core, ["ab", "-q", *flags, "-c", str(connections),
                               "-n", str(requests), url(port)]))


def count_system_calls(pid, load):
    """How many system calls the process makes while load() runs."""
    with tempfile.NamedTemporaryFile("r") as summary:
        strace = subprocess.Popen(
            ["strace", "-c", "-f", "-o", summary.name, "-p", str(pid)],
            stderr=subprocess.PIPE, text=True)
        try:
            said = strace.stderr.readline()
            if "attached" not in said:
                raise BenchError(f"{said.strip()}; run it as root, or with "
                                 "kernel.yama.ptrace_scope=0")
            load()
        finally:
            strace.send_signal(signal.SIGINT)
            strace.wait(SECONDS_TO_ATTACH)
            strace.stderr.close()
        return parse_strace(summary.read())


class IdleClient:
    """A process with connections that have asked once and then stay open."""

    def __init__(self, core, port, count):
        self._process = subprocess.Popen(
            pinned(core, [sys.executable, str(HERE / "idle_client.py"),
                          str(port), str(count)]),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self._process.kill()
        self._process.communicate()

    def await_open(self):
        """Returns when each connection has its answer."""
        if self._process.stdout.readline() != "open\n":
            raise BenchError("the client of idle connections failed")

    def finish(self):
        """Ends it; an error if the server has closed any of them."""
        closed = self._process.communicate("")[0].strip()
        if closed != "0":
            raise BenchError(f"the server closed {closed or 'some'} of the "
                             "idle connections")
