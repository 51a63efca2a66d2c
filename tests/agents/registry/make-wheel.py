# SPDX-License-Identifier: Apache-2.0
"""usage: make-wheel.py MODULE.py DIRECTORY: a wheel of one module with the console script of its name."""
import os
import sys
import zipfile

module = os.path.basename(sys.argv[1])[:-3]
info = f"{module}-1.0.0.dist-info"
files = {
    f"{module}.py": open(sys.argv[1], encoding="utf-8").read(),
    f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {module.replace('_', '-')}\nVersion: 1.0.0\n",
    f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: make-wheel\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    f"{info}/entry_points.txt": f"[console_scripts]\n{module.replace('_', '-')} = {module}:main\n",
}
files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
with zipfile.ZipFile(os.path.join(sys.argv[2], f"{module}-1.0.0-py3-none-any.whl"), "w") as wheel:
    for name, text in files.items():
        wheel.writestr(zipfile.ZipInfo(name), text)
