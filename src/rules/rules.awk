# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Reads the .def vocabularies of src/model and the .rules stanzas, and checks them.
# Printing is the job of the file that follows it on the command line:
#
#	awk -f rules.awk -f rules-c.awk evidence.def step.def verdict.def *.rules
#
# rules-c.awk prints the C table, rules-mdoc.awk iommu-diag-verdicts(7), rules-count.awk how many
# there are, rules-sources.awk the places in the kernel that they follow. POSIX awk: mawk, gawk
# and busybox must all run it. HACKING.md describes the fields.

BEGIN {
	rule_fields = " Id Path Step Errno Driver Kernel Needs Verdict Outcome " \
		"Confidence Fallback Summary Explain Fix Source Case Trust Rank Also Access "
	verdict_fields = " Verdict Summary Explain Fix "
	log_fields = " Evidence Pattern Verdict Rank "
	here_fields = " Here Lasting Refutes Doubts Proves Narrows "
	text_fields = " Text Like Pattern Verdict Errno Step Rank Also Confidence Source "
	drivers = " intel amd smmuv3 smmu virtio riscv dart s390 unknown "
	errnos = " EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF EAGAIN " \
		"ENOMEM EACCES EFAULT EBUSY EEXIST EXDEV ENODEV ENOTDIR EINVAL " \
		"ENFILE EMFILE ENOTTY ETXTBSY ENOSPC EROFS EPIPE ERANGE EDEADLK " \
		"ENOSYS EOVERFLOW EBADFD EOPNOTSUPP EADDRINUSE ETIMEDOUT " \
		"EALREADY ENODATA ETIME EPROTO EBADMSG EMSGSIZE ENOKEY " \
		"EKEYREJECTED ECANCELED EREMOTEIO "
	split("DEVICE GROUP DRIVER STEP ERRNO IOMMU", names, " ")
	for (i in names)
		placeholder["@" names[i] "@"] = 1
	path_constant["type1"] = "PATH_TYPE1"
	path_constant["iommufd"] = "PATH_IOMMUFD"
	path_constant["passive"] = "PATH_PASSIVE"
	path_constant["domain"] = "PATH_DOMAIN"
	n_rules = n_verdicts = n_logs = n_texts = n_heres = n_sections = n_stanza = 0
}

function complain(where, text)
{
	print where ": " text | "cat 1>&2"
	failed = 1
}

function trim(text)
{
	sub(/^[ \t]+/, "", text)
	sub(/[ \t]+$/, "", text)
	return text
}

