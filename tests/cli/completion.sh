#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# bash completion: every command, every option of each, values, devices.
# shellcheck source=tests/cli/tree.sh
. "${srcdir:-.}/tests/cli/tree.sh"

completion=${top_srcdir:-.}/completion/iommu-diag

# complete WORD... : what bash offers for the last word, one a line, in $scratch/out.
complete_words()
{
	command_line="completion of: $*"
	PATH=${program%/*}:$PATH bash --norc -c '
		. "$1" && shift
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*"
		COMP_POINT=${#COMP_LINE}
		_iommu_diag iommu-diag
		[ ${#COMPREPLY[@]} = 0 ] || printf "%s\n" "${COMPREPLY[@]}"
	' bash "$completion" "$@" >"$scratch/out" 2>"$scratch/err"
	tests_run=$((tests_run + 1))
	[ ! -s "$scratch/err" ] || complain "it says something"
}

# whole WORD : this very word is offered.
whole()
{
	tests_run=$((tests_run + 1))
	grep -qx -e "$1" "$scratch/out" || complain "'$1' is not offered"
}

"$program" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p' >"$scratch/commands"
tests_run=$((tests_run + 1))
[ "$(wc -l <"$scratch/commands")" -ge 5 ] || complain "--help names no commands"
complete_words iommu-diag ""
while read -r name; do
	whole "$name"
done <"$scratch/commands"
expect_no_out "--"
complete_words iommu-diag ex
whole explain
expect_no_out check

# Every long option of every command.
while read -r name; do
	"$program" "$name" --help | sed -n 's/^.*  *\(--[a-z][a-z-]*\).*/\1/p' >"$scratch/options"
	complete_words iommu-diag "$name" --
	cp "$scratch/out" "$scratch/offered"
	while read -r option; do
		tests_run=$((tests_run + 1))
		grep -qx -e "$option=\\{0,1\\}" "$scratch/offered" ||
			complain "$name: '$option' is not offered"
	done <"$scratch/options"
	whole --help
done <"$scratch/commands"

complete_words iommu-diag check --path=
whole type1
whole iommufd
whole auto
complete_words iommu-diag check --path=io
whole iommufd
expect_no_out type1
complete_words iommu-diag list --json=
whole pretty
complete_words iommu-diag list --color=n
whole never
touch "$scratch/a file"
complete_words iommu-diag explain "--file=$scratch/a"
whole "$scratch/a file"

# Devices are this host's; it may have none.
complete_words iommu-diag check ""
for path in /sys/bus/pci/devices/*; do
	[ -e "$path" ] && whole "${path##*/}"
done
finish
