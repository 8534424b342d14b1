# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Prints what rules.awk read as rules_table.c.

function quote(text)
{
	gsub(/\\/, "\\\\", text)
	gsub(/"/, "\\\"", text)
	return "\"" text "\""
}

function text_member(member, text)
{
	if (text != "")
		print "\t\t." member " = " quote(text) ","
}

# Kernel: "6.1", "-6.6", "6.7-", "5.10-6.1"; both ends are part of the range.
function kernel_member(range,    ends, first, last)
{
	if (range == "")
		return
	if (index(range, "-") == 0)
		first = last = range
	else {
		split(range, ends, "-")
		first = ends[1]
		last = ends[2]
	}
	if (first == "")
		first = "0.0"
	if (last == "")
		last = "0.0"
	sub(/\./, ", ", first)
	sub(/\./, ", ", last)
	print "\t\t.kernel = {" first ", " last "},"
}

function errno_member(r,    i, list)
{
	list = ""
	if (rule[r, "Errno"] != "any")
		for (i = 1; i <= rule[r, "Errno", "n"]; i++)
			list = list rule[r, "Errno", i] ", "
	print "\t\t.errnos = (const int[]){" list "0},"
}

function needs_list(r, field, member,    i, word, wanted)
{
	if (rule[r, field, "n"] + 0 == 0)
		return
	print "\t\t." member " = (const struct rule_need[]){"
	for (i = 1; i <= rule[r, field, "n"]; i++) {
		word = rule[r, field, i]
		wanted = sub(/^!/, "", word) ? "TRUTH_NO" : "TRUTH_YES"
		print "\t\t\t{EVIDENCE_" evidence_constant[word] ", " wanted "},"
	}
	print "\t\t},"
	print "\t\t.n_" member " = " rule[r, field, "n"] ","
}

function driver_member(r,    i, list)
{
	list = ""
	for (i = 1; i <= rule[r, "Driver", "n"]; i++)
		list = list (i > 1 ? "," : "") rule[r, "Driver", i]
	text_member("driver", list)
}

function verdict_list_member(r, field, member,    i, list)
{
	if (rule[r, field, "n"] + 0 == 0)
		return
	list = ""
	for (i = 1; i <= rule[r, field, "n"]; i++)
		list = list "VERDICT_" verdict_constant[rule[r, field, i]] ", "
	print "\t\t." member " = (const enum verdict[]){" list "VERDICT_NONE},"
}

function fixes_member(r,    i)
{
	if (rule_fixes[r] + 0 == 0)
		return
	print "\t\t.fixes = (const char *const[]){"
	for (i = 1; i <= rule_fixes[r]; i++)
		print "\t\t\t" quote(rule_fix[r, i]) ","
	print "\t\t\tNULL,"
	print "\t\t},"
}

function word_or(otherwise, word)
{
	return word == "" ? otherwise : toupper(word)
}

function print_rule(r, path)
{
	print "\t{"
	text_member("id", rule[r, "Id"])
	print "\t\t.path = " path_constant[path] ","
	if (rule[r, "Access"] != "")
		print "\t\t.access = " path_constant[rule[r, "Access"]] ","
	if (path == "passive" || path == "domain") {
		print "\t\t.step = STEP_NONE,"
		print "\t\t.errnos = (const int[]){0},"
	} else {
		print "\t\t.step = STEP_" step_constant[rule[r, "Step"]] ","
		errno_member(r)
	}
	driver_member(r)
	kernel_member(rule[r, "Kernel"])
	needs_list(r, "Needs", "needs")
	print "\t\t.verdict = VERDICT_" verdict_constant[rule[r, "Verdict"]] ","
	print "\t\t.outcome = OUTCOME_" word_or("FAIL", rule[r, "Outcome"]) ","
	print "\t\t.confidence = CONFIDENCE_" word_or("CERTAIN", rule[r, "Confidence"]) ","
	print "\t\t.fallback = " (rule[r, "Fallback"] == "yes" ? "true" : "false") ","
	text_member("summary", rule[r, "Summary"])
	text_member("explain", rule[r, "Explain"])
	fixes_member(r)
	verdict_list_member(r, "Also", "also")
	text_member("source", rule[r, "Source"])
	text_member("test_case", rule[r, "Case"])
	print "\t\t.trust = TRUST_" toupper(rule[r, "Trust"]) ","
	print "\t},"
	n_rows++
}

