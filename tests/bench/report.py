#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the table and the JSON of what run.sh measured. README.md says how to read them."""
import argparse
import collections
import csv
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys

Row = collections.namedtuple("Row", "group name base title")
Target = collections.namedtuple("Target", "kind limit first second text")


def read_tsv(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


class Samples:
    """The runs of one row, by round: wall-clock and CPU time in milliseconds, and the peak of memory in KiB."""

    def __init__(self):
        self.wall, self.cpu, self.memory = {}, {}, {}

    def add(self, number, wall_ns, user_us, system_us, memory_kib):
        self.wall[number] = wall_ns / 1e6
        self.cpu[number] = (user_us + system_us) / 1e3
        self.memory[number] = memory_kib


def read_samples(directory, rows):
    samples = {}
    for group in {row.group for row in rows}:
        for name, number, _place, wall, user, system, memory in read_tsv(f"{directory}/{group}.tsv"):
            of_row = samples.setdefault(f"{group}/{name}", Samples())
            of_row.add(int(number), int(wall), int(user), int(system), int(memory))
    return samples


# --- statistics ------------------------------------------------------------------------------------------------------

def spread(values):
    """Median and quartiles: half of the runs lie between these."""
    values = list(values)
    first, _, third = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
    return {"median": statistics.median(values), "q1": first, "q3": third, "min": min(values), "n": len(values)}


def paired(one, other, operation):
    """The operation on the values of the same round: what disturbs a whole round disturbs neither side alone."""
    return spread(operation(one[number], other[number]) for number in one if number in other)


def ratio(one, other):
    return one / other if other else float("nan")


def difference(one, other):
    return one - other


# --- targets ---------------------------------------------------------------------------------------------------------

def read_targets(path):
    targets = []
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                kind, limit, first, second, text = line.split(None, 4)
                targets.append(Target(kind, float(limit), first, second, text.strip()))
    return targets


class Measured:
    """Everything there is to judge a target by."""

    def __init__(self, samples, sizes, counts):
        self.samples, self.sizes, self.counts = samples, sizes, counts

    def value(self, target):
        """What was measured of it, None where the rows are not there."""
        if target.kind == "count":
            return self.counts.get((target.first, target.second, "syscalls"))
        names = [name for name in (target.first, target.second) if name != "-"]
        if not all(name in self.samples for name in names):
            return None
        first = self.samples[target.first]
        if target.kind == "memory":
            return statistics.median(first.memory.values()) * 1024 / self.sizes[target.first]
        second = self.samples[target.second]
        if target.kind == "ratio":
            return paired(first.wall, second.wall, ratio)["median"]
        if target.kind == "added-ms":
            return paired(first.wall, second.wall, difference)["median"]
        if target.kind == "added-cpu":
            return paired(first.cpu, second.cpu, difference)["median"]
        if target.kind == "growth":
            grown = self.sizes[target.first] / self.sizes[target.second]
            return paired(first.cpu, second.cpu, ratio)["median"] / grown
        raise ValueError(f"the unknown kind {target.kind} of target")


def judge(targets, measured):
    judged = []
    for target in targets:
        value = measured.value(target)
        verdict = "not measured" if value is None else "met" if value <= target.limit else "missed"
        judged.append({"target": target.text, "limit": target.limit, "value": value, "verdict": verdict})
    return judged


# --- output ----------------------------------------------------------------------------------------------------------

def summarize(rows, samples):
    summary = []
    for row in rows:
        mine = samples.get(f"{row.group}/{row.name}")
        if mine is None:
            continue
        entry = {"group": row.group, "name": row.name, "title": row.title, "wall_ms": spread(mine.wall.values()),
                 "cpu_ms": spread(mine.cpu.values()), "maxrss_kib": spread(mine.memory.values())}
        base = samples.get(f"{row.group}/{row.base}")
        if base is not None:
            entry["base"] = row.base
            entry["ratio"] = paired(mine.wall, base.wall, ratio)
            entry["cpu_ratio"] = paired(mine.cpu, base.cpu, ratio)
            entry["added_ms"] = paired(mine.wall, base.wall, difference)
        summary.append(entry)
    return summary


def print_rows(summary):
    group = None
    for entry in summary:
        if entry["group"] != group:
            group = entry["group"]
            print(f"\n{group:<58}{'median ms':>10} {'q1..q3':>17} {'min':>8} {'n':>4} {'CPU ms':>8} {'MiB':>6}  ratio q1..q3 (CPU) to")
        wall = entry["wall_ms"]
        quartiles = f"{wall['q1']:.3f}..{wall['q3']:.3f}"
        line = (f"  {entry['title'][:56]:<56}{wall['median']:>10.3f} {quartiles:>17} {wall['min']:>8.3f} {wall['n']:>4} "
                f"{entry['cpu_ms']['median']:>8.3f} {entry['maxrss_kib']['median'] / 1024:>6.1f}")
        if "ratio" in entry:
            of = entry["ratio"]
            line += f"  {of['median']:.2f} {of['q1']:.2f}..{of['q3']:.2f} ({entry['cpu_ratio']['median']:.2f}) {entry['base']}"
        print(line)


def print_counts(counts):
    metrics = ("loader-syscalls", "syscalls", "objects", "instructions")
    paths = dict.fromkeys((program, path) for program, path, _ in counts)
    if paths:
        print(f"\n{'counts between main and the end':<44}" + "".join(f"{metric:>17}" for metric in metrics))
    for program, path in paths:
        print(f"  {program + ' ' + path:<42}" +
              "".join(f"{counts.get((program, path, metric), ''):>17}" for metric in metrics))


def print_targets(judged):
    print()
    for entry in judged:
        value = "" if entry["value"] is None else f" ({entry['value']:.3g})"
        print(f"target <= {entry['limit']:g}: {entry['verdict']}{value}: {entry['target']}")


def print_load(about):
    load = about["load"]
    print("load before: " + " ".join(f"{value:.1f}" for value in load))
    if load[0] > about["processors"] / 2:
        print("The machine was busy: times in ms are those of its other work too. Look at ratios, CPU and counts.")


def first_line(*command):
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    except OSError:
        return None
    return said[0] if said else None


def machine(directory):
    """What numbers of different runs must not be compared across; the load is the one before the first of ours."""
    with open(f"{directory}/loadavg", encoding="utf-8") as file:
        load = [float(word) for word in file.read().split()[:3]]
    return {"date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
            "kernel": platform.release(), "machine": platform.machine(), "processors": os.cpu_count(),
            "load": load, "crun": first_line("crun", "--version"), "runc": first_line("runc", "--version")}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--targets", required=True)
    parser.add_argument("--json", required=True)
    parser.add_argument("directory")
    arguments = parser.parse_args()
    rows = [Row(*line) for line in read_tsv(f"{arguments.directory}/rows.tsv")]
    skipped = read_tsv(f"{arguments.directory}/skipped.tsv")
    sizes = {name: int(size) for name, size in read_tsv(f"{arguments.directory}/sizes.tsv")}
    counts = {tuple(line[0].split()[:3]): int(line[0].split()[3])
              for line in read_tsv(f"{arguments.directory}/counts")}
    samples = read_samples(arguments.directory, rows)
    summary = summarize(rows, samples)
    judged = judge(read_targets(arguments.targets), Measured(samples, sizes, counts))
    about = machine(arguments.directory)
    print(", ".join(f"{key} {value}" for key, value in about.items() if key != "load"))
    print_load(about)
    print_rows(summary)
    print_counts(counts)
    for group, name, reason in skipped:
        print(f"skipped: {group}/{name}: {reason}")
    print_targets(judged)
    with open(arguments.json, "w", encoding="utf-8") as file:
        json.dump({"about": about, "rows": summary, "targets": judged,
                   "counts": [{"program": key[0], "path": key[1], "metric": key[2], "value": value}
                              for key, value in counts.items()],
                   "skipped": [dict(zip(("group", "name", "reason"), line)) for line in skipped]}, file, indent=1)
    return 0


sys.exit(main())
