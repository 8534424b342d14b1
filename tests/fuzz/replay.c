/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Drives a harness without libFuzzer: every seed of tests/fuzz/seeds/NAME, its beginnings, and
 * mutations of it that are the same in every run. A failure says which input it was.
 */
#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <signal.h>
#include <unistd.h>

#include "fuzz.h"

#define SEEDS_MOST 64
#define MUTATIONS 250
#define INPUT_SIZE 4096
/* Far more than all inputs together take: a parser that hangs is a finding. */
#define SECONDS_MOST 120

struct input {
	const char *name; /* of the seed; never freed */
	uint8_t bytes[INPUT_SIZE];
	size_t size;
};

static struct input seeds[SEEDS_MOST];
static size_t n_seeds;
static char current[NAME_MAX + 64]; /* what the handler says */
static uint64_t state = 0x9e3779b97f4a7c15;

/* Marsaglia's xorshift; the libc's rand() differs from host to host. */
static size_t below(size_t limit)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (size_t)(state >> 11) % limit;
}

static void say_where(int number)
{
	static const char end[] = "\n";

	/* write() alone may be called here; there is nothing to do where it fails. */
	if (write(STDERR_FILENO, current, strlen(current)) < 0 || write(STDERR_FILENO, end, 1) < 0)
		_exit(1);
	signal(number, SIG_DFL);
	raise(number);
}

/* A sanitizer that has a handler of its own says more. */
static void catch_signal(int number)
{
	const struct sigaction ours = {.sa_handler = say_where};
	struct sigaction before;

	REQUIRE(sigaction(number, NULL, &before) == 0);
	if (before.sa_handler == SIG_DFL)
		REQUIRE(sigaction(number, &ours, NULL) == 0);
}

/* Hexadecimal digits in pairs; "#" begins a comment. */
static void decode_hex(struct input *input)
{
	struct input text = *input;
	int high = -1;

	input->size = 0;
	for (size_t i = 0; i < text.size; i++) {
		int c = tolower(text.bytes[i]), digit;

		while (c == '#' && i + 1 < text.size && text.bytes[i] != '\n')
			i++;
		if (c == '#' || !isxdigit(c))
			continue;
		digit = isdigit(c) ? c - '0' : c - 'a' + 10;
		if (high >= 0)
			input->bytes[input->size++] = (uint8_t)(high << 4 | digit);
		high = high >= 0 ? -1 : digit;
	}
}

static void read_seed(const char *folder, const char *name)
{
	struct input *input = &seeds[n_seeds];
	const char *dot = strrchr(name, '.');
	char path[PATH_MAX];
	FILE *file;

	REQUIRE(n_seeds < SEEDS_MOST);
	REQUIRE(snprintf(path, sizeof(path), "%s/%s", folder, name) < (int)sizeof(path));
	input->name = strdup(name);
	REQUIRE(input->name);
	file = fopen(path, "re");
	REQUIRE(file);
	input->size = fread(input->bytes, 1, sizeof(input->bytes), file);
	REQUIRE(!ferror(file) && input->size < sizeof(input->bytes));
	fclose(file);
	if (dot && strcmp(dot, ".hex") == 0)
		decode_hex(input);
	n_seeds++;
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void read_seeds(const char *folder)
{
	struct dirent **entries;
	int n = scandir(folder, &entries, NULL, compare_names);

	REQUIRE(n >= 0);
	for (int i = 0; i < n; i++) {
		if (entries[i]->d_name[0] != '.')
			read_seed(folder, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	REQUIRE(n_seeds > 0);
}

static void change_byte(struct input *input)
{
	static const uint8_t values[] = {0, 1, 0x7f, 0x80, 0xff, '\n', ' ', ':', '*', '%'};
	size_t at = below(input->size);

	if (below(2))
		input->bytes[at] ^= (uint8_t)(1u << below(8));
	else
		input->bytes[at] = values[below(sizeof(values))];
}

/* Repeats or cuts out a piece. */
static void change_size(struct input *input)
{
	size_t at = below(input->size), length = 1 + below(input->size - at);

	if (below(2) && input->size + length <= sizeof(input->bytes)) {
		memmove(input->bytes + at + length, input->bytes + at, input->size - at);
		input->size += length;
	} else {
		memmove(input->bytes + at, input->bytes + at + length, input->size - at - length);
		input->size -= length;
	}
}

/* Puts a piece of another seed over this one. */
static void cross(struct input *input)
{
	const struct input *other = &seeds[below(n_seeds)];
	size_t at = below(input->size), from = other->size ? below(other->size) : 0;
	size_t length = other->size - from;

	if (length > input->size - at)
		length = input->size - at;
	memcpy(input->bytes + at, other->bytes + from, length);
}

static void mutate(struct input *input)
{
	for (size_t n = 1 + below(6); n > 0 && input->size > 0; n--) {
		size_t kind = below(8);

		if (kind < 5)
			change_byte(input);
		else if (kind < 7)
			change_size(input);
		else
			cross(input);
	}
}

static void run(const struct input *input, const char *how, size_t number)
{
	snprintf(current, sizeof(current), "seed %s, %s %zu", input->name, how, number);
	REQUIRE(LLVMFuzzerTestOneInput(input->bytes, input->size) == 0);
}

int main(int argc, char **argv)
{
	const char *top = getenv("top_srcdir");
	const char *name = argc > 0 && strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
	char folder[PATH_MAX];

	REQUIRE(snprintf(folder, sizeof(folder), "%s/tests/fuzz/seeds/%s", top ? top : ".", name) <
		(int)sizeof(folder));
	catch_signal(SIGABRT);
	catch_signal(SIGSEGV);
	catch_signal(SIGALRM);
	alarm(SECONDS_MOST);
	read_seeds(folder);
	for (size_t i = 0; i < n_seeds; i++) {
		struct input input = seeds[i];

		for (size_t step = 1 + input.size / 64; input.size > 0; input.size -= step) {
			run(&input, "beginning", input.size);
			if (input.size < step)
				break;
		}
	}
	for (size_t i = 0; i < MUTATIONS; i++) {
		struct input input = seeds[i % n_seeds];

		mutate(&input);
		run(&input, "mutation", i);
	}
	return 0;
}
