#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws bench.json as SVG: draw.py BENCH.JSON >BENCH.SVG. README.md says how to read it."""
import json
import sys
from xml.sax.saxutils import escape

TEXT, PLOT, NUMBER, ROW, MARGIN = 460, 520, 200, 20, 12
WALL, CPU, MEDIAN = "#9ec5e8", "#f3b27a", "#1b3a57"
STYLE = f"""<style>text {{ font: 12px sans-serif }} .group {{ font-weight: bold }} .small {{ fill: #555 }}
.wall {{ fill: {WALL} }} .cpu {{ fill: {CPU} }} .median {{ stroke: {MEDIAN}; stroke-width: 2 }} .axis {{ stroke: #bbb }}</style>"""


def text(x, y, words, kind=""):
    return f'<text x="{x}" y="{y}" class="{kind}">{escape(words)}</text>'


def bar(spread, scale, y, height, kind):
    """From the first to the third quartile, with a line at the median."""
    left, right, middle = (TEXT + spread[key] * scale for key in ("q1", "q3", "median"))
    return (f'<rect class="{kind}" x="{left:.1f}" y="{y}" width="{max(right - left, 1):.1f}" height="{height}"/>'
            f'<line class="median" x1="{middle:.1f}" x2="{middle:.1f}" y1="{y}" y2="{y + height}"/>')


def draw_row(row, scale, y):
    numbers = f"{row['wall_ms']['median']:.2f} ms, CPU {row['cpu_ms']['median']:.2f}"
    if "ratio" in row:
        numbers += f", {row['ratio']['median']:.2f} x {row['base']}"
    return [text(MARGIN, y + 13, row["title"][:70]), bar(row["wall_ms"], scale, y + 2, 8, "wall"),
            bar(row["cpu_ms"], scale, y + 11, 5, "cpu"), text(TEXT + PLOT + MARGIN, y + 13, numbers, "small")]


def draw_group(name, rows, y):
    """The group has a scale of its own, from nothing to its largest quartile. Returns the next free line, too."""
    largest = max(max(row["wall_ms"]["q3"], row["cpu_ms"]["q3"]) for row in rows)
    lines = [text(MARGIN, y + 14, f"{name}: 0 to {largest:.3g} ms", "group")]
    top, y = y + ROW, y + ROW
    for row in rows:
        lines += draw_row(row, PLOT / largest if largest else 0, y)
        y += ROW
    lines.append(f'<line class="axis" x1="{TEXT}" x2="{TEXT}" y1="{top}" y2="{y}"/>')
    return lines, y + ROW // 2


def draw(bench):
    about, groups = bench["about"], {}
    for row in bench["rows"]:
        groups.setdefault(row["group"], []).append(row)
    lines = [text(MARGIN, 20, f"{about['date']}, kernel {about['kernel']}, {about['processors']} processors, load before "
                              f"{about['load'][0]:.1f}; wall-clock time above, CPU below: quartiles and median", "small")]
    y = 30
    for name, rows in groups.items():
        drawn, y = draw_group(name, rows, y)
        lines += drawn
    width = TEXT + PLOT + NUMBER + 3 * MARGIN
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y}" viewBox="0 0 {width} {y}">',
                      STYLE, '<rect width="100%" height="100%" fill="white"/>'] + lines + ["</svg>"])


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: draw.py BENCH.JSON >BENCH.SVG")
    with open(sys.argv[1], encoding="utf-8") as file:
        print(draw(json.load(file)))


if __name__ == "__main__":
    main()
