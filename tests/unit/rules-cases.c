/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Asks the rules every question of tests/cases, and then the other way round: does each
 * rule win the case that it names, does each log pattern know a line, does each verdict
 * have words?
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/errno_name.h"
#include "rules/rules.h"
#include "stanza.h"

#define MAX_MATCHES 32
#define MAX_CASES 1024
#define MAX_SIGNATURES 256
#define MAX_BASES 16

static struct {
	char *name;
	const struct rule *winner;
} cases[MAX_CASES];
static size_t n_cases;
static struct {
	char *name;
	char *evidence;
} bases[MAX_BASES];
static size_t n_bases;
static unsigned lines_of_signature[MAX_SIGNATURES];

static const struct stanza *now; /* what a message is about */
static unsigned n_checks, n_failures;

/* A message names the stanza or the rule at fault, not a line of this program. */
static void check(bool good, const char *file, int line, const char *text)
{
	n_checks++;
	if (good)
		return;
	n_failures++;
	fprintf(stderr, "%s:%d: %s\n", file, line, text);
}

static void check_same(const char *got, const char *wanted, const char *file, int line,
		       const char *text)
{
	bool same = strcmp(got, wanted) == 0;

	check(same, file, line, text);
	if (!same)
		fprintf(stderr, "    got \"%s\", wanted \"%s\"\n", got, wanted);
}

static void fail(const char *text, const char *detail)
{
	check(false, now->file, now->line, text);
	if (detail)
		fprintf(stderr, "    %s\n", detail);
}

static void expect(const char *field, const char *got)
{
	const char *wanted = stanza_get(now, field);

	if (wanted)
		check_same(got, wanted, now->file, now->line, field);
}

/* "+id -id ?id": yes, no, unknown; "-*": what is not known yet is no. */
static void parse_evidence(const char *text, struct evidence_set *set)
{
	AUTO_FREE char *copy = strdup(text);
	char *save = NULL;

	for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		enum evidence id = evidence_from_id(word + 1);

		if (strcmp(word, "-*") == 0) {
			for (int i = 0; i < EVIDENCE_COUNT; i++)
				if (set->truth[i] == TRUTH_UNKNOWN)
					set->truth[i] = TRUTH_NO;
		} else if (id == EVIDENCE_NONE || !strchr("+-?", word[0])) {
			fail("no such evidence", word);
		} else {
			set->truth[id] = word[0] == '+'	  ? TRUTH_YES
					 : word[0] == '-' ? TRUTH_NO
							  : TRUTH_UNKNOWN;
		}
	}
}

/* The host that a case starts from; its own evidence changes that. */
static void parse_base(const char *name, struct evidence_set *set)
{
	for (size_t i = 0; i < n_bases; i++) {
		if (strcmp(bases[i].name, name) == 0) {
			parse_evidence(bases[i].evidence, set);
			return;
		}
	}
	fail("no such base before this line", name);
}

static void add_base(const char *name)
{
	const char *evidence = stanza_get(now, "Evidence");

	if (n_bases == MAX_BASES || !evidence) {
		fail("too many bases, or one without evidence", name);
		return;
	}
	bases[n_bases].name = strdup(name);
	bases[n_bases++].evidence = strdup(evidence);
}

static enum access_path parse_path(const char *name)
{
	for (int path = PATH_PASSIVE; path <= PATH_DOMAIN; path++)
		if (strcmp(access_path_name((enum access_path)path), name) == 0)
			return (enum access_path)path;
	fail("no such path", name);
	return PATH_PASSIVE;
}

