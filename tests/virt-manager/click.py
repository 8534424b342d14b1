# SPDX-License-Identifier: LGPL-2.1-or-later
"""Presses Run in virt-manager and tells what its error dialog says.

    click.py FOLDER

Runs in the root that `live` makes, in a session bus of its own. It does what a screen reader
does: finds widgets through AT-SPI, presses them, reads their text. Writes FOLDER/said.json,
{"message", "details"} (the message on one line), and FOLDER/screen.png.
"""
import json
import subprocess
import sys
import time

import gi
import libvirt

gi.require_version("Atspi", "2.0")
gi.require_version("Gdk", "3.0")
from gi.repository import Atspi, Gdk  # noqa: E402

URI = "qemu:///session"
PATIENCE = 60


def below(node):
    """NODE and all that is shown below it."""
    yield node
    for i in range(node.get_child_count()):
        child = node.get_child_at_index(i)
        if child:
            yield from below(child)


def seek(role, wanted):
    """The first widget of ROLE for which wanted() holds; waits for it."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        desktop = Atspi.get_desktop(0)
        desktop.clear_cache()
        try:
            for node in below(desktop):
                if node.get_role() == role and wanted(node):
                    return node
        except gi.repository.GLib.Error:
            pass  # it went while we looked
        time.sleep(0.2)
    sys.exit(f"no {Atspi.role_get_name(role)} that was waited for, in {PATIENCE} s:\n" +
             "\n".join(f"{n.get_role_name()} {n.get_name()!r}" for n in below(desktop)))


def press(name, role):
    """Press the widget NAME as soon as it can be pressed."""
    seek(role, lambda n: n.get_name() == name and
         n.get_state_set().contains(Atspi.StateType.SENSITIVE)).do_action(0)


def text_of(node):
    """The text that NODE shows."""
    return Atspi.Text.get_text(node, 0, Atspi.Text.get_character_count(node))


def screenshot(path):
    """The whole screen as a PNG."""
    window = Gdk.get_default_root_window()
    Gdk.pixbuf_get_from_window(window, 0, 0, window.get_width(), window.get_height()).savev(
        path, "png", [], [])


def main():
    """Entry: see above."""
    with open("/vm.xml", encoding="utf-8") as definition:
        libvirt.open(URI).defineXML(definition.read())
    with subprocess.Popen(["virt-manager", "--no-fork", "--connect", URI,
                           "--show-domain-console", "vm"]) as manager:
        try:
            press("Run", Atspi.Role.PUSH_BUTTON)
            alert = seek(Atspi.Role.ALERT, lambda n: True)
            press("Details", Atspi.Role.TOGGLE_BUTTON)
            details = seek(Atspi.Role.TEXT, lambda n: "Error starting" in text_of(n))
            message = next(text_of(n) for n in below(alert)
                           if n.get_role() == Atspi.Role.LABEL and "Error" in text_of(n))
            time.sleep(1)  # for the screenshot: the dialog grows
            screenshot(f"{sys.argv[1]}/screen.png")
            said = {"message": " ".join(message.split()), "details": text_of(details)}
            with open(f"{sys.argv[1]}/said.json", "w", encoding="utf-8") as out:
                json.dump(said, out)
        finally:
            manager.terminate()


main()
