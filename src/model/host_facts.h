/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MODEL_HOST_FACTS_H
#define MODEL_HOST_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pci_address.h"
#include "model/truth.h"

enum module_state {
	MODULE_UNKNOWN,
	MODULE_LOADED, /* /sys/module/NAME, which built-in modules with parameters have too */
	MODULE_BUILTIN,
	MODULE_LOADABLE,
	MODULE_BLOCKED, /* the file is there, modprobe.d forbids it ("install NAME /bin/false") */
	MODULE_MISSING,
};

enum firmware_table {
	TABLE_DMAR,
	TABLE_IVRS,
	TABLE_IORT,
	TABLE_VIOT,
	TABLE_COUNT,
};

/* The device scope of a DRHD or RMRR, resolved as far as bus numbers in the table go. */
struct firmware_scope {
	struct pci_address address;
	bool bridge;   /* a sub-hierarchy, not an endpoint */
	bool resolved; /* false: the path crosses a bridge that the host does not show */
};

struct firmware_range {
	uint64_t first;
	uint64_t last;
	bool exclusion; /* IVMD exclusion range: not a 1:1 mapping */
	struct firmware_scope *scopes;
	size_t n_scopes;
};

struct firmware_unit {
	uint64_t register_base;
	uint32_t segment;
	bool include_all;    /* DRHD INCLUDE_PCI_ALL */
	enum truth coherent; /* SMMUv3: with the processors' caches */
	struct firmware_scope *scopes;
	size_t n_scopes;
};

/* What one firmware table says. @present: ABSENT is a fact, UNKNOWN means hidden. */
struct firmware_table_facts {
	enum fact_state present;
	enum fact_state parsed; /* UNKNOWN: not readable (mode 0400) or malformed */
	char *problem;		/* why a readable table could not be parsed, or NULL */
	uint8_t dmar_flags;	/* bit 0 INTR_REMAP, 1 X2APIC_OPT_OUT, 2 DMA_CTRL opt-in */
	struct firmware_unit *units;
	size_t n_units;
	struct firmware_range *ranges; /* RMRR, IVMD, RMR */
	size_t n_ranges;
};

/* Facts of the whole host. Zeroed, everything in it is unknown. */
struct host_facts {
	struct fact_text kernel_release;
	int kernel_major, kernel_minor; /* 0.0 where unknown */
	struct fact_text architecture;
	struct fact_text command_line;
	struct firmware_table_facts tables[TABLE_COUNT];
	enum fact_state device_tree;  /* KNOWN: it describes the machine, in place of ACPI */
	enum truth device_tree_iommu; /* YES: a PCI bus has iommu-map or iommus there; never NO */
	char **iommus;		      /* names in /sys/class/iommu */
	size_t n_iommus;
	enum fact_state iommus_state;
	size_t n_groups;
	enum fact_state groups_state;
	enum truth interrupt_remapping;
	char *interrupt_remapping_where; /* what decided it; NULL where nothing did */
	char *interrupt_remapping_value;
	enum module_state vfio, vfio_pci, vfio_iommu_type1, iommufd;
	struct fact_text type1_allow_unsafe; /* "Y" or "N" */
	struct fact_text iommufd_allow_unsafe;
	struct fact_text vfio_pci_disable_denylist;
	/* What modprobe.d gives these when their module is loaded. */
	enum truth type1_unsafe_configured, iommufd_unsafe_configured, denylist_off_configured;
	struct fact_text noiommu_parameter;
	enum truth core_direct_rule;	/* __iommu_device_set_domain and its require_direct test */
	enum truth claim_paging_domain; /* no static blocking domain in the IOMMU driver */
	struct fact_text lockdown;
	enum truth container_node; /* /dev/vfio/vfio */
	enum truth iommufd_node;   /* /dev/iommu */
	struct fact_text iommufd_mode;
	/* The kernel has these nodes now, whatever /dev shows. */
	enum truth container_registered, iommufd_registered;
	/* What this kernel gives once VFIO is loaded. */
	enum truth type1_offered;    /* nodes of groups, and a container for them */
	enum truth cdev_offered;     /* nodes of devices */
	enum truth compat_container; /* of iommufd, in the place of VFIO's own */
	bool live;		     /* this host, not a captured tree */
	bool root;		     /* the caller may read and write what only root may */
};

/* The tables' signatures: "DMAR". Static. */
const char *firmware_table_name(enum firmware_table table);

/* Frees what the facts own and zeroes them. */
void host_facts_release(struct host_facts *facts);

#endif
