/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "diagnosis/host_check.h"
#include "host/kernel_config.h"
#include "host/surroundings.h"

/* What a kernel for passthrough needs; @architecture NULL: on all. */
static const struct {
	const char *option;
	const char *architecture;
} needed[] = {
	{"CONFIG_IOMMU_API", NULL},	   {"CONFIG_VFIO", NULL},
	{"CONFIG_VFIO_PCI", NULL},	   {"CONFIG_INTEL_IOMMU", "x86_64"},
	{"CONFIG_AMD_IOMMU", "x86_64"},	   {"CONFIG_IRQ_REMAP", "x86_64"},
	{"CONFIG_ARM_SMMU_V3", "aarch64"},
};

static bool config_has(const char *config, const char *option)
{
	char line[64];

	snprintf(line, sizeof(line), "%s=", option);
	return kernel_config_has_line(config, line);
}

static int check_config(const struct host_root *root, const struct host_facts *facts,
			struct host_report *report)
{
	const char *subject = "the configuration of the kernel";
	AUTO_FREE char *config = NULL;
	AUTO_FREE char *missing = NULL;
	size_t size = 0;
	FILE *out;
	int r = host_kernel_config_read(root, facts->kernel_release.text, &config);

	if (r < 0)
		return r;
	if (!config)
		return host_report_add(report, "kernel-config", subject, HOST_SKIP, NULL,
				       "it is not where distributions leave it");
	out = open_memstream(&missing, &size);
	if (!out)
		return -ENOMEM;
	for (size_t i = 0; i < ARRAY_LENGTH(needed); i++) {
		const char *wanted = needed[i].architecture;

		if (wanted && (facts->architecture.state != FACT_KNOWN ||
			       strcmp(facts->architecture.text, wanted) != 0))
			continue;
		if (!config_has(config, needed[i].option))
			fprintf(out, " %s", needed[i].option);
	}
	if (!config_has(config, "CONFIG_VFIO_IOMMU_TYPE1") && !config_has(config, "CONFIG_IOMMUFD"))
		fputs(" CONFIG_VFIO_IOMMU_TYPE1 or CONFIG_IOMMUFD", out);
	if (fclose(out) != 0)
		return -ENOMEM;
	if (*missing)
		return host_report_add(report, "kernel-config", subject, HOST_FAIL,
				       "Use a kernel that has them", "without%s", missing);
	return host_report_add(
		report, "kernel-config", subject, HOST_PASS, NULL, "all that passthrough needs%s",
		config_has(config, "CONFIG_IOMMUFD") ? ", iommufd too" : "; no iommufd");
}

/* Words of the command line that people copy, or that cost something. */
static const struct {
	const char *word; /* all of it, or up to "=" where it ends so */
	enum host_level level;
	const char *meaning;
	const char *fix;
} words[] = {
	{"amd_iommu=on", HOST_NOTE, "does nothing: the driver knows no such value",
	 "It can go: AMD-Vi is on unless it is switched off"},
	{"iommu=on", HOST_NOTE, "does nothing: there is no such value", "It can go"},
	{"iommu=1", HOST_NOTE, "does nothing: there is no such value", "It can go"},
	{"intel_iommu=igfx_off", HOST_NOTE,
	 "leaves the processor's graphics untranslated, which then cannot be assigned", NULL},
	{"intremap=off", HOST_WARN, "switches interrupt remapping off", "Take it off"},
	{"intremap=nosid", HOST_WARN, "lets a device send the interrupts of another one",
	 "Take it off"},
	{"vfio_iommu_type1.allow_unsafe_interrupts=1", HOST_WARN,
	 "lets a guest send any interrupt to the host", NULL},
	{"pcie_acs_override=", HOST_WARN,
	 "splits groups on paper, on a patched kernel: see iommu-diag group", NULL},
	{"vfio.enable_unsafe_noiommu_mode=1", HOST_WARN,
	 "gives devices to user space without an IOMMU", "No guest needs it: take it off"},
	{"pci=nomsi", HOST_WARN, "leaves devices with interrupts that cannot be remapped",
	 "Take it off"},
	{"video=efifb:off", HOST_NOTE,
	 "has no effect where simpledrm has the console (5.15 and later, as configured)",
	 "initcall_blacklist=sysfb_init keeps the firmware's console away from the display"},
	{"video=vesafb:off", HOST_NOTE,
	 "has no effect where simpledrm has the console (5.15 and later, as configured)",
	 "initcall_blacklist=sysfb_init keeps the firmware's console away from the display"},
};

