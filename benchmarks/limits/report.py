"""Tables in Markdown, made to be pasted into docs/performance.md."""

import datetime
import os
import platform
import statistics
import subprocess


def quartiles(values):
    """The 25 %, 50 % and 75 % points; of one value, three times that."""
    if len(values) == 1:
        return values * 3
    return statistics.quantiles(values, n=4, method="inclusive")


def ratios(values, base):
    """Round by round, as neighbours in time: what the machine did then is in
    both."""
    return [value / raw for value, raw in zip(values, base)]


def times(ratio):
    """A median with its quartiles: '1.02 (1.01-1.04)'."""
    low, middle, high = quartiles(ratio)
    return f"{middle:.2f} ({low:.2f}\N{EN DASH}{high:.2f})"


def table(head, rows):
    """Markdown. The first column is of words, the others of numbers."""
    lines = [head, ["---"] + ["--:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def timed_table(title, samples):
    """`samples`: server name -> its rounds, the base of the ratios first."""
    base_name, base = next(iter(samples.items()))
    base_cpu = [sample.cpu_ns for sample in base]
    base_rate = [sample.per_second for sample in base]
    rows = []
    for name, rounds in samples.items():
        cpu = [sample.cpu_ns for sample in rounds]
        rate = [sample.per_second for sample in rounds]
        rows.append([name, f"{statistics.median(cpu) / 1000:.2f} µs",
                     times(ratios(cpu, base_cpu)),
                     f"{statistics.median(rate):,.0f}",
                     times(ratios(rate, base_rate))])
    ratio = f"× {base_name} (p25\N{EN DASH}p75)"
    return table([title, "CPU a request", ratio, "requests/s", ratio], rows)


def first_line(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.split("\n")[0]


def cpu_model():
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        for line in info:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def describe_machine(cores, rounds):
    """One paragraph: when, on what, and how."""
    where = ("server on one core, loader on another" if len(cores) > 1 else
             "ONE CORE for server and loader, so the rates mean little")
    return (f"{datetime.date.today().isoformat()}; {cpu_model()}, "
            f"{os.cpu_count()} cores; Linux {platform.release()}; "
            f"{first_line(['clang-19', '--version'])}, optimised; {where}; "
            f"medians of {rounds} rounds.")
