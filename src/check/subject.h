/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CHECK_SUBJECT_H
#define CHECK_SUBJECT_H

/* One device of a check with everything that was read about it; private to check/. */

#include "check/check.h"
#include "diagnosis/facts_evidence.h"
#include "host/holders.h"
#include "host/pci.h"

struct subject {
	struct pci_device device;
	struct iommu_group group;
	bool has_group;
	struct pci_device_list neighbours;
	bool neighbours_known;
	struct pci_device *members; /* of the group, the device among them */
	size_t n_members;
	char *module; /* of the VFIO driver that it would get */
	char *driver; /* that driver; NULL: known once the module is loaded */
	enum module_state module_state;
	enum truth is_iommu_function;
	bool movable; /* a trial may take it from its driver */
	bool judged;  /* its report is written */
};

/* What all subjects of a check share. */
struct check {
	const struct host_root *root;
	const struct check_options *options;
	struct host_facts host;
	struct open_file_list files; /* of all processes, looked at once */
	bool files_read;
	struct vfio_holder_list holders;
	bool holders_read;
	struct subject *subjects;
	size_t n_subjects;
	struct pci_address *movable; /* addresses of the movable subjects */
	size_t n_movable;
	struct device_report *reports; /* one per subject */
};

/* Reads the device at @address and its group. Returns 0, -ENOENT or -ENOMEM. */
int subject_read(const struct check *check, const struct pci_address *address, struct subject *ret);
void subject_release(struct subject *subject);

/* How the diagnosis sees @subject within @check. */
struct device_view subject_view(const struct check *check, const struct subject *subject);

/* Judges the subject at @index by facts, along the path that the options ask for. */
int subject_judge(struct check *check, size_t index);

/* Whether @subject is not on a VFIO driver yet, and so has to be moved by a trial. */
bool subject_moves(const struct subject *subject);

/* Whether every endpoint of the group is on a VFIO driver. */
bool subject_group_is_vfio(const struct subject *subject);

#endif