static void parse_query(struct rule_query *query, struct evidence_set *set)
{
	const char *path = stanza_get(now, "Path");
	const char *access = stanza_get(now, "Access");
	const char *step = stanza_get(now, "Step");
	const char *err = stanza_get(now, "Errno");
	const char *kernel = stanza_get(now, "Kernel");
	const char *base = stanza_get(now, "Base");
	const char *evidence = stanza_get(now, "Evidence");

	*query = (struct rule_query){.driver = stanza_get(now, "Driver"), .evidence = set};
	query->path = parse_path(path ? path : "type1");
	query->access = parse_path(access ? access : "type1");
	if (step && (query->step = step_from_name(step)) == STEP_NONE)
		fail("no such step", step);
	if (err && (query->err = errno_from_name(err)) == 0)
		fail("no such errno", err);
	if ((query->path == PATH_PASSIVE || query->path == PATH_DOMAIN) != (!step && !err))
		fail("a step and an errno go with every path but passive and domain", NULL);
	if (kernel && sscanf(kernel, "%d.%d", &query->kernel_major, &query->kernel_minor) != 2)
		fail("no kernel version", kernel);
	if (base)
		parse_base(base, set);
	if (evidence)
		parse_evidence(evidence, set);
}

/* The verdicts after the first, "a, b", to be freed; "none" where there are none. */
static char *alternatives(const struct rule_match *matches, size_t n)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	for (size_t i = 1; i < n; i++)
		fprintf(out, "%s%s", i > 1 ? ", " : "", verdict_id(matches[i].rule->verdict));
	if (n < 2)
		fputs("none", out);
	fclose(out);
	return text;
}

static void record(const char *name, const struct rule *winner)
{
	for (size_t i = 0; i < n_cases; i++)
		if (strcmp(cases[i].name, name) == 0)
			fail("a case of this name exists already", name);
	if (n_cases == MAX_CASES) {
		fail("too many cases", NULL);
		return;
	}
	cases[n_cases].name = strdup(name);
	cases[n_cases++].winner = winner;
}

static void run_case(const char *name)
{
	struct rule_match matches[MAX_MATCHES];
	struct evidence_set set = {0};
	struct rule_query query;
	AUTO_FREE char *rest = NULL;
	size_t n;

	parse_query(&query, &set);
	n = rules_match(&query, matches, MAX_MATCHES);
	rest = alternatives(matches, n);
	record(name, n > 0 ? matches[0].rule : NULL);
	if (!stanza_get(now, "Expect-Rule"))
		fail("a case must say which rule it expects", name);
	expect("Expect-Rule", n > 0 ? matches[0].rule->id : "none");
	if (n > 0) {
		expect("Expect-Verdict", verdict_id(matches[0].rule->verdict));
		expect("Expect-Confidence", confidence_name(matches[0].confidence));
		expect("Expect-Outcome", outcome_name(matches[0].rule->outcome));
	}
	expect("Expect-Alternatives", rest);
	evidence_set_release(&set);
}

/* A kernel log line: which evidence it is, by all patterns. */
static void run_line(const char *line)
{
	const char *wanted = stanza_get(now, "Expect-Evidence");
	const char *got = "none";

	if (!wanted) {
		fail("a line must say which evidence it is", line);
		return;
	}
	for (size_t i = 0; i < log_signatures_count && i < MAX_SIGNATURES; i++) {
		const char *id = evidence_id(log_signatures[i].evidence);

		if (!rules_log_pattern_matches(log_signatures[i].pattern, line))
			continue;
		lines_of_signature[i]++;
		if (strcmp(got, "none") != 0 && strcmp(got, id) != 0)
			fail("the line is two kinds of evidence", id);
		got = id;
	}
	check_same(got, wanted, now->file, now->line, line);
}

static bool is_known_field(const char *key)
{
	static const char *const known[] = {"Case",
					    "Path",
					    "Access",
					    "Step",
					    "Errno",
					    "Kernel",
					    "Driver",
					    "Base",
					    "Evidence",
					    "Line",
					    "Expect-Rule",
					    "Expect-Verdict",
					    "Expect-Confidence",
					    "Expect-Outcome",
					    "Expect-Alternatives",
					    "Expect-Evidence"};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i], key) == 0)
			return true;
	return false;
}

