/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TESTS_FAKE_FAKE_KERNEL_H
#define TESTS_FAKE_FAKE_KERNEL_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/pci_device.h"
#include "trial/plan.h"
#include "trial/undo.h"
#include "vfio/operations.h"

/*
 * A kernel that consists of a few devices, for the engine's tests. It answers as the errno map
 * says the real one does (A.1-A.5, B.1-B.7), at the time of the write; a script makes single
 * calls answer otherwise; a crash stops the caller dead at any operation.
 */
#define FAKE_DEVICES 4
#define FAKE_GROUPS 4
#define FAKE_MODULES 5
#define FAKE_SCRIPT_LINES 8
#define FAKE_DESCRIPTORS 16

struct fake_device {
	struct pci_address address;
	uint16_t vendor, device;
	char driver[KNOB_STATE_SIZE];	/* "" where unbound */
	char override[KNOB_STATE_SIZE]; /* "" where unset */
	char power_control[8];
	char native[KNOB_STATE_SIZE]; /* the driver that knows its ids; "" where none does */
	bool has_link;		      /* a NIC, whose host driver registers an interface */
	struct network_link link;     /* "" where its driver has registered none */
	int group;		      /* -1: none */
	int iommu;		      /* the instance behind which it is: domains fit one only */
	int group_at_bind;	      /* the group that its first bind gives it; -1: none */
	uint32_t class_code;
	bool has_vfs;
	bool gone;	/* it left the bus */
	bool noiommu;	/* its group is one that VFIO makes in no-IOMMU mode */
	bool in_plan;	/* a write to any other device fails the test */
	unsigned opens; /* how often it was opened, and so reset */
};

struct fake_group {
	int number;
	bool direct;   /* a reserved region of type direct: the claim answers EINVAL */
	int opened_by; /* descriptor; 0: closed, -1: somebody else holds it */
	int container; /* descriptor of the container that it is in; 0: none */
};

struct fake_module {
	char name[32];
	char driver[32]; /* what it registers; "" where it is a backend */
	bool loadable;
	bool loaded;
};

/* What can be compared, saved and brought back by plain assignment. */
struct fake_state {
	struct fake_device devices[FAKE_DEVICES];
	size_t n_devices;
	struct fake_group groups[FAKE_GROUPS];
	size_t n_groups;
	struct fake_module modules[FAKE_MODULES];
	size_t n_modules;
};

enum fake_descriptor_kind { FAKE_CLOSED, FAKE_CONTAINER, FAKE_GROUP, FAKE_DEVICE, FAKE_IOMMUFD };

struct fake_descriptor {
	enum fake_descriptor_kind kind;
	size_t index;	  /* into groups or devices */
	bool has_backend; /* of a container: SET_IOMMU succeeded */
	unsigned mappings;
	int iommufd;	 /* of a device's own node: what it is bound to; 0: nothing */
	long page_table; /* that it is attached to; 0: none */
};

struct fake_line {
	char step[40];
	unsigned call; /* the nth call of this step, from 1; 0: every call */
	int err;
	unsigned used;
};

struct fake_kernel {
	struct fake_state state;
	struct fake_descriptor descriptors[FAKE_DESCRIPTORS];

	struct fake_line script[FAKE_SCRIPT_LINES];
	size_t n_lines;
	struct {
		char step[40];
		unsigned calls;
	} counters[48];
	size_t n_counters;

	/* iommufd provides /dev/vfio/vfio. */
	bool compat_container;

	/* As before 5.18: a group that is not viable may have a container all the same. */
	bool no_dma_ownership;

	/* Writes are named sysfs.restore.* while it is set; see fake_kernel_script(). */
	bool restoring;
	char undo_folder[256];

	unsigned long operations; /* every call, close() too */
	unsigned long writes;	  /* knob writes */
	unsigned long crash_at;	  /* operation that is the last one; 0: none */
	bool crash_before;	  /* it is not carried out any more */
	jmp_buf crash;
	unsigned violations; /* invariants that the caller broke; each is printed */

	/* Called before each operation: lets somebody else change the world meanwhile. */
	void (*meddle)(struct fake_kernel *kernel, const char *step, void *data);
	void *meddle_data;
};

/* Answers from a struct fake_kernel, given as @kernel. */
extern const struct vfio_operations fake_operations;

/* An empty world without modules, whose records are expected in @undo_folder. */
void fake_kernel_init(struct fake_kernel *kernel, const char *undo_folder);

/*
 * Adds 0000:@bus:00.0 with ids 8086:10d3 to @group (-1: none); @driver and @override may be
 * NULL. Its native driver is @driver where that is given and no VFIO driver, else "e1000e". It
 * belongs to the plan until in_plan is cleared.
 */
struct fake_device *fake_kernel_add_device(struct fake_kernel *kernel, uint8_t bus, int group,
					   const char *driver, const char *override);
struct fake_group *fake_kernel_add_group(struct fake_kernel *kernel, int number);
struct fake_module *fake_kernel_add_module(struct fake_kernel *kernel, const char *name,
					   const char *driver, bool loaded);

/* vfio, its PCI driver, its backend and iommufd, all loaded. */
void fake_kernel_add_vfio(struct fake_kernel *kernel);

/*
 * Adds lines of the form "step[#n] ERRNO", one per line: the nth call of that step (every call
 * where no n is given) answers the errno and does nothing. Steps are those of the contract. The
 * writes of a restore, which are one step there, are sysfs.restore.driver_override, .unbind,
 * .bind, .probe, .power_control, .link_rename and .link_up; reads are sysfs.read.driver, .driver_override,
 * .power_control, .group, .ids and .links. A line that is malformed is a violation.
 */
void fake_kernel_script(struct fake_kernel *kernel, const char *lines);

/* How often @step was called so far. */
unsigned fake_kernel_calls(const struct fake_kernel *kernel, const char *step);

/*
 * The process that held the descriptors is dead: the kernel closes them, and what they held is
 * released. Counters and script start again, as for a new process.
 */
void fake_kernel_process_dies(struct fake_kernel *kernel);

/*
 * Whether everything that a trial must put back is as in @start: driver, driver_override,
 * power/control, presence, group membership, holders of groups. Modules stay loaded, so they
 * are not compared. Differences are printed.
 */
bool fake_kernel_equal(const struct fake_kernel *kernel, const struct fake_state *start);

/* No descriptor open, no invariant broken, every script line used. Prints what is not so. */
bool fake_kernel_is_clean(const struct fake_kernel *kernel);

/* Whether no undo record is left in the folder; prints those that are. */
bool fake_kernel_no_records(const struct fake_kernel *kernel);

/*
 * A plan for every device with in_plan set, made as the programs make it. NULL as
 * @module: vfio-pci is loaded and bound. The caller releases it with trial_plan_release().
 */
void fake_kernel_plan(const struct fake_kernel *kernel, const char *module, struct trial_plan *ret);

/* Restores from every record on disk, as a new process does; returns how many are left. */
size_t fake_kernel_restore_all(struct fake_kernel *kernel);

/*
 * Makes a new folder for records, below /dev/shm where that can be written (each record is
 * synced), else below the current one. @path has 256 bytes. Returns false where it cannot.
 */
bool fake_folder_make(char *path);

/* Removes the folder and the files in it. */
void fake_folder_remove(const char *path);

#endif
