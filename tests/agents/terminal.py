#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The user at a terminal: runs a command under a pty, types keys, and answers what a terminal is asked.

usage: terminal.py --screen FILE --transcript FILE --goodbye KEYS [REGEX KEYS]... -- COMMAND...

When the text that came to the screen since keys were last typed matches the first REGEX, its KEYS are typed, and
the next pair's turn comes; blanks do not count, because programs move the cursor instead of writing them. When the transcript has the end of the job "terminal", the KEYS
that end the program are typed. The exit status is the command's. FILE gets all that was on the screen.
"""
import fcntl
import json
import os
import pty
import re
import select
import struct
import sys
import termios
import time

# Questions of programs to a terminal: its name, the place of the cursor, its colours.
ANSWERS = [
    (rb"\x1b\[6n", b"\x1b[1;1R"),
    (rb"\x1b\[0?c", b"\x1b[?62;22c"),
    (rb"\x1b\]10;\?(\x07|\x1b\\)", b"\x1b]10;rgb:cccc/cccc/cccc\x1b\\"),
    (rb"\x1b\]11;\?(\x07|\x1b\\)", b"\x1b]11;rgb:0000/0000/0000\x1b\\"),
    (rb"\x1b\[\?u", b"\x1b[?0u"),
    (rb"\x1b\[>0?q", b"\x1bP>|xterm(388)\x1b\\"),
]
ESCAPES = re.compile(r"\x1b\][^\x07\x1b]*(\x07|\x1b\\)|\x1b\[[0-9;:?<=>]*[ -/]*[@-~]|\x1b[P_].*?\x1b\\|"
                     r"\x1b[()][A-Z0-9]|\x1b.")


def parse(arguments):
    at = arguments.index("--")
    options, command = arguments[:at], arguments[at + 1:]
    values = dict(zip(options[0:6:2], options[1:6:2]))
    keys = list(zip(options[6::2], options[7::2]))
    return values, keys, command


def start(command):
    pid, fd = pty.fork()
    if pid == 0:
        os.execvp(command[0], command)
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 160, 0, 0))
    return pid, fd


def job_ended(transcript):
    with open(transcript, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    return any(line["job"] == "terminal" and line.get("end") for line in lines)


class Terminal:
    """The screen, and what is still to be typed."""

    def __init__(self, fd, keys, transcript, goodbye):
        self.fd, self.keys, self.transcript, self.goodbye = fd, keys, transcript, goodbye
        self.raw, self.text, self.asked, self.typed_at = b"", "", 0, 0
        self.quiet_since = time.monotonic()

    def output(self, data):
        self.raw += data
        self.quiet_since = time.monotonic()
        for pattern, answer in ANSWERS:
            for _ in re.finditer(pattern, self.raw[self.asked:]):
                os.write(self.fd, answer)
        self.asked = len(self.raw)
        self.text = re.sub(r"\s+", "", ESCAPES.sub("", self.raw[self.typed_at:].decode(errors="replace")))

    def idle(self):
        """Types the next keys once the screen has been quiet for a moment."""
        if time.monotonic() - self.quiet_since < 0.5:
            return
        if self.goodbye and job_ended(self.transcript):
            self.type(self.goodbye)
            self.goodbye = None
        elif self.keys and re.search(self.keys[0][0], self.text):
            self.type(self.keys.pop(0)[1])

    def type(self, keys):
        """Enter comes alone: a program takes what comes at once for something that was pasted."""
        self.typed_at, self.text = len(self.raw), ""
        for part in re.split(r"(\r)", keys):
            os.write(self.fd, part.encode())
            time.sleep(0.3)
        self.quiet_since = time.monotonic()


def main():
    values, keys, command = parse(sys.argv[1:])
    pid, fd = start(command)
    terminal = Terminal(fd, keys, values["--transcript"], values["--goodbye"])
    while True:
        if select.select([fd], [], [], 0.2)[0]:
            try:
                data = os.read(fd, 65536)
            except OSError:
                break
            if not data:
                break
            terminal.output(data)
            with open(values["--screen"], "wb") as file:
                file.write(terminal.raw)
        terminal.idle()
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    sys.exit(status if status >= 0 else 128 - status)


if __name__ == "__main__":
    main()