static void run_stanza(const struct stanza *stanza)
{
	now = stanza;
	for (size_t i = 0; i < stanza->n_fields; i++)
		if (!is_known_field(stanza->fields[i].key))
			fail("unknown field", stanza->fields[i].key);
	if (stanza_get(stanza, "Case"))
		run_case(stanza_get(stanza, "Case"));
	else if (stanza_get(stanza, "Base"))
		add_base(stanza_get(stanza, "Base"));
	else if (stanza_get(stanza, "Line"))
		run_line(stanza_get(stanza, "Line"));
	else
		fail("a stanza begins with Case, Base or Line", NULL);
}

static void run_file(const char *folder, const char *name)
{
	AUTO_FREE char *path = NULL;
	AUTO_FCLOSE FILE *stream = NULL;
	struct stanza stanza = {0};
	int line = 0;
	int r = -ENOMEM;

	if (asprintf(&path, "%s/%s", folder, name) >= 0)
		stream = fopen(path, "re");
	stanza.file = path;
	check(stream != NULL, path, 0, "cannot be read");
	while (stream && (r = stanza_read(stream, &stanza, &line)) > 0) {
		run_stanza(&stanza);
		stanza_release(&stanza);
	}
	stanza_release(&stanza);
	check(r == 0, path, line, "not read to its end");
}

static int is_case_file(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && strcmp(dot, ".case") == 0;
}

static void run_folder(const char *folder)
{
	struct dirent **names = NULL;
	int n = scandir(folder, &names, is_case_file, alphasort);

	check(n > 0, folder, 0, "no case file in this folder");
	for (int i = 0; i < n; i++) {
		run_file(folder, names[i]->d_name);
		free(names[i]);
	}
	free(names);
}

/* The case that @rule names exists and is won by it, not by a rule that says less or
 * more. */
static void lint_rule(const struct rule *rule)
{
	const struct rule *winner = NULL;
	bool found = false;

	for (size_t i = 0; i < n_cases; i++) {
		if (strcmp(cases[i].name, rule->test_case) == 0) {
			found = true;
			winner = cases[i].winner;
		}
	}
	check(found, rule->id, 0, "the case of this rule does not exist");
	if (found)
		check_same(winner ? winner->id : "none", rule->id, rule->id, 0, "its case");
	check(rule->source && rule->source[0], rule->id, 0, "a rule without a source");
	check(!rule->fallback || rule->confidence == CONFIDENCE_CERTAIN, rule->id, 0,
	      "a fallback is possible anyway and has no confidence of its own");
}

static void lint_texts(void)
{
	for (int id = VERDICT_NONE + 1; id < VERDICT_COUNT; id++) {
		const struct verdict_text *text = rules_verdict_text((enum verdict)id);
		const char *name = verdict_id((enum verdict)id);
		bool whole =
			text && text->summary && text->explain && text->fixes && text->fixes[0];

		check(whole, name, 0, "a verdict without words");
		if (whole)
			check(strlen(text->summary) <= 90, name, 0,
			      "a summary too long for a line");
	}
	check(!rules_verdict_text(VERDICT_NONE) && !rules_verdict_text(VERDICT_COUNT), "verdicts",
	      0, "words for a verdict that does not exist");
}

static void lint_signatures(void)
{
	check(log_signatures_count <= MAX_SIGNATURES, "patterns", 0, "MAX_SIGNATURES is too small");
	for (size_t i = 0; i < log_signatures_count && i < MAX_SIGNATURES; i++)
		check(lines_of_signature[i] > 0, log_signatures[i].pattern, 0,
		      "no line of tests/cases matches this pattern");
}

int main(int argc, char **argv)
{
	run_folder(argc > 1 ? argv[1] : RULE_CASES);
	for (size_t i = 0; i < rules_count; i++)
		lint_rule(&rules_table[i]);
	lint_texts();
	lint_signatures();
	for (size_t i = 0; i < n_cases; i++)
		free(cases[i].name);
	for (size_t i = 0; i < n_bases; i++) {
		free(bases[i].name);
		free(bases[i].evidence);
	}
	printf("%zu rules, %zu cases, %u checks, %u failed\n", rules_count, n_cases, n_checks,
	       n_failures);
	return n_failures > 0 || n_cases == 0;
}
