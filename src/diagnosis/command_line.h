/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef DIAGNOSIS_COMMAND_LINE_H
#define DIAGNOSIS_COMMAND_LINE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Whether the kernel command line switches DMA remapping off: intel_iommu=off, amd_iommu=off,
 * iommu=off (Documentation/admin-guide/kernel-parameters.txt). The last of the same option
 * wins. The word that does it is put into @word.
 */
bool command_line_disables_iommu(const char *line, char *word, size_t size);

/* Whether the boolean @option ("module.parameter"; - and _ are the same) is set. */
bool command_line_sets(const char *line, const char *option);

#endif
