/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/errno_name.h"
#include "fake_part.h"
#include "model/step.h"

void fake_violates(struct fake_kernel *kernel, const char *format, ...)
{
	va_list arguments;

	kernel->violations++;
	fputs("fake kernel: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

static unsigned count_call(struct fake_kernel *kernel, const char *step)
{
	for (size_t i = 0; i < kernel->n_counters; i++)
		if (strcmp(kernel->counters[i].step, step) == 0)
			return ++kernel->counters[i].calls;
	if (kernel->n_counters == ARRAY_LENGTH(kernel->counters)) {
		fake_violates(kernel, "more kinds of calls than can be counted");
		return 0;
	}
	snprintf(kernel->counters[kernel->n_counters].step, sizeof(kernel->counters[0].step), "%s",
		 step);
	return kernel->counters[kernel->n_counters++].calls = 1;
}

unsigned fake_kernel_calls(const struct fake_kernel *kernel, const char *step)
{
	for (size_t i = 0; i < kernel->n_counters; i++)
		if (strcmp(kernel->counters[i].step, step) == 0)
			return kernel->counters[i].calls;
	return 0;
}

int fake_begins(struct fake_kernel *kernel, const char *step)
{
	unsigned call = count_call(kernel, step);

	kernel->operations++;
	if (kernel->crash_before && kernel->operations == kernel->crash_at)
		longjmp(kernel->crash, 1);
	if (kernel->meddle)
		kernel->meddle(kernel, step, kernel->meddle_data);
	for (size_t i = 0; i < kernel->n_lines; i++) {
		struct fake_line *line = &kernel->script[i];

		if (strcmp(line->step, step) == 0 && (line->call == 0 || line->call == call)) {
			line->used++;
			return line->err;
		}
	}
	return 0;
}

struct kernel_answer fake_ends(struct fake_kernel *kernel, int err, long value)
{
	if (!kernel->crash_before && kernel->operations == kernel->crash_at)
		longjmp(kernel->crash, 1);
	return (struct kernel_answer){.err = err, .value = err ? -1 : value};
}

void fake_kernel_init(struct fake_kernel *kernel, const char *undo_folder)
{
	*kernel = (struct fake_kernel){0};
	snprintf(kernel->undo_folder, sizeof(kernel->undo_folder), "%s", undo_folder);
}

struct fake_device *fake_kernel_add_device(struct fake_kernel *kernel, uint8_t bus, int group,
					   const char *driver, const char *override)
{
	struct fake_device *device = &kernel->state.devices[kernel->state.n_devices++];

	*device = (struct fake_device){
		.address = {.bus = bus},
		.vendor = 0x8086,
		.device = 0x10d3,
		.power_control = "on",
		.group = group,
		.group_at_bind = -1,
		.class_code = 0x020000,
		.in_plan = true,
	};
	snprintf(device->driver, sizeof(device->driver), "%s", driver ? driver : "");
	snprintf(device->override, sizeof(device->override), "%s", override ? override : "");
	snprintf(device->native, sizeof(device->native), "%s",
		 driver && !driver_is_vfio(driver) ? driver : "e1000e");
	if (group >= 0 && !fake_find_group(kernel, group))
		fake_kernel_add_group(kernel, group);
	return device;
}

struct fake_group *fake_kernel_add_group(struct fake_kernel *kernel, int number)
{
	struct fake_group *group = &kernel->state.groups[kernel->state.n_groups++];

	*group = (struct fake_group){.number = number};
	return group;
}

struct fake_module *fake_kernel_add_module(struct fake_kernel *kernel, const char *name,
					   const char *driver, bool loaded)
{
	struct fake_module *module = &kernel->state.modules[kernel->state.n_modules++];

	*module = (struct fake_module){.loadable = true, .loaded = loaded};
	snprintf(module->name, sizeof(module->name), "%s", name);
	snprintf(module->driver, sizeof(module->driver), "%s", driver ? driver : "");
	return module;
}

void fake_kernel_add_vfio(struct fake_kernel *kernel)
{
	fake_kernel_add_module(kernel, "vfio_pci", "vfio-pci", true);
	fake_kernel_add_module(kernel, "vfio_iommu_type1", NULL, true);
	fake_kernel_add_module(kernel, "iommufd", NULL, true);
}

static bool is_known_step(const char *step)
{
	static const char *const own[] = {
		"sysfs.restore.driver_override",
		"sysfs.restore.unbind",
		"sysfs.restore.bind",
		"sysfs.restore.probe",
		"sysfs.restore.power_control",
		"sysfs.read.driver",
		"sysfs.read.driver_override",
		"sysfs.read.power_control",
		"sysfs.read.group",
		"sysfs.read.ids",
		"sysfs.read.links",
		"sysfs.restore.link_rename",
		"sysfs.restore.link_up",
	};

	for (size_t i = 0; i < ARRAY_LENGTH(own); i++)
		if (strcmp(step, own[i]) == 0)
			return true;
	return step_from_name(step) != STEP_NONE;
}

static void add_line(struct fake_kernel *kernel, const char *text)
{
	struct fake_line line = {0};
	char name[20];
	int end = 0;

	if (sscanf(text, "%39[a-z0-9_.]%n", line.step, &end) == 1 && text[end] == '#') {
		int length = 0;

		if (sscanf(text + end, "#%u%n", &line.call, &length) == 1)
			end += length;
	}
	if (end > 0 && sscanf(text + end, " %19[A-Z0-9]", name) == 1)
		line.err = errno_from_name(name);
	if (line.err == 0 || !is_known_step(line.step) || kernel->n_lines == FAKE_SCRIPT_LINES) {
		fake_violates(kernel, "no script line: %s", text);
		return;
	}
	kernel->script[kernel->n_lines++] = line;
}

void fake_kernel_script(struct fake_kernel *kernel, const char *lines)
{
	AUTO_FREE char *copy = strdup(lines);
	char *cursor = copy, *line;

	while ((line = strsep(&cursor, "\n")))
		if (*line)
			add_line(kernel, line);
}

void fake_kernel_process_dies(struct fake_kernel *kernel)
{
	for (int fd = 1; fd < FAKE_DESCRIPTORS; fd++)
		fake_close_descriptor(kernel, fd);
	kernel->n_counters = 0;
	kernel->operations = 0;
	kernel->writes = 0;
	kernel->crash_at = 0;
	kernel->crash_before = false;
	kernel->restoring = false;
	for (size_t i = 0; i < kernel->n_lines; i++)
		kernel->script[i].used = 0;
}

bool fake_kernel_is_clean(const struct fake_kernel *kernel)
{
	bool clean = kernel->violations == 0;

	for (int fd = 1; fd < FAKE_DESCRIPTORS; fd++)
		if (kernel->descriptors[fd].kind != FAKE_CLOSED) {
			fprintf(stderr, "fake kernel: descriptor %d is still open\n", fd);
			clean = false;
		}
	for (size_t i = 0; i < kernel->n_lines; i++)
		if (kernel->script[i].used == 0) {
			fprintf(stderr, "fake kernel: script line not used: %s#%u\n",
				kernel->script[i].step, kernel->script[i].call);
			clean = false;
		}
	return clean;
}

static bool same_text(const char *who, const char *what, const char *now, const char *then)
{
	if (strcmp(now, then) == 0)
		return true;
	fprintf(stderr, "fake kernel: %s: %s is \"%s\" and was \"%s\"\n", who, what, now, then);
	return false;
}

static bool same_number(const char *who, const char *what, long now, long then)
{
	if (now == then)
		return true;
	fprintf(stderr, "fake kernel: %s: %s is %ld and was %ld\n", who, what, now, then);
	return false;
}

bool fake_kernel_equal(const struct fake_kernel *kernel, const struct fake_state *start)
{
	bool same = same_number("world", "number of devices", (long)kernel->state.n_devices,
				(long)start->n_devices);
	char name[PCI_ADDRESS_SIZE];

	for (size_t i = 0; i < start->n_devices; i++) {
		const struct fake_device *now = &kernel->state.devices[i];
		const struct fake_device *then = &start->devices[i];

		pci_address_format(&then->address, name);
		same &= same_text(name, "driver", now->driver, then->driver);
		same &= same_text(name, "driver_override", now->override, then->override);
		same &= same_text(name, "power/control", now->power_control, then->power_control);
		same &= same_text(name, "interface", now->link.name, then->link.name);
		same &= same_number(name, "interface up", now->link.up, then->link.up);
		same &= same_number(name, "gone", now->gone, then->gone);
		/* A group that the first bind gave stays. */
		if (then->group_at_bind < 0)
			same &= same_number(name, "group", now->group, then->group);
	}
	for (size_t i = 0; i < start->n_groups; i++) {
		same &= same_number("group", "holder", kernel->state.groups[i].opened_by,
				    start->groups[i].opened_by);
		same &= same_number("group", "container", kernel->state.groups[i].container,
				    start->groups[i].container);
	}
	return same;
}
