"""Runs a command and tells what it used: resources.py REPORT COMMAND [ARGUMENT ...]

Writes {"seconds", "peakKilobytes", "status"} as JSON to REPORT. A small process of its own, so that the peak is the command's alone.
"""

import json
import os
import sys
import time

report, *command = sys.argv[1:]
began = time.perf_counter()
child = os.posix_spawnp(command[0], command, os.environ)
_, status, usage = os.wait4(child, 0)
seconds = time.perf_counter() - began
# Linux counts kilobytes, macOS bytes.
peak = usage.ru_maxrss / 1024 if sys.platform == "darwin" else usage.ru_maxrss
with open(report, "w", encoding="utf8") as file:
    json.dump({"seconds": seconds, "peakKilobytes": peak, "status": os.waitstatus_to_exitcode(status)}, file)
