/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <time.h>
#include <tracefs/tracefs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "trace/recorder.h"
#include "trace/symbols.h"

/* include/uapi/linux/magic.h, not in every distribution's headers */
#define TRACEFS_MAGIC_NUMBER 0x74726163

/* How often a function may be under way at once, all tasks together, without a miss. */
#define INSTANCES_PER_PROBE 128

#define BUFFER_KILOBYTES_PER_CPU 256

/* include/linux/trace_events.h: what an interrupt did on our thread's back is not ours. */
#define FLAG_HARD_INTERRUPT 0x08
#define FLAG_SOFT_INTERRUPT 0x10

struct trace_recorder {
	struct trace_names names;
	struct tracefs_instance *instance;
	struct tep_handle *formats;
	bool known[TRACE_POINT_COUNT];
};

static long now_milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The library would mount tracefs where it is missing, and a diagnosis mounts nothing. */
static bool is_mounted(void)
{
	static const char *const places[] = {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};

	for (size_t i = 0; i < ARRAY_LENGTH(places); i++) {
		AUTO_CLOSE int fd = open(places[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		struct statfs info;

		/* Opening the second one mounts it, by the kernel's own hand. */
		if (fd >= 0 && fstatfs(fd, &info) == 0 && info.f_type == TRACEFS_MAGIC_NUMBER)
			return true;
	}
	return false;
}

/* What forbids probes altogether, as a sentence; NULL: nothing. */
static const char *find_obstacle(void)
{
	char *path;
	int fd, err;

	if (geteuid() != 0)
		return "only root can trace the kernel";
	if (!is_mounted())
		return "tracefs is not mounted (mount -t tracefs tracefs /sys/kernel/tracing)";
	path = tracefs_get_tracing_file("kprobe_events");
	/* Appending: opened in another way, the kernel removes the probes of everybody. */
	fd = path ? open(path, O_WRONLY | O_APPEND | O_CLOEXEC) : -1;
	err = errno;
	tracefs_put_tracing_file(path);
	if (fd >= 0) {
		close(fd);
		return NULL;
	}
	/* Locked down from its start, the kernel makes no file in tracefs at all. */
	if (err == EPERM || (err == ENOENT && !tracefs_file_exists(NULL, "tracing_on")))
		return "the kernel forbids tracing, as with lockdown=confidentiality";
	if (err == ENOENT)
		return "the kernel has no kprobe events (CONFIG_KPROBE_EVENTS)";
	return "kprobe_events cannot be opened";
}

static const char *fetch_type(enum trace_value value)
{
	switch (value) {
	case TRACE_VALUE_INT:
	case TRACE_VALUE_ID:
		return "s32";
	case TRACE_VALUE_BOOL:
		return "u8";
	case TRACE_VALUE_LONG:
	case TRACE_VALUE_POINTER:
		break;
	}
	return "s64";
}

static bool define_probe(const struct trace_names *names, enum trace_point point,
			 const char *module)
{
	const char *symbol = trace_point_symbol(point);
	char line[512];

	snprintf(line, sizeof(line), "r%d:%s/%s %s%s%s ret=$retval:%s sp=$stack:u64",
		 INSTANCES_PER_PROBE, names->group, symbol, module, *module ? ":" : "", symbol,
		 fetch_type(trace_point_value(point)));
	return tracefs_instance_file_append(NULL, "kprobe_events", line) >= 0;
}

/* Without these nothing can be told; the others say more about the way. */
static bool is_essential(enum trace_point point)
{
	return trace_point_depth(point) == 0 || trace_point_has_origin(point);
}

static size_t define_probes(struct trace_recorder *recorder, const struct trace_symbols *symbols,
			    bool essential, long deadline)
{
	size_t defined = 0;

	for (int i = 0; i < TRACE_POINT_COUNT; i++) {
		if (symbols->found[i] != 1 || is_essential((enum trace_point)i) != essential ||
		    now_milliseconds() > deadline)
			continue;
		recorder->known[i] =
			define_probe(&recorder->names, (enum trace_point)i, symbols->module[i]);
		defined += recorder->known[i];
	}
	return defined;
}

static bool read_format(struct tep_handle *formats, const char *group, enum trace_point point)
{
	int size = 0;
	AUTO_FREE char *text =
		tracefs_event_file_read(NULL, group, trace_point_symbol(point), "format", &size);

	return text && tep_parse_event(formats, text, (unsigned long)size, group) == 0;
}

/*
 * How the events of our probes look. tracefs_local_events_system() would read all symbols of the
 * kernel as well, to name addresses, and that takes longer than everything else here.
 */
static struct tep_handle *read_formats(const struct trace_recorder *recorder)
{
	int size = 0;
	AUTO_FREE char *page = tracefs_instance_file_read(NULL, "events/header_page", &size);
	struct tep_handle *formats = page ? tep_alloc() : NULL;

	if (!formats)
		return NULL;
	tep_parse_header_page(formats, page, (unsigned long)size, sizeof(long));
	for (int i = 0; i < TRACE_POINT_COUNT; i++) {
		if (!recorder->known[i] ||
		    read_format(formats, recorder->names.group, (enum trace_point)i))
			continue;
		tep_free(formats);
		return NULL;
	}
	return formats;
}

static int write_instance(struct trace_recorder *recorder, const char *file, long number)
{
	char text[24];

	snprintf(text, sizeof(text), "%ld", number);
	return tracefs_instance_file_write(recorder->instance, file, text) < 0 ? -1 : 0;
}

static const char *start(struct trace_recorder *recorder, long deadline)
{
	struct trace_symbols *symbols = malloc(sizeof(*symbols));
	size_t defined;

	if (!symbols || trace_symbols_read(symbols) < 0) {
		free(symbols);
		return "the kernel's symbols cannot be read";
	}
	recorder->instance = tracefs_instance_create(recorder->names.instance);
	if (!recorder->instance) {
		free(symbols);
		return "no tracing instance could be made";
	}
	/* A small buffer is enough: it is emptied at every step. */
	write_instance(recorder, "buffer_size_kb", BUFFER_KILOBYTES_PER_CPU);
	defined = define_probes(recorder, symbols, true, deadline);
	defined += define_probes(recorder, symbols, false, deadline);
	free(symbols);
	if (defined == 0)
		return "no function of the chain could be probed";
	recorder->formats = read_formats(recorder);
	if (!recorder->formats)
		return "the probes' format cannot be read";
	if (write_instance(recorder, "set_event_pid", getpid()) < 0 ||
	    tracefs_event_enable(recorder->instance, recorder->names.group, NULL) < 0)
		return "the probes could not be enabled";
	return NULL;
}

struct trace_recorder *trace_recorder_open(const struct trace_names *names, long milliseconds,
					   const char **why)
{
	struct trace_recorder *recorder = calloc(1, sizeof(*recorder));

	*why = recorder ? find_obstacle() : "out of memory";
	if (*why) {
		free(recorder);
		return NULL;
	}
	recorder->names = *names;
	*why = start(recorder, now_milliseconds() + milliseconds);
	if (!*why)
		return recorder;
	trace_recorder_close(recorder);
	return NULL;
}

/* A reading in progress. */
struct collection {
	struct trace_return *returns; /* NULL: thrown away */
	int count;
};

static int collect(struct tep_event *event, struct tep_record *record, int cpu, void *data)
{
	struct collection *collection = data;
	enum trace_point point = trace_point_from_symbol(event->name);
	unsigned long long value, stack;

	(void)cpu;
	if (!collection->returns || point == TRACE_POINT_COUNT ||
	    (tep_data_flags(event->tep, record) & (FLAG_HARD_INTERRUPT | FLAG_SOFT_INTERRUPT)) ||
	    tep_get_field_val(NULL, event, "ret", record, &value, 0) < 0 ||
	    tep_get_field_val(NULL, event, "sp", record, &stack, 0) < 0)
		return 0;
	if (collection->count >= TRACE_RETURNS_MOST) {
		collection->count = TRACE_RETURNS_MOST + 1;
		return 0;
	}
	switch (trace_point_value(point)) {
	case TRACE_VALUE_INT:
	case TRACE_VALUE_ID:
		value = (unsigned long long)(int64_t)(int32_t)value;
		break;
	case TRACE_VALUE_BOOL:
		value = (uint8_t)value != 0;
		break;
	case TRACE_VALUE_LONG:
	case TRACE_VALUE_POINTER:
		break;
	}
	collection->returns[collection->count++] =
		(struct trace_return){point, (int64_t)value, stack};
	return 0;
}

static void drain(struct trace_recorder *recorder, struct collection *collection)
{
	tracefs_iterate_raw_events(recorder->formats, recorder->instance, NULL, 0, collect,
				   collection);
}

void trace_recorder_clear(struct trace_recorder *recorder)
{
	struct collection nothing = {0};

	drain(recorder, &nothing);
}

int trace_recorder_read(struct trace_recorder *recorder, struct trace_return *ret)
{
	struct collection collection = {.returns = ret};
	AUTO_FREE char *profile = NULL;

	drain(recorder, &collection);
	if (collection.count > TRACE_RETURNS_MOST)
		return -EOVERFLOW;
	profile = tracefs_instance_file_read(NULL, "kprobe_profile", NULL);
	if (!profile || trace_profile_missed(profile) > 0)
		return -ENODATA;
	return collection.count;
}

bool trace_recorder_knows(const struct trace_recorder *recorder, enum trace_point point)
{
	return recorder->known[point];
}

int trace_recorder_close(struct trace_recorder *recorder)
{
	int result;

	if (recorder->formats)
		tep_free(recorder->formats);
	if (recorder->instance)
		tracefs_instance_free(recorder->instance);
	result = trace_remove(&recorder->names);
	free(recorder);
	return result;
}

/* Returns 0 or a negative errno. */
static int remove_probes(const struct trace_names *names)
{
	AUTO_FREE char *probes = tracefs_instance_file_read(NULL, "kprobe_events", NULL);
	const char *cursor = probes;
	char event[TRACE_NAME_SIZE], line[2 * TRACE_NAME_SIZE + 8];
	int result = 0;

	while (cursor && trace_next_probe(&cursor, names->group, event)) {
		snprintf(line, sizeof(line), "-:%s/%s", names->group, event);
		if (tracefs_instance_file_append(NULL, "kprobe_events", line) < 0)
			result = errno ? -errno : -EIO;
	}
	return result;
}

int trace_remove(const struct trace_names *names)
{
	struct tracefs_instance *instance;
	int result, removed = 0;

	if (!is_mounted())
		return 0;
	/* NULL where there is no such instance; the probes can be there all the same. */
	instance = tracefs_instance_alloc(NULL, names->instance);
	/* A probe whose event is enabled cannot be removed. */
	if (instance)
		tracefs_event_disable(instance, names->group, NULL);
	result = remove_probes(names);
	if (instance) {
		AUTO_FREE char *folder = tracefs_instance_get_dir(instance);

		removed = !folder ? -ENOMEM : rmdir(folder) < 0 && errno != ENOENT ? -errno : 0;
		tracefs_instance_free(instance);
	}
	return result < 0 ? result : removed;
}
