# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Counts the rules by trust, path and verdict, each as often as it stands in the files.

function print_output(    i, r)
{
	for (i = 1; i <= n_rules; i++) {
		r = order[i]
		trusts[rule[r, "Trust"]]++
		paths[rule[r, "Path"]]++
		verdicts[rule[r, "Verdict"]]++
	}
	print "rules\t" n_rules
	n_words = split("read lab metal", words, " ")
	for (i = 1; i <= n_words; i++)
		print "trust\t" words[i] "\t" trusts[words[i]] + 0
	n_words = split("type1 iommufd passive domain any", words, " ")
	for (i = 1; i <= n_words; i++)
		print "path\t" words[i] "\t" paths[words[i]] + 0
	for (i = 1; i <= n_verdicts; i++)
		if (verdict_list[i] in verdicts)
			print "verdict\t" verdict_list[i] "\t" verdicts[verdict_list[i]]
}