# EVIDENCE(CONSTANT, "id", ...) and the like: what the stanzas may name.
FILENAME ~ /\.def$/ {
	if ($0 !~ /^[A-Z_]+\([A-Z0-9_]+, "/)
		next
	kind = $0
	sub(/\(.*/, "", kind)
	name = $0
	sub(/^[A-Z_]+\(/, "", name)
	constant = name
	sub(/,.*/, "", constant)
	sub(/^[^"]*"/, "", name)
	sub(/".*/, "", name)
	if (kind == "EVIDENCE")
		evidence_constant[name] = constant
	else if (kind == "STEP")
		step_constant[name] = constant
	else if (kind == "VERDICT") {
		verdict_constant[name] = constant
		verdict_order[++n_ids] = name
	}
	next
}

FNR == 1 {
	end_stanza()
}

/^#/ {
	next
}

/^[ \t]*$/ {
	end_stanza()
	next
}

/^[ \t]/ {
	if (field == "")
		complain(FILENAME ":" FNR, "a continuation line that continues nothing")
	else
		value[n_stanza] = value[n_stanza] " " trim($0)
	next
}

/^[A-Z][A-Za-z]*:/ {
	field = $0
	sub(/:.*/, "", field)
	text = $0
	sub(/^[^:]*:/, "", text)
	key[++n_stanza] = field
	value[n_stanza] = trim(text)
	line[n_stanza] = FILENAME ":" FNR
	next
}

{
	complain(FILENAME ":" FNR, "neither a field, a continuation nor a comment: " $0)
}

# What stands between two blank lines; its first field says what it is.
function end_stanza(    i)
{
	field = ""
	if (n_stanza == 0)
		return
	delete_seen()
	if (key[1] == "Id")
		end_rule()
	else if (key[1] == "Verdict")
		end_verdict()
	else if (key[1] == "Evidence")
		end_log()
	else if (key[1] == "Text")
		end_text()
	else if (key[1] == "Here")
		end_here()
	else if (key[1] == "Section" && n_stanza == 1)
		section_before[n_verdicts + 1] = value[1]
	else
		complain(line[1], "a stanza cannot begin with " key[1])
	for (i = 1; i <= n_stanza; i++) {
		delete key[i]
		delete value[i]
	}
	n_stanza = 0
}

function delete_seen(    i)
{
	for (i in seen)
		delete seen[i]
}

# A field that exists, is not empty, and stands once unless it may be repeated.
function check_field(i, known, repeatable)
{
	if (index(known, " " key[i] " ") == 0) {
		complain(line[i], "unknown field " key[i])
		return 0
	}
	if (value[i] == "")
		complain(line[i], key[i] " is empty")
	if (seen[key[i]]++ && key[i] != repeatable)
		complain(line[i], key[i] " stands twice")
	return 1
}

function require(fields,    i, n, list)
{
	n = split(fields, list, " ")
	for (i = 1; i <= n; i++)
		if (!(list[i] in seen))
			complain(line[1], "a required field is missing: " list[i])
}

function check_verdict(i)
{
	if (!(value[i] in verdict_constant))
		complain(line[i], "unknown verdict " value[i])
}

# @NAME@ and @evidence-id@ are filled in later; any other "@" is a slip.
function check_text(i,    rest, mark)
{
	rest = value[i]
	while (match(rest, /@[A-Za-z0-9-]*@?/)) {
		mark = substr(rest, RSTART, RLENGTH)
		rest = substr(rest, RSTART + RLENGTH)
		if (mark in placeholder)
			continue
		if (!(substr(mark, 2, length(mark) - 2) in evidence_constant))
			complain(line[i], "unknown placeholder " mark)
	}
}

function end_verdict(    i, id)
{
	id = value[1]
	for (i = 1; i <= n_stanza; i++) {
		if (!check_field(i, verdict_fields, "Fix"))
			continue
		check_text(i)
		if (key[i] == "Fix")
			verdict_fix[id, ++verdict_fixes[id]] = value[i]
		else
			verdict_text[id, key[i]] = value[i]
	}
	require("Summary Explain Fix")
	check_verdict(1)
	if (id in verdict_line)
		complain(line[1], id " has texts already, at " verdict_line[id])
	verdict_line[id] = line[1]
	verdict_list[++n_verdicts] = id
}

function end_log(    i, rank)
{
	rank = 50
	for (i = 1; i <= n_stanza; i++) {
		if (!check_field(i, log_fields, "Pattern"))
			continue
		if (key[i] == "Verdict") {
			check_verdict(i)
			log_verdict = value[i]
		} else if (key[i] == "Rank") {
			check_value(i, "log")
			rank = value[i]
		}
	}
	require("Evidence Pattern")
	if (!(value[1] in evidence_constant))
		complain(line[1], "unknown evidence " value[1])
	for (i = 1; i <= n_stanza; i++) {
		if (key[i] != "Pattern")
			continue
		log_evidence[++n_logs] = value[1]
		log_pattern[n_logs] = value[i]
		log_says[n_logs] = ("Verdict" in seen) ? log_verdict : ""
		log_rank[n_logs] = rank
	}
}

# The same words as those of an earlier stanza, which means something else beside other errnos.
function copy_patterns(i, r,    from, j)
{
	if (!(value[i] in text_number)) {
		complain(line[i], "no text " value[i] " before this one")
		return
	}
	from = "text" text_number[value[i]]
	for (j = 1; j <= text_patterns[from]; j++)
		text_pattern[r, ++text_patterns[r]] = text_pattern[from, j]
}

# What `explain` recognises. Its values are kept beside those of the rules, as "text" N.
function end_text(    i, r)
{
	r = "text" (++n_texts)
	for (i = 1; i <= n_stanza; i++) {
		if (!check_field(i, text_fields, "Pattern"))
			continue
		check_value(i, r)
		if (key[i] == "Like")
			copy_patterns(i, r)
		else if (key[i] != "Pattern")
			rule[r, key[i]] = value[i]
		else if (value[i] ~ /^[*#@]/ || value[i] ~ /[*]$/)
			complain(line[i], "a pattern begins and ends with what must be there")
		else
			text_pattern[r, ++text_patterns[r]] = value[i]
	}
	require(("Like" in seen ? "Like" : "Pattern") " Verdict Rank Source")
	if (value[1] in text_line)
		complain(line[1], "the text " value[1] " exists already, at " text_line[value[1]])
	text_line[value[1]] = line[1]
	text_number[value[1]] = n_texts
}

# How `explain --here` joins a verdict with facts; kept as "here" N.
function end_here(    i, r)
{
	r = "here" (++n_heres)
	for (i = 1; i <= n_stanza; i++)
		if (check_field(i, here_fields, ""))
			check_value(i, r)
	if (n_stanza < 2)
		complain(line[1], "it joins nothing")
	if (value[1] in here_line)
		complain(line[1], value[1] " is joined already, at " here_line[value[1]])
	here_line[value[1]] = line[1]
	here_verdict[n_heres] = value[1]
	here_lasting[n_heres] = ("Lasting" in seen)
}

function end_rule(    i, r)
{
	r = ++n_rules
	for (i = 1; i <= n_stanza; i++) {
		if (!check_field(i, rule_fields, "Fix"))
			continue
		if (key[i] ~ /^(Summary|Explain|Fix)$/)
			check_text(i)
		if (key[i] == "Fix")
			rule_fix[r, ++rule_fixes[r]] = value[i]
		else
			rule[r, key[i]] = value[i]
		check_value(i, r)
		if (key[i] == "Source")
			check_source(i)
	}
	require("Id Path Verdict Source Case Trust")
	if (is_from_facts(r)) {
		require("Rank Needs")
		if (("Step" in seen) || ("Errno" in seen))
			complain(line[1], "a rule from facts alone has no step and no errno")
	} else {
		require("Step Errno")
		if ("Rank" in seen)
			complain(line[1], "only rules of the paths passive and domain have a rank")
	}
	if (("Access" in seen) && rule[r, "Path"] != "passive")
		complain(line[1], "only passive rules have an access path")
	if (rule[r, "Id"] in rule_line)
		complain(line[1], "the rule " rule[r, "Id"] " exists already, at " \
			rule_line[rule[r, "Id"]])
	rule_line[rule[r, "Id"]] = line[1]
}

function is_from_facts(r)
{
	return rule[r, "Path"] == "passive" || rule[r, "Path"] == "domain"
}

# The values of one field of rule r; keeps what the printers need, split.
function check_value(i, r,    list, n, j, word)
{
	if (key[i] == "Verdict" || key[i] == "Here")
		check_verdict(i)
	else if (key[i] == "Id" || key[i] == "Case" || key[i] == "Text") {
		if (value[i] !~ /^[a-z0-9][a-z0-9._-]*$/)
			complain(line[i], "not an identifier: " value[i])
	} else if (key[i] == "Path")
		check_word(i, " type1 iommufd passive domain any ")
	else if (key[i] == "Access")
		check_word(i, " type1 iommufd ")
	else if (key[i] == "Outcome")
		check_word(i, " fail warn unknown ")
	else if (key[i] == "Confidence")
		check_word(i, " possible likely certain ")
	else if (key[i] == "Fallback" || key[i] == "Lasting")
		check_word(i, " yes ")
	else if (key[i] == "Trust")
		check_word(i, " read lab metal ")
	else if (key[i] == "Rank") {
		if (value[i] !~ /^[0-9]+$/)
			complain(line[i], "not a number: " value[i])
	} else if (key[i] == "Kernel") {
		if (value[i] !~ /[0-9]/ || value[i] !~ /^[0-9.]*-?[0-9.]*$/)
			complain(line[i], "not a kernel range: " value[i])
	} else if (key[i] == "Step") {
		if (!(value[i] in step_constant))
			complain(line[i], "unknown step " value[i])
	} else if (key[i] ~ /^(Errno|Driver|Needs|Refutes|Doubts|Proves|Also|Narrows)$/) {
		n = split(value[i], list, /[ \t]*,[ \t]*/)
		for (j = 1; j <= n; j++) {
			word = list[j]
			rule[r, key[i], j] = word
			if (key[i] ~ /^(Needs|Refutes|Doubts|Proves)$/) {
				sub(/^!/, "", word)
				if (!(word in evidence_constant))
					complain(line[i], "unknown evidence " word)
			}
			if (key[i] ~ /^(Also|Narrows)$/ && !(word in verdict_constant))
				complain(line[i], "unknown verdict " word)
			if (key[i] == "Driver" && index(drivers, " " word " ") == 0)
				complain(line[i], "unknown IOMMU driver " word)
			if (key[i] == "Errno" && index(errnos, " " word " ") == 0 &&
			    !(word == "any" && n == 1))
				complain(line[i], "unknown errno " word)
		}
		rule[r, key[i], "n"] = n
	}
}

# FILE NAME[, NAME...] [(COMMENT)][; ...], or VFS [(COMMENT)]: what `make kb-verify` looks up.
function check_source(i,    list, n, j, place)
{
	n = split(value[i], list, /[ \t]*;[ \t]*/)
	for (j = 1; j <= n; j++) {
		place = list[j]
		sub(/ [(][^()]+[)]$/, "", place)
		if (place != "VFS" &&
		    place !~ /^[A-Za-z0-9_.\/-]+\/[A-Za-z0-9_.-]+ [A-Za-z0-9_]+(, [A-Za-z0-9_]+)*$/)
			complain(line[i], "not \"file name[, name...] [(comment)]\" nor VFS: " list[j])
	}
}

function check_word(i, words)
{
	if (index(words, " " value[i] " ") == 0)
		complain(line[i], key[i] " is one of" words "and not " value[i])
}

# Rules from facts alone last, by rank, so that the table's order is the order of their answers.
function sort_rules(    i, j, keep)
{
	for (i = 1; i <= n_rules; i++)
		order[i] = i
	for (i = 2; i <= n_rules; i++) {
		keep = order[i]
		for (j = i - 1; j >= 1 && sort_key(order[j]) > sort_key(keep); j--)
			order[j + 1] = order[j]
		order[j + 1] = keep
	}
}

function sort_key(r)
{
	if (rule[r, "Path"] == "domain")
		return 100000 + rule[r, "Rank"]
	return rule[r, "Path"] == "passive" ? rule[r, "Rank"] + 1 : 0
}

END {
	end_stanza()
	for (i = 1; i <= n_ids; i++)
		if (!(verdict_order[i] in verdict_line))
			complain("verdict.def", verdict_order[i] " has no texts")
	close("cat 1>&2")
	if (failed)
		exit 1
	sort_rules()
	print_output()
}
