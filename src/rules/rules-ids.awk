# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Prints one line per rule: id, verdict, trust, case. For people who count.

function print_output(    i, r)
{
	for (i = 1; i <= n_rules; i++) {
		r = order[i]
		print rule[r, "Id"] "\t" rule[r, "Verdict"] "\t" rule[r, "Trust"] "\t" \
			rule[r, "Case"]
	}
}
