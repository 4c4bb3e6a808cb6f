"""Runs clang-tidy-19 over our .cc files, skipping what was clean before.

Usage: tidy.py CACHE [FILE...]

A file is clean for as long as its own text, the text of every header of ours
that it includes (at any depth) and .clang-tidy are the same; CACHE/tidy has an
empty file named after the hash of all that. So a run after a small change
takes seconds, and the first one takes minutes.
"""

import concurrent.futures
import hashlib
import pathlib
import re
import subprocess
import sys
import tempfile

FOLDERS = ["src", "fakes", "testing", "benchmarks"]
ONLY_INCLUDED = ["docs"]  # Its examples look like a user's code.
SYSTEM_INCLUDES = ["abseil", "googletest/googletest/include",
                   "googletest/googlemock/include", "benchmark/include"]
INCLUDE = re.compile(r'^#include "cloche/([^"]+)"', re.MULTILINE)


def header_path(name):
    """Where the header that is included as cloche/<name> is."""
    inside = pathlib.Path("src", name)
    return inside if inside.exists() else pathlib.Path(name)


def closure(path, seen):
    """Adds to `seen` the file and the headers of ours that it includes."""
    if path in seen or not path.exists():
        return
    seen[path] = path.read_text()
    for name in INCLUDE.findall(seen[path]):
        closure(header_path(name), seen)


def fingerprint(path):
    seen = {}
    closure(path, seen)
    text = pathlib.Path(".clang-tidy").read_text()
    text += pathlib.Path(__file__).read_text()
    text += "".join(f"{p}\n{seen[p]}" for p in sorted(seen))
    return hashlib.sha256(text.encode()).hexdigest()


def make_include_root(root):
    """Symbolic links, so that the folders are found as cloche/<folder>."""
    prefix = pathlib.Path(root, "cloche")
    prefix.mkdir()
    for folder in [*pathlib.Path("src").iterdir(),
                   *map(pathlib.Path, FOLDERS + ONLY_INCLUDED)]:
        if folder.is_dir() and folder.name != "src":
            (prefix / folder.name).symlink_to(folder.resolve())


def tidy(path, root, cache):
    """Returns what clang-tidy has to say against the file; nothing if clean."""
    mark = cache / "tidy" / fingerprint(path)
    if mark.exists():
        return ""
    system = [f"-isystem{cache}/sources/{name}" for name in SYSTEM_INCLUDES]
    run = subprocess.run(
        ["clang-tidy-19", "--quiet", path, "--",
         "-xc++", "-std=c++20", f"-I{root}", *system],
        capture_output=True, text=True, check=False)
    if run.returncode == 0:
        mark.touch()
        return ""
    return run.stdout.replace(f"{root}/cloche/", "cloche/") or run.stderr


def unseen(complaint, seen):
    """Those parts of a complaint that no earlier file had: headers recur."""
    parts = re.split(r"^(?=\S+:\d+:\d+: (?:error|warning): )", complaint,
                     flags=re.MULTILINE)
    new = [part for part in parts if part not in seen]
    seen.update(new)
    return "".join(new)


def files_to_check():
    listed = subprocess.run(
        ["git", "ls-files", "--", *(f"{folder}/*.cc" for folder in FOLDERS)],
        capture_output=True, text=True, check=True)
    # What is for Windows has Windows' headers, which are not here.
    return [name for name in listed.stdout.splitlines()
            if not re.search(r"_windows\.cc$|/windows_(?!errors)", name)]


def main():
    cache = pathlib.Path(sys.argv[1])
    (cache / "tidy").mkdir(parents=True, exist_ok=True)
    paths = [pathlib.Path(name) for name in sys.argv[2:] or files_to_check()]
    bad = 0
    seen = set()
    with tempfile.TemporaryDirectory() as root, \
            concurrent.futures.ThreadPoolExecutor(2) as pool:
        make_include_root(root)
        complaints = pool.map(lambda path: tidy(path, root, cache), paths)
        for number, (path, complaint) in enumerate(zip(paths, complaints), 1):
            if complaint:
                bad += 1
                print(f"{path}: not clean\n{unseen(complaint, seen)}",
                      flush=True)
            if number % 20 == 0 or number == len(paths):
                print(f"clang-tidy: {number} of {len(paths)} files",
                      file=sys.stderr, flush=True)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
