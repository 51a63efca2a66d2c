#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""records.py DIR N: makes DIR hold N records, of containers that ended without a poststop hook. Those there stay."""
import json
import os
import sys


def record(number):
    return {
        "container_id": f"{number:064x}", "pod": f"web-{number}", "namespace": f"team-{number % 17}",
        "pod_uid": f"5d1f0c6e-7a2b-4a39-9d0e-{number:012x}", "profile": "default", "runtime_handler": "nono-crun",
        "bundle": f"/run/containerd/io.containerd.runtime.v2.task/k8s.io/{number:064x}",
        "timestamp": "2026-01-01T00:00:00Z",
        # A process that no machine has: the number is above the largest that the kernel gives.
        "pid": 4194304 + number, "pid_start_time": 1, "landlock_abi": 4,
    }


def main():
    directory, count = sys.argv[1], int(sys.argv[2])
    for number in range(count):
        path = os.path.join(directory, f"{number:064x}")
        if os.path.exists(path):
            continue
        os.mkdir(path, 0o700)
        with open(os.path.join(path, "metadata.json"), "w", encoding="utf-8",
                  opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            json.dump(record(number), file, separators=(",", ":"))


main()
