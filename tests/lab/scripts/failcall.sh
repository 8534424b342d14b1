#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# failcall.sh [--every] ADDRESS: trial and restore with one system call failing at a time
# (failcall.c). The driver is loaded beforehand, so that every trial makes the same calls.
# shellcheck source=tests/lab/guest/lab.sh
. /lab/lab.sh
modprobe vfio-pci
exec failcall "$@"
