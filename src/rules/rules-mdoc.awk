# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Prints what rules.awk read as the manual page iommu-diag-verdicts(7).

# What roff would take for its own, and placeholders as a reader meets them.
function roff(text)
{
	gsub(/\\/, "\\e", text)
	gsub(/-/, "\\-", text)
	gsub(/@DEVICE@/, "DEVICE", text)
	gsub(/@GROUP@/, "GROUP", text)
	gsub(/@DRIVER@/, "DRIVER", text)
	gsub(/@STEP@/, "STEP", text)
	gsub(/@ERRNO@/, "ERRNO", text)
	gsub(/@IOMMU@/, "IOMMU", text)
	return text
}

# Fills lines of up to 78 characters; a new sentence begins a new line.
function fill(text,    words, n, i, out, word)
{
	n = split(roff(text), words, " ")
	out = ""
	for (i = 1; i <= n; i++) {
		word = words[i]
		if (length(out) + length(word) + 1 > 78 || out ~ /[.!?]$/) {
			if (out != "")
				print out
			out = ""
		}
		if (out == "" && word ~ /^[.']/)
			word = "\\&" word
		out = out (out == "" ? "" : " ") word
	}
	if (out != "")
		print out
}

function leads(id,    i, r, n, errno_text, lines, what)
{
	n = 0
	for (i = 1; i <= n_rules; i++) {
		r = order[i]
		if (rule[r, "Verdict"] != id)
			continue
		errno_text = rule[r, "Errno"] == "any" ? "any errno" : rule[r, "Errno"]
		what = rule[r, "Path"] == "passive" ? \
			"a passive check" (rule[r, "Access"] == "iommufd" ? " of iommufd" : "") : \
			rule[r, "Path"] == "domain" ? "a check of a domain" : \
			rule[r, "Step"] " with " errno_text
		if (!((id, what) in told)) {
			told[id, what] = 1
			lines[++n] = what
		}
	}
	for (i = 1; i <= n_logs; i++)
		if (log_says[i] == id && !((id, "log") in told)) {
			told[id, "log"] = 1
			lines[++n] = "a line of the kernel log"
		}
	for (i = 1; i <= n_texts; i++)
		if (rule["text" i, "Verdict"] == id && !((id, "text") in told)) {
			told[id, "text"] = 1
			lines[++n] = "a message that explain knows"
		}
	if (n == 0)
		return
	print ".Pp"
	what = "Comes from: "
	for (i = 1; i <= n; i++)
		what = what lines[i] (i < n ? "; " : ".")
	fill(what)
}

function print_verdict(id,    i)
{
	print ".It Sy " roff(id)
	fill(verdict_text[id, "Summary"] ".")
	fill(verdict_text[id, "Explain"])
	print ".Bl -dash -compact"
	for (i = 1; i <= verdict_fixes[id]; i++) {
		print ".It"
		fill(verdict_fix[id, i])
	}
	print ".El"
	leads(id)
}

function print_head()
{
	print ".\\\" SPDX-License-Identifier: LGPL-2.1-or-later"
	print ".\\\" Made by rules.awk from src/rules; edit the .rules files instead."
	print ".Dd November 22, 2026"
	print ".Dt IOMMU-DIAG-VERDICTS 7"
	print ".Os"
	print ".Sh NAME"
	print ".Nm iommu-diag-verdicts"
	print ".Nd what the verdicts of iommu-diag mean and what to do about them"
	print ".Sh DESCRIPTION"
	fill("Every answer of iommu-diag carries the id of a verdict.")
	fill("The ids below never change their meaning; programs may rely on them.")
	fill("The texts may change.")
	fill("For each verdict this page says what it means, what can be done, and which " \
		"steps of a trial lead to it.")
	fill("Where several causes share one errno, the evidence that iommu-diag prints " \
		"with the verdict decides between them.")
	fill("In the texts, DEVICE stands for the full address of the PCI function, " \
		"such as 0000:01:00.0, and GROUP for the number of its IOMMU group.")
}

function print_output(    i)
{
	print_head()
	for (i = 1; i <= n_verdicts; i++) {
		if (i in section_before) {
			if (i > 1)
				print ".El"
			print ".Ss " roff(section_before[i])
			print ".Bl -tag -width Ds"
		}
		print_verdict(verdict_list[i])
	}
	print ".El"
	print ".Sh SEE ALSO"
	print ".Xr iommu-diag 1"
}
