# SPDX-License-Identifier: Apache-2.0
"""What programs of developers use beside files: prints one line for each, the same wherever it works."""
import ctypes
import errno
import fcntl
import os
import pty
import socket
import sqlite3
import sys

home = os.path.expanduser("~")


def sqlite():
    path = os.path.join(home, ".probe.db")
    base = sqlite3.connect(path)
    mode = base.execute("pragma journal_mode=wal").fetchone()[0]
    base.execute("create table if not exists t (n integer)")
    base.execute("insert into t values (1)")
    base.commit()
    return mode


def lock():
    with open(os.path.join(home, ".probe.lock"), "w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
    return "locked"


def unix_socket():
    return exchange(os.path.join(home, ".probe.sock"))


def abstract_socket():
    return exchange("\0probe")


def exchange(name):
    server, client = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
    if not name.startswith("\0") and os.path.exists(name):
        os.unlink(name)
    server.bind(name)
    server.listen()
    client.connect(name)
    client.send(b"over")
    return server.accept()[0].recv(4).decode()


def inotify():
    libc = ctypes.CDLL(None, use_errno=True)
    watch = libc.inotify_add_watch(libc.inotify_init(), home.encode(), 2)
    return "watched" if watch > 0 else errno.errorcode[ctypes.get_errno()]


def terminal():
    pid, fd = pty.fork()
    if pid == 0:
        os.execvp("tty", ["tty"])
    text = os.read(fd, 100).decode().split("/")[1]
    os.waitpid(pid, 0)
    return text


def rename():
    path = os.path.join(home, ".probe-dir")
    os.makedirs(path, exist_ok=True)
    with open(os.path.join(home, ".probe.tmp"), "w", encoding="utf-8") as file:
        file.write("x")
    os.rename(os.path.join(home, ".probe.tmp"), os.path.join(path, "x"))
    os.link(os.path.join(path, "x"), os.path.join(home, ".probe.tmp"))
    os.unlink(os.path.join(home, ".probe.tmp"))
    return "renamed and linked"


for probe in (sqlite, lock, unix_socket, abstract_socket, inotify, terminal, rename):
    try:
        print(probe.__name__, probe())
    except OSError as error:
        print(probe.__name__, errno.errorcode[error.errno])
sys.exit(0)
