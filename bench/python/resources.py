"""Runs a command and tells what it used: resources.py REPORT LIMIT COMMAND [ARGUMENT ...]

Writes {"seconds", "peakKilobytes", "status", "stopped"} as JSON to REPORT. A small process of its own, so that the peak is the command's
alone. LIMIT: seconds after which the command is stopped, 0 for none.
"""

import json
import os
import signal
import sys
import time

report, limit, *command = sys.argv[1:]
stopped = False
began = time.perf_counter()
child = os.posix_spawnp(command[0], command, os.environ)


def stop(*_):
    global stopped
    stopped = True
    os.kill(child, signal.SIGKILL)


signal.signal(signal.SIGALRM, stop)
signal.setitimer(signal.ITIMER_REAL, float(limit))
_, status, usage = os.wait4(child, 0)
seconds = time.perf_counter() - began
# Linux counts kilobytes, macOS bytes.
peak = usage.ru_maxrss / 1024 if sys.platform == "darwin" else usage.ru_maxrss
with open(report, "w", encoding="utf8") as file:
    found = {"seconds": seconds, "peakKilobytes": peak, "status": os.waitstatus_to_exitcode(status), "stopped": stopped}
    json.dump(found, file)
