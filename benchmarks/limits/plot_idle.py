"""Draws docs/idle-descriptors.svg from what the benchmark has measured.

    ./cloche bench idle_descriptor --benchmark_format=json \\
        --benchmark_repetitions=5 --benchmark_report_aggregates_only > idle.json
    python3 benchmarks/limits/plot_idle.py idle.json > docs/idle-descriptors.svg

Both axes are logarithmic, so what is proportional to the number of descriptors
is a straight line upwards, and what does not depend on it is level.

Next: benchmarks/idle_descriptor_benchmark.cc; docs/backends.md.
"""

import json
import math
import sys

# Where the diagram lies in the picture, and what it spans.
LEFT, TOP, WIDTH, HEIGHT = 80, 20, 460, 300
DESCRIPTORS = (10, 10_000)
MICROSECONDS = (1, 10_000)
COLOURS = {
    "epoll": "#0b6e4f",
    "epoll_level": "#59a14f",
    "io_uring": "#b07aa1",
    "poll": "#d1495b",
    "select": "#3d5a98",
}
# Two lines lie upon each other: one name stands a little above, one below.
LOWER = {"epoll": 4, "epoll_level": -9}


def medians(text):
    """{backend: [(idle descriptors, microseconds a turn)]}, from its JSON."""
    series = {}
    for row in json.loads(text[text.index("{"):])["benchmarks"]:
        if row["aggregate_name"] != "median":
            continue
        _, backend, idle = row["run_name"].split("/")
        series.setdefault(backend, []).append(
            (int(idle), row["cpu_time"] / 1000))
    return series


def along(value, span, length):
    """Where a value lies on a logarithmic axis of that length."""
    low, high = (math.log10(end) for end in span)
    return (math.log10(value) - low) / (high - low) * length


def place(idle, microseconds):
    return (LEFT + along(idle, DESCRIPTORS, WIDTH),
            TOP + HEIGHT - along(microseconds, MICROSECONDS, HEIGHT))


def text(x, y, words, anchor="middle", colour="#333"):
    return (f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" '
            f'fill="{colour}">{words}</text>')


def decades(span):
    value = span[0]
    while value <= span[1] * 1.001:
        yield value
        value *= 10


def grid():
    for idle in decades(DESCRIPTORS):
        x, _ = place(idle, 1)
        yield f'<path d="M{x:.0f} {TOP}v{HEIGHT}"/>'
        yield text(x, TOP + HEIGHT + 18, f"{idle:,}")
    for microseconds in decades(MICROSECONDS):
        _, y = place(10, microseconds)
        yield f'<path d="M{LEFT} {y:.0f}h{WIDTH}"/>'
        yield text(LEFT - 8, y + 4, f"{microseconds:,} µs", "end")
    yield text(LEFT + WIDTH / 2, TOP + HEIGHT + 40, "idle descriptors")
    yield text(LEFT + 8, TOP + 16, "CPU time of a turn", "start")


def line(backend, points):
    colour = COLOURS[backend]
    places = [place(*point) for point in sorted(points)]
    corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    yield (f'<polyline points="{corners}" stroke="{colour}" '
           f'stroke-width="2.5" fill="none"/>')
    x, y = places[-1]
    # The benchmark's names are C++'s, which have no dashes.
    name = "epoll-level" if backend == "epoll_level" else backend
    yield text(x + 8, y + 4 + LOWER.get(backend, 0), name, "start", colour)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        series = medians(file.read())
    print('<svg xmlns="http://www.w3.org/2000/svg" width="640" height="375" '
          'font-family="sans-serif" font-size="13">')
    print('<rect width="640" height="375" fill="#fff"/>')
    print('<g stroke="#ddd" fill="none">')
    shapes = list(grid())
    print("\n".join(s for s in shapes if s.startswith("<path")))
    print("</g>")
    print("\n".join(s for s in shapes if s.startswith("<text")))
    for backend, points in series.items():
        print("\n".join(line(backend, points)))
    print("</svg>")


if __name__ == "__main__":
    main()
