/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef REPORT_GRAPH_WRITER_H
#define REPORT_GRAPH_WRITER_H

#include <stdio.h>

#include "diagnosis/grouping.h"
#include "host/names.h"
#include "model/check_report.h"

/*
 * Writes the PCI tree in Graphviz's DOT language: a box per function, framed by IOMMU group and
 * coloured by the verdict that @report has on it; ports that do not isolate are marked with what
 * they lack. Every colour's meaning stands in the box in words too. @amd_iommu: see acs_quirk();
 * @names may be NULL. Returns 0 or -ENOMEM; errors of writing stay in the stream.
 */
int graph_write_dot(FILE *file, const struct pci_topology *topology,
		    const struct check_report *report, bool amd_iommu, struct device_names *names);

#endif
