"""Servers as child processes: started on one core, asked what they cost, ended.

How it works: a server prints the port that it listens on; /proc says what the
process has used. CPU time is that of its threads in nanoseconds, time in the
kernel on its behalf included, so it holds what a request costs the server
whatever the loader can or cannot do.

Main disadvantage: Linux only.

Next: loaders.py.
"""

import pathlib
import re
import select
import subprocess

LISTENS = re.compile(r"listening on (\d+)|serving http://127\.0\.0\.1:(\d+)")
SECONDS_TO_START = 10
SECONDS_TO_STOP = 5


class BenchError(Exception):
    """What ends the program with one line that says what is wrong."""


def pinned(core, command):
    """The command on one core, to be ended by the kernel should we vanish."""
    return ["setpriv", "--pdeathsig", "TERM",
            "taskset", "--cpu-list", str(core), *command]


class Server:
    """A running server. Use it in a `with`, which ends it in any case."""

    def __init__(self, name, command, core):
        self.name = name
        try:
            self._process = subprocess.Popen(
                pinned(core, command),
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        except OSError as error:
            raise BenchError(f"starting {name}: {error}") from error
        try:
            self.port = self._read_port()
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stop()

    @property
    def pid(self):
        return self._process.pid

    def cpu_ns(self):
        """CPU time so far, exact when the server sleeps."""
        threads = pathlib.Path(f"/proc/{self.pid}/task").iterdir()
        return sum(int((thread / "schedstat").read_text().split()[0])
                   for thread in threads)

    def resident_bytes(self):
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024

    def check_alive(self):
        code = self._process.poll()
        if code is not None:
            raise BenchError(f"{self.name} ended with exit code {code}")

    def stop(self):
        """Asks it to end, then makes it."""
        self._process.terminate()
        try:
            self._process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def _read_port(self):
        output = self._process.stdout
        ready, _, _ = select.select([output], [], [], SECONDS_TO_START)
        line = output.readline().decode() if ready else ""
        found = LISTENS.search(line)
        if not found:
            raise BenchError(f"{self.name} did not say where it listens, "
                             f"but '{line.strip()}'")
        return int(found[1] or found[2])
