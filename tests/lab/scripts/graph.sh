#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# graph.sh PORTS: the picture has a box for every function and a frame for every group, and marks
# PORTS ports that keep nothing apart. It stays in the logs, for docs/.
ports=$1
iommu-diag graph >/lab/out/graph.dot || exit 1
functions=$(find /sys/bus/pci/devices/ -mindepth 1 -maxdepth 1 | wc -l)
groups=$(find /sys/kernel/iommu_groups -mindepth 1 -maxdepth 1 | wc -l)
boxes=$(grep -c '^ *"[0-9a-f:.]*" \[label=' /lab/out/graph.dot)
frames=$(grep -c '^  subgraph cluster_[0-9]' /lab/out/graph.dot)
marked=$(grep '^ *"' /lab/out/graph.dot | grep -c penwidth)
echo "$boxes boxes of $functions, $frames frames of $groups, $marked ports marked of $ports"
[ "$boxes" = "$functions" ] && [ "$frames" = "$groups" ] && [ "$marked" = "$ports" ]
