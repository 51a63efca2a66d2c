# SPDX-License-Identifier: Apache-2.0
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import shared_memory


def square(number):
    with open("/proc/self/stat") as file:
        assert int(file.read().split()[0]) == os.getpid()
    return number * number


if __name__ == "__main__":
    for method in ("fork", "spawn"):
        with multiprocessing.get_context(method).Pool(2) as pool:
            print(method, pool.map(square, range(5)))
    with ProcessPoolExecutor(2) as pool:
        print(list(pool.map(square, range(3))))
    memory = shared_memory.SharedMemory(create=True, size=16)
    memory.buf[:2] = b"ok"
    print(bytes(memory.buf[:2]), multiprocessing.Semaphore(3).get_value())
    memory.close()
    memory.unlink()