static bool word_is(const char *given, const char *word)
{
	size_t length = strlen(word);

	return word[length - 1] == '=' ? strncmp(given, word, length) == 0
				       : strcmp(given, word) == 0;
}

/* intel_iommu= on a machine that has no VT-d is copied, too. */
static bool is_in_vain(const struct host_facts *facts, const char *given)
{
	return strncmp(given, "intel_iommu=", strlen("intel_iommu=")) == 0 &&
	       facts->tables[TABLE_DMAR].present == FACT_ABSENT &&
	       facts->tables[TABLE_IVRS].present == FACT_KNOWN;
}

static int check_word(const struct host_facts *facts, const char *given, bool *found,
		      struct host_report *report)
{
	const char *subject = "the kernel command line";
	int r = 0;

	if (is_in_vain(facts, given)) {
		*found = true;
		return host_report_add(report, "command-line", subject, HOST_NOTE, "It can go",
				       "%s does nothing: this machine has AMD-Vi", given);
	}
	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(words); i++) {
		if (!word_is(given, words[i].word))
			continue;
		*found = true;
		r = host_report_add(report, "command-line", subject, words[i].level, words[i].fix,
				    "%s %s", given, words[i].meaning);
	}
	return r;
}

static int check_command_line(const struct host_facts *facts, struct host_report *report)
{
	const char *subject = "the kernel command line";
	AUTO_FREE char *copy = NULL;
	char *rest = NULL;
	bool found = false;
	int r = 0;

	if (facts->command_line.state != FACT_KNOWN)
		return host_report_add(report, "command-line", subject, HOST_SKIP, NULL,
				       "/proc/cmdline cannot be read");
	copy = strdup(facts->command_line.text);
	if (!copy)
		return -ENOMEM;
	for (char *word = strtok_r(copy, " \t\n", &rest); r == 0 && word;
	     word = strtok_r(NULL, " \t\n", &rest))
		r = check_word(facts, word, &found, report);
	if (r == 0 && !found)
		r = host_report_add(report, "command-line", subject, HOST_PASS, NULL,
				    "nothing in it is in vain or in the way");
	return r;
}

static const char *module_text(enum module_state state)
{
	switch (state) {
	case MODULE_LOADED:
		return "loaded";
	case MODULE_BUILTIN:
		return "built in";
	case MODULE_LOADABLE:
		return "loadable";
	case MODULE_BLOCKED:
		return "kept out by modprobe.d or the command line";
	case MODULE_MISSING:
		return "missing";
	case MODULE_UNKNOWN:
		break;
	}
	return "unknown";
}

static int check_module(const char *name, enum module_state state, bool needed_here,
			struct host_report *report)
{
	enum host_level level = HOST_PASS;

	if (state == MODULE_UNKNOWN)
		level = HOST_SKIP;
	else if (state == MODULE_MISSING || state == MODULE_BLOCKED)
		level = needed_here ? HOST_FAIL : HOST_NOTE;
	return host_report_add(report, "modules", "the drivers of VFIO", level,
			       level == HOST_FAIL ? "See 'iommu-diag explain vfio-module-missing'"
						  : NULL,
			       "%s: %s", name, module_text(state));
}

static int check_modules(const struct host_facts *facts, struct host_report *report)
{
	bool iommufd = facts->iommufd == MODULE_LOADED || facts->iommufd == MODULE_BUILTIN ||
		       facts->iommufd == MODULE_LOADABLE;
	int r = check_module("vfio_pci", facts->vfio_pci, true, report);

	if (r == 0)
		r = check_module("vfio_iommu_type1", facts->vfio_iommu_type1, !iommufd, report);
	return r < 0 ? r : check_module("iommufd", facts->iommufd, false, report);
}

