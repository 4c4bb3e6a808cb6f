"""Lets an instrumented web server do what it usually does, and end.

    LLVM_PROFILE_FILE=FILE python3 benchmarks/limits/train_http.py PROGRAM

It is loaded in each of the ways that compare_http.py loads it, for a short
time. When it ends it writes the profile that it is then built by, see
.launcher/profile.sh.

Main disadvantage: what is not done here counts as unusual.

Next: compare_http.py.
"""

import os
import sys

import loaders
from servers import BenchError, Server

SECONDS = 2
CLOSING_REQUESTS = 10_000


def main(program):
    cores = sorted(os.sched_getaffinity(0))
    with Server("the server", [program, "--port=0"], cores[0]) as server:
        for script in [None, "pipeline.lua"]:
            loaders.run_wrk(cores[-1], server.port, SECONDS, script=script)
        loaders.run_ab(cores[-1], server.port, CLOSING_REQUESTS)
        server.check_alive()


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except BenchError as failure:
        sys.exit(f"cloche: {failure}")
