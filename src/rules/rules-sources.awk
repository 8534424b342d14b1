# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Prints one line per place of each rule's Source, for tests/kb/verify.py: rule, its Kernel,
# file, names, comment, separated by tabs. "VFS" is a place without a file. A rule of the iommufd
# path needs a device node of vfio's own, which Linux has since 6.6.

function print_output(    i, r, n, j, list, place, comment, file, kernel)
{
	for (i = 1; i <= n_rules; i++) {
		r = order[i]
		kernel = rule[r, "Kernel"]
		if (kernel == "" && rule[r, "Path"] == "iommufd")
			kernel = "6.6-"
		n = split(rule[r, "Source"], list, /[ \t]*;[ \t]*/)
		for (j = 1; j <= n; j++) {
			place = list[j]
			comment = ""
			if (match(place, / [(].*[)]$/)) {
				comment = substr(place, RSTART + 2, RLENGTH - 3)
				place = substr(place, 1, RSTART - 1)
			}
			file = place
			sub(/ .*/, "", file)
			sub(/^[^ ]* ?/, "", place)
			print rule[r, "Id"] "\t" kernel "\t" file "\t" place "\t" comment
		}
	}
}
