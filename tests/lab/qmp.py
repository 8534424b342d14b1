# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a guest asks its emulator for: devices that come and go, a reset."""
import json
import socket

from labcache import LabError

TIMEOUT = 20    # seconds for one answer
# A guest that resets ends its boot; from here on it comes up again. SeaBIOS, which finds itself
# run already, resets a second time.
RESET = ({"execute": "set-action", "arguments": {"reboot": "reset"}},
         {"execute": "system_reset"})


def _execute(lines, command):
    lines.write(json.dumps(command) + "\n")
    lines.flush()
    for line in lines:
        answer = json.loads(line)
        if "error" in answer:
            raise LabError(f"QEMU refused {command}: {answer['error'].get('desc')}")
        if "return" in answer:    # everything else is an event
            return
    raise LabError(f"QEMU did not answer {command}")


def ask(path, request):
    """Ask the monitor at PATH for one REQUEST of a guest: "reset", or a command of QMP."""
    try:
        commands = RESET if request == "reset" else (json.loads(request),)
        with socket.socket(socket.AF_UNIX) as monitor:
            monitor.settimeout(TIMEOUT)
            monitor.connect(path)
            with monitor.makefile("rw", encoding="utf-8") as lines:
                lines.readline()    # the greeting
                for command in ({"execute": "qmp_capabilities"}, *commands):
                    _execute(lines, command)
    except (OSError, ValueError) as e:
        raise LabError(f"the guest's request {request!r}: {e}") from e
