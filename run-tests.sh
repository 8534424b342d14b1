#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Installs what is missing, builds, and runs every test: `make check` with gcc and, sanitized,
# with clang; each fuzzer for a moment; `make distcheck`; the style checks; the hook in a libvirt;
# the patch in a virt-manager; the lab on every kernel. Its last line is the lab's count.
set -eu
cd "$(dirname "$0")"
top=$PWD

tests/install-packages tests/packages-build tests/packages-check tests/lab/packages

say()
{
    printf '\n== %s\n' "$*"
}

# build FOLDER CONFIGURE-ARGUMENT...: configures once and builds in build/FOLDER.
build()
{
    folder=$top/build/$1
    shift
    mkdir -p "$folder"
    if [ ! -f "$folder/Makefile" ]; then
        (cd "$folder" && "$top/configure" --quiet "$@")
    fi
    make -C "$folder" --no-print-directory -j"$(nproc)" all
}

# check FOLDER: make check, with the logs of what failed.
check()
{
    if ! make -C "$top/build/$1" --no-print-directory -j"$(nproc)" check; then
        cat "$top/build/$1/test-suite.log"
        exit 1
    fi
}

say "build and check with gcc"
[ -n "$(find configure -newer configure.ac 2>/dev/null)" ] || ./autogen.sh
build gcc --enable-werror CC=gcc
check gcc

say "build and check with clang, ASan and UBSan"
build sanitized --enable-werror --enable-sanitizers CC=clang CFLAGS='-O1 -g'
check sanitized

say "fuzz every parser of foreign bytes, five seconds each"
build fuzz --enable-werror --enable-fuzzing CC=clang CFLAGS='-O1 -g'
make -C build/fuzz --no-print-directory -j"$(nproc)" fuzz FUZZ_SECONDS=5

say "build and check a release as an ordinary user"
tests/distcheck "$top/build/gcc"

say "style"
tests/lint/style

say "the hook in a libvirt of its own"
make -C build/gcc --no-print-directory check-libvirt

say "the patch in a virt-manager of its own"
make -C build/gcc --no-print-directory check-dialog

say "lab"
make -C build/gcc --no-print-directory check-lab