function print_rules(    i, r)
{
	print "const struct rule rules_table[] = {"
	for (i = 1; i <= n_rules; i++) {
		r = order[i]
		if (rule[r, "Path"] == "any") {
			print_rule(r, "type1")
			print_rule(r, "iommufd")
		} else
			print_rule(r, rule[r, "Path"])
	}
	print "};"
	print "const size_t rules_count = " n_rows ";"
	print ""
}

function print_logs(    i)
{
	print "const struct log_signature log_signatures[] = {"
	for (i = 1; i <= n_logs; i++)
		print "\t{EVIDENCE_" evidence_constant[log_evidence[i]] ", " \
			quote(log_pattern[i]) ", VERDICT_" \
			(log_says[i] == "" ? "NONE" : verdict_constant[log_says[i]]) "},"
	print "};"
	print "const size_t log_signatures_count = " n_logs ";"
	print ""
}

function print_text(r, id, pattern)
{
	print "\t{"
	text_member("id", id)
	text_member("pattern", pattern)
	print "\t\t.verdict = VERDICT_" verdict_constant[rule[r, "Verdict"]] ","
	print "\t\t.confidence = CONFIDENCE_" word_or("LIKELY", rule[r, "Confidence"]) ","
	print "\t\t.rank = " rule[r, "Rank"] ","
	print "\t\t.step = STEP_" \
		(rule[r, "Step"] == "" ? "NONE" : step_constant[rule[r, "Step"]]) ","
	errno_member(r)
	verdict_list_member(r, "Also", "also")
	print "\t},"
	n_text_rows++
}

# Texts, and after them the kernel's lines that say something on their own.
function print_texts(    i, j, r)
{
	print "const struct text_pattern text_patterns[] = {"
	for (i = 1; i <= n_texts; i++) {
		r = "text" i
		for (j = 1; j <= text_patterns[r]; j++)
			print_text(r, rule[r, "Text"], text_pattern[r, j])
	}
	for (i = 1; i <= n_logs; i++) {
		if (log_says[i] == "")
			continue
		rule["log", "Verdict"] = log_says[i]
		rule["log", "Rank"] = log_rank[i]
		print_text("log", log_evidence[i], log_pattern[i])
	}
	print "};"
	print "const size_t text_patterns_count = " n_text_rows ";"
	print ""
}

function print_heres(    i, r)
{
	print "const struct here_rule here_rules[] = {"
	for (i = 1; i <= n_heres; i++) {
		r = "here" i
		print "\t{"
		print "\t\t.verdict = VERDICT_" verdict_constant[here_verdict[i]] ","
		print "\t\t.lasting = " (here_lasting[i] ? "true" : "false") ","
		needs_list(r, "Refutes", "refutes")
		needs_list(r, "Doubts", "doubts")
		needs_list(r, "Proves", "proves")
		verdict_list_member(r, "Narrows", "narrows")
		print "\t},"
	}
	print "};"
	print "const size_t here_rules_count = " n_heres ";"
	print ""
}

function print_verdicts(    i, j, id)
{
	print "static const struct verdict_text verdict_texts[VERDICT_COUNT] = {"
	for (i = 1; i <= n_verdicts; i++) {
		id = verdict_list[i]
		print "\t[VERDICT_" verdict_constant[id] "] = {"
		text_member("summary", verdict_text[id, "Summary"])
		text_member("explain", verdict_text[id, "Explain"])
		print "\t\t.fixes = (const char *const[]){"
		for (j = 1; j <= verdict_fixes[id]; j++)
			print "\t\t\t" quote(verdict_fix[id, j]) ","
		print "\t\t\tNULL,"
		print "\t\t},"
		print "\t},"
	}
	print "};"
	print ""
	print "const struct verdict_text *rules_verdict_text(enum verdict verdict)"
	print "{"
	print "\tif (verdict <= VERDICT_NONE || verdict >= VERDICT_COUNT)"
	print "\t\treturn NULL;"
	print "\treturn &verdict_texts[verdict];"
	print "}"
}

function print_output()
{
	print "/* SPDX-License-Identifier: LGPL-2.1-or-later */"
	print "/* Made by rules.awk from src/rules; edit the .rules files instead. */"
	print "#include <errno.h>"
	print ""
	print "#include \"rules/rules.h\""
	print ""
	print_rules()
	print_logs()
	print_texts()
	print_heres()
	print_verdicts()
}