/* What the kernel really offers, by what it registers or will register. */
static int check_paths(const struct host_facts *facts, struct host_report *report)
{
	const char *subject = "for a way to give out devices";
	enum truth type1 = facts->type1_offered, iommufd = facts->cdev_offered;

	/* Groups and a container without a backend lead nowhere. */
	if (facts->vfio_iommu_type1 == MODULE_MISSING || facts->vfio_iommu_type1 == MODULE_BLOCKED)
		type1 = TRUTH_NO;
	if (type1 == TRUTH_NO && iommufd == TRUTH_NO)
		return host_report_add(report, "access-paths", subject, HOST_FAIL, NULL,
				       "neither type1 nor iommufd");
	if (type1 != TRUTH_YES && iommufd != TRUTH_YES)
		return host_report_add(report, "access-paths", subject, HOST_SKIP, NULL,
				       "nothing that could be read tells");
	return host_report_add(report, "access-paths", subject, HOST_PASS, NULL, "%s",
			       type1 != TRUTH_YES     ? "iommufd"
			       : iommufd == TRUTH_YES ? "type1, and iommufd where it is asked for"
						      : "type1");
}

static int check_lockdown(const struct host_facts *facts, struct host_report *report)
{
	const char *mode = facts->lockdown.state == FACT_KNOWN ? facts->lockdown.text : NULL;

	if (!mode || strcmp(mode, "none") == 0)
		return 0;
	return host_report_add(report, "lockdown", "the kernel's lockdown", HOST_NOTE, NULL,
			       "%s: VFIO works; %s", mode,
			       strcmp(mode, "confidentiality") == 0
				       ? "tracing (check --trace) does not, nor do modules without "
					 "a signature"
				       : "modules without a signature do not");
}

static int check_limits(const struct host_root *root, const struct surroundings *surroundings,
			struct host_report *report)
{
	char text[64];
	int r = 0;

	if (surroundings->memory_lock_limit.state == FACT_KNOWN)
		r = host_report_add(report, "memory-lock", "how much memory may be locked",
				    HOST_NOTE,
				    "A guest locks all of its memory: libvirt raises the limit "
				    "itself, QEMU started by hand does not (ulimit -l)",
				    "%" PRIu64 " kB for this process",
				    surroundings->memory_lock_limit.number / 1024);
	else if (surroundings->memory_lock_limit.state == FACT_ABSENT)
		r = host_report_add(report, "memory-lock", "how much memory may be locked",
				    HOST_PASS, NULL, "no limit for this process");
	if (r < 0 || host_root_read(root, text, sizeof(text), "%s",
				    "/sys/module/vfio_iommu_type1/parameters/dma_entry_limit") <= 0)
		return r;
	text[strcspn(text, "\n")] = '\0';
	return host_report_add(report, "dma-entries", "how many mappings a container may have",
			       HOST_NOTE, NULL, "%s (vfio_iommu_type1.dma_entry_limit)", text);
}

static int check_surroundings(const struct surroundings *surroundings, struct host_report *report)
{
	int r = 0;

	if (surroundings->container.state == FACT_KNOWN)
		r = host_report_add(report, "container", "whether this is a container", HOST_WARN,
				    "Ask on the host: what a container sees of /sys and /dev is a "
				    "choice of whoever started it",
				    "%s", surroundings->container.text);
	if (r == 0 && surroundings->guest == TRUTH_YES)
		r = host_report_add(
			report, "guest", "whether this is a virtual machine", HOST_NOTE,
			"Devices can be passed on only where its hypervisor gives it an IOMMU",
			"yes: %s",
			surroundings->machine.state == FACT_KNOWN ? surroundings->machine.text
								  : "of an unknown make");
	return r;
}

int host_check_kernel(const struct host_root *root, const struct host_facts *facts,
		      struct host_report *report)
{
	struct surroundings surroundings;
	int r = check_config(root, facts, report);

	if (r == 0)
		r = check_command_line(facts, report);
	if (r == 0)
		r = check_modules(facts, report);
	if (r == 0)
		r = check_paths(facts, report);
	if (r == 0)
		r = check_lockdown(facts, report);
	if (r == 0)
		r = host_surroundings_read(root, &surroundings);
	if (r < 0)
		return r;
	r = check_limits(root, &surroundings, report);
	if (r == 0)
		r = check_surroundings(&surroundings, report);
	surroundings_release(&surroundings);
	return r;
}
