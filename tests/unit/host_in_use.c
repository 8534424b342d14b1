/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>

#include "host/holders.h"
#include "host/in_use.h"
#include "tests/unit/check.h"
#include "tests/unit/host_tree.h"

#define MOUNTINFO "/proc/self/mountinfo"
#define SWAPS_HEADING "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"

/* A disk below 0000:00:03.0 with two partitions, and one below 0000:00:04.0. */
static const char *const block[][3] = {
	{"nvme0n1", "pci0000:00/0000:00:03.0/nvme/nvme0/nvme0n1", "259:0"},
	{"nvme0n1p1", "pci0000:00/0000:00:03.0/nvme/nvme0/nvme0n1/nvme0n1p1", "259:1"},
	{"nvme0n1p2", "pci0000:00/0000:00:03.0/nvme/nvme0/nvme0n1/nvme0n1p2", "259:2"},
	{"nvme1n1", "pci0000:00/0000:00:04.0/nvme/nvme1/nvme1n1", "259:3"},
	{"dm-0", "virtual/block/dm-0", "253:0"},
	{"md7", "virtual/block/md7", "9:7"},
	{"md7p1", "virtual/block/md7/md7p1", "259:9"},
	{"loop3", "virtual/block/loop3", "7:3"},
};

static void build(const struct host_root *root)
{
	char path[160], target[160];

	for (size_t i = 0; i < sizeof(block) / sizeof(block[0]); i++) {
		snprintf(path, sizeof(path), "/sys/class/block/%s", block[i][0]);
		snprintf(target, sizeof(target), "../../devices/%s", block[i][1]);
		tree_link(root, path, target);
		snprintf(path, sizeof(path), "/sys/devices/%s/dev", block[i][1]);
		snprintf(target, sizeof(target), "%s\n", block[i][2]);
		tree_write(root, path, target);
	}
	tree_write(root, MOUNTINFO, "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n");
	tree_write(root, "/proc/swaps", SWAPS_HEADING);
	tree_folder(root, "/sys/class/net");
}

/* The items as "id: what" lines. */
static void read_items(const struct host_root *root, uint8_t slot, char *buffer, size_t size)
{
	struct pci_device device = {.address = {0, 0, slot, 0}};
	struct in_use_list list = {0};

	device.class_code = (struct fact_number){FACT_KNOWN, 0x010802};
	device.boot_vga = slot == 9 ? TRUTH_YES : TRUTH_NO;
	CHECK_INT(host_in_use_read(root, NULL, &device, &list), 0);
	buffer[0] = '\0';
	for (size_t i = 0; i < list.n_items; i++) {
		size_t used = strlen(buffer);

		CHECK(list.items[i].evidence[0] == '/');
		snprintf(buffer + used, size - used, "%s: %s\n", in_use_id(list.items[i].id),
			 list.items[i].what);
	}
	in_use_list_release(&list);
}

/* What an idle disk says in a tree. */
#define CAPTURED                                                                                   \
	"not-measured: what is on its disks, and who has them open, is not in a captured tree\n"

#define EXPECT(root, slot, text)                                                                   \
	do {                                                                                       \
		char items[2048];                                                                  \
		read_items(root, slot, items, sizeof(items));                                      \
		CHECK_STR(items, text);                                                            \
	} while (0)

static void test_mounts(const struct host_root *root)
{
	EXPECT(root, 3, CAPTURED);
	tree_write(root, MOUNTINFO,
		   "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
		   "malformed\n40 22 259:1\n"
		   "41 22 259:1 / /srv/with\\040blank rw,noatime shared:5 master:1 - ext4 "
		   "/dev/nvme0n1p1 rw\n");
	EXPECT(root, 3, "mounted: /dev/nvme0n1p1 on /srv/with blank\n" CAPTURED);
	EXPECT(root, 4, CAPTURED);
	/* btrfs shows a number of its own, and one device of many. */
	tree_write(root, MOUNTINFO, "41 22 0:44 /@ /data rw - btrfs /dev/nvme0n1p2 rw\n");
	EXPECT(root, 3, "mounted: /dev/nvme0n1p2 on /data\n" CAPTURED);
	tree_folder(root, "/sys/fs/btrfs/c0ffee/devices/nvme1n1");
	EXPECT(root, 4, "mounted: /dev/nvme1n1 is part of the mounted btrfs c0ffee\n");
	/* By a name of udev's, and joined as bcachefs does. */
	tree_link(root, "/dev/disk/by-label/data", "../../nvme0n1p2");
	tree_write(root, MOUNTINFO,
		   "41 22 0:44 / /a rw - btrfs /dev/disk/by-label/data rw\n"
		   "42 22 0:45 / /b rw - bcachefs /dev/sdz:/dev/nvme0n1 rw\n");
	EXPECT(root, 3, "mounted: /dev/nvme0n1p2 on /a\nmounted: /dev/nvme0n1 on /b\n" CAPTURED);
	/* Only the first process sees this one. */
	tree_write(root, MOUNTINFO, "41 22 8:1 / / rw - ext4 /dev/sda1 rw\n");
	tree_write(root, "/proc/1/mountinfo", "41 22 259:0 / /host rw - ext4 /dev/nvme0n1 rw\n");
	EXPECT(root, 3, "mounted: /dev/nvme0n1 on /host\n" CAPTURED);
	tree_write(root, "/proc/1/mountinfo", "");
}

static void test_swap(const struct host_root *root)
{
	tree_write(root, "/proc/swaps",
		   SWAPS_HEADING "/dev/nvme0n1p2\\040(deleted) partition\t1048572\t0\t-2\n"
				 "/swapfile file 1 0 -3\n");
	EXPECT(root, 3, "swap: /dev/nvme0n1p2 is swap\n" CAPTURED);
	tree_write(root, "/proc/swaps", SWAPS_HEADING);
	EXPECT(root, 3, CAPTURED);
}

/* A disk in an array, whose partition is in a volume that is mounted and swap. */
static void test_holders(const struct host_root *root)
{
	tree_folder(root, "/sys/devices/pci0000:00/0000:00:03.0/nvme/nvme0/nvme0n1/nvme0n1p1/"
			  "holders/md7");
	tree_folder(root, "/sys/devices/virtual/block/md7/md7p1/holders/dm-0");
	tree_write(root, "/sys/devices/virtual/block/dm-0/dm/name", "vg-root\n");
	tree_write(root, MOUNTINFO, "41 22 253:0 / / rw - xfs /dev/mapper/vg-root rw\n");
	tree_write(root, "/proc/swaps", SWAPS_HEADING "/dev/mapper/vg-root partition 1 0 -2\n");
	EXPECT(root, 3,
	       "holder: /dev/nvme0n1p1 is part of /dev/md7\n"
	       "holder: /dev/md7p1 is part of /dev/mapper/vg-root\n"
	       "mounted: /dev/mapper/vg-root on /\n"
	       "swap: /dev/mapper/vg-root is swap\n" CAPTURED);
	EXPECT(root, 4, "mounted: /dev/nvme1n1 is part of the mounted btrfs c0ffee\n");
	tree_write(root, "/sys/devices/virtual/block/loop3/loop/backing_file", "/dev/nvme1n1\n");
	tree_write(root, MOUNTINFO, "41 22 7:3 / /image rw - ext4 /dev/loop3 rw\n");
	EXPECT(root, 4,
	       "holder: /dev/nvme1n1 is part of /dev/loop3\n"
	       "mounted: /dev/loop3 on /image\n"
	       "mounted: /dev/nvme1n1 is part of the mounted btrfs c0ffee\n");
}

/* The disk hangs off its subsystem, and the subsystem's controllers off the functions. */
static void test_multipath(const struct host_root *root)
{
	tree_link(root, "/sys/class/nvme-subsystem/nvme-subsys5",
		  "../../devices/virtual/nvme-subsystem/nvme-subsys5");
	tree_link(root, "/sys/devices/virtual/nvme-subsystem/nvme-subsys5/nvme5",
		  "../../../pci0000:00/0000:00:05.0/nvme/nvme5");
	tree_link(root, "/sys/class/block/nvme5n1",
		  "../../devices/virtual/nvme-subsystem/nvme-subsys5/nvme5n1");
	tree_write(root, "/sys/devices/virtual/nvme-subsystem/nvme-subsys5/nvme5n1/dev", "259:20");
	tree_write(root, MOUNTINFO, "41 22 259:20 / /shared rw - ext4 /dev/nvme5n1 rw\n");
	EXPECT(root, 5, "mounted: /dev/nvme5n1 on /shared\n");
	EXPECT(root, 6, "");
}

static void test_others(const struct host_root *root)
{
	EXPECT(root, 9, "boot-vga: 0000:00:09.0 is the boot display\n");
	tree_link(root, "/sys/class/net/eth0", "../../devices/pci0000:00/0000:00:02.0/net/eth0");
	EXPECT(root, 2, "not-measured: the state of eth0 could not be read\n");
}

#define KEYS "1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe\n"

/* A device at @path, which the link @link in its class names. */
static void add_device(const struct host_root *root, const char *link, const char *path)
{
	char text[160];

	snprintf(text, sizeof(text), "/sys/%s", path);
	tree_folder(root, text);
	snprintf(text, sizeof(text), "../../%s", path);
	tree_link(root, link, text);
}

static void test_peripherals(const struct host_root *root)
{
	add_device(root, "/sys/class/tty/ttyS4", "devices/pci0000:00/0000:00:0a.0/tty/ttyS4");
	tree_write(root, "/sys/class/tty/console/active", "tty0 ttyS4\n");
	EXPECT(root, 10, "serial-console: /dev/ttyS4 is a console of the kernel\n");
	tree_write(root, "/sys/class/tty/console/active", "tty0 ttyS40\n");
	EXPECT(root, 10, "");
	/* A keyboard without its first keys is a remote control, or a jack. */
	add_device(root, "/sys/class/input/input5",
		   "devices/pci0000:00/0000:00:0b.0/usb1/1-1/1-1:1.0/input/input5");
	tree_write(root, "/sys/class/input/input5/capabilities/key", "fffffffffffffffc\n");
	EXPECT(root, 11, "");
	tree_write(root, "/sys/class/input/input5/capabilities/key", KEYS);
	tree_write(root, "/sys/class/input/input5/name", "Model M\n");
	EXPECT(root, 11, "usb-input: the keyboard Model M, the host's only keyboard\n");
	tree_write(root, "/sys/class/input/input0/capabilities/key", KEYS);
	EXPECT(root, 11, "usb-input: the keyboard Model M\n");
	add_device(root, "/sys/class/drm/card1-DP-1",
		   "devices/pci0000:00/0000:00:0c.0/drm/card1/card1-DP-1");
	tree_write(root, "/sys/class/drm/card1-DP-1/status", "connected\n");
	tree_write(root, "/sys/class/drm/card1-DP-1/enabled", "disabled\n");
	EXPECT(root, 12, "");
	tree_write(root, "/sys/class/drm/card1-DP-1/enabled", "enabled\n");
	EXPECT(root, 12, "drm: DP-1 shows a picture\n");
	add_device(root, "/sys/class/sound/card2", "devices/pci0000:00/0000:00:0d.0/sound/card2");
	EXPECT(root, 13, "not-measured: whether card2 plays could not be read\n");
	tree_write(root, "/proc/asound/card2/pcm0p/sub0/status", "closed\n");
	EXPECT(root, 13, "");
	tree_write(root, "/proc/asound/card2/pcm0p/sub0/status", "state: RUNNING\nowner_pid: 7\n");
	EXPECT(root, 13, "sound: card2 pcm0p is open (state: RUNNING)\n");
	add_device(root, "/sys/class/tpm/tpm0", "devices/pci0000:00/0000:00:0e.0/tpm/tpm0");
	EXPECT(root, 14, "tpm: /dev/tpm0 is the host's trusted platform module\n");
}

/* One that does not run is no use. */
static void test_watchdogs(const struct host_root *root)
{
	add_device(root, "/sys/class/watchdog/watchdog0",
		   "devices/pci0000:00/0000:00:0f.0/watchdog/watchdog0");
	EXPECT(root, 15, "not-measured: whether watchdog0 runs could not be read\n");
	tree_write(root, "/sys/class/watchdog/watchdog0/state", "inactive\n");
	EXPECT(root, 15, "");
	tree_write(root, "/sys/class/watchdog/watchdog0/state", "active\n");
	EXPECT(root, 15, "watchdog: watchdog0 runs, and resets the machine when nobody feeds it\n");
}

/* The device that @list is about is 0000:00:10.0 in group 12. */
static void test_open_nodes(const struct host_root *root)
{
	struct open_node nodes[] = {
		{.pid = 7,
		 .command = "Xorg",
		 .path = "/dev/dri/card0",
		 .numbered = true,
		 .major = 226,
		 .minor = 0},
		{.pid = 8,
		 .command = "smartd",
		 .path = "/dev/nvme9",
		 .numbered = true,
		 .major = 240,
		 .minor = 9},
		{.pid = 4242,
		 .command = "qemu",
		 .path = "/dev/vfio/12",
		 .numbered = true,
		 .major = 235,
		 .minor = 1},
	};
	const struct open_file_list files = {
		.nodes = nodes, .n_nodes = sizeof(nodes) / sizeof(nodes[0]), .complete = true};
	struct pci_device device = {.address = {0, 0, 16, 0}, .group = {FACT_KNOWN, 12}};
	struct in_use_list list = {0};

	add_device(root, "/sys/dev/char/226:0", "devices/pci0000:00/0000:00:10.0/drm/card0");
	tree_link(root, "/sys/devices/pci0000:00/0000:00:10.0/drm/card0/subsystem",
		  "../../../../../class/drm");
	add_device(root, "/sys/dev/char/240:9", "devices/pci0000:00/0000:00:10.0/nvme/nvme9");
	tree_write(root, "/run/libvirt/qemu/win-11.pid", "4242");
	CHECK_INT(host_in_use_read(root, &files, &device, &list), 0);
	CHECK_INT(list.n_items, 4);
	if (list.n_items == 4) {
		CHECK_INT(list.items[0].id, IN_USE_DRM);
		CHECK_STR(list.items[0].what, "Xorg (pid 7) has /dev/dri/card0 open");
		CHECK_INT(list.items[1].id, IN_USE_OPEN_NODE);
		CHECK_INT(list.items[2].id, IN_USE_VFIO_USER);
		CHECK_INT(list.items[3].id, IN_USE_LIBVIRT);
		CHECK_STR(list.items[3].what, "the libvirt domain win-11 runs with it");
	}
	CHECK(in_use_list_is_known(&list));
	in_use_list_release(&list);
}

/* What cannot be read is never taken for unused. */
static void test_not_measured(void)
{
	struct host_root root;

	tree_open(&root);
	tree_folder(&root, "/sys/class/net");
	EXPECT(&root, 3, "not-measured: the block devices could not be listed\n");
	tree_link(&root, "/sys/class/block/nvme0n1",
		  "../../devices/pci0000:00/0000:00:03.0/nvme/nvme0/nvme0n1");
	EXPECT(&root, 3,
	       "not-measured: the mounted file systems could not be read\n"
	       "not-measured: the swap devices could not be read\n" CAPTURED);
	tree_close(&root);
}

static void test_vfio_holders(const struct host_root *root)
{
	const struct vfio_holder *holder = NULL;
	struct vfio_holder_list list;

	tree_write(root, "/proc/4242/stat",
		   "4242 (qemu-system-x86) S 1 4242 4242 0 -1 4194560 0\n");
	tree_link(root, "/proc/4242/fd/3", "/dev/vfio/vfio");
	tree_link(root, "/proc/4242/fd/4", "/dev/vfio/12");
	tree_link(root, "/proc/4242/fd/5", "/dev/vfio/12");
	tree_link(root, "/proc/4242/fd/6", "anon_inode:[vfio-device]");
	tree_link(root, "/proc/4242/fd/7", "/dev/vfio/13 (deleted)");
	tree_link(root, "/proc/4243/fd/1", "/vfio/devices/vfio3");
	tree_link(root, "/proc/4243/fd/2", "/dev/vfio/noiommu-7");
	tree_link(root, "/proc/4243/fd/3", "/srv/vfio/readme");
	CHECK_INT(vfio_holders_read(root, &list), 0);
	CHECK_INT(list.n_holders, 4);
	CHECK(!list.complete);
	CHECK_INT(vfio_holder_list_find(&list, 12, NULL, &holder), TRUTH_YES);
	CHECK_INT(holder->pid, 4242);
	CHECK_STR(holder->command, "qemu-system-x86");
	CHECK_STR(holder->node, "/dev/vfio/12");
	CHECK_INT(vfio_holder_list_find(&list, 13, NULL, &holder), TRUTH_YES);
	CHECK_INT(vfio_holder_list_find(&list, 99, "vfio3", &holder), TRUTH_YES);
	CHECK_INT(holder->pid, 4243);
	CHECK_STR(holder->command, "?");
	CHECK_INT(vfio_holder_list_find(&list, 7, NULL, NULL), TRUTH_YES);
	CHECK_INT(vfio_holder_list_find(&list, 1, "vfio1", NULL), TRUTH_UNKNOWN);
	list.complete = true;
	CHECK_INT(vfio_holder_list_find(&list, 1, "vfio1", NULL), TRUTH_NO);
	vfio_holder_list_release(&list);
}

int main(void)
{
	struct host_root root;

	tree_open(&root);
	build(&root);
	test_mounts(&root);
	test_swap(&root);
	test_holders(&root);
	test_multipath(&root);
	test_others(&root);
	test_peripherals(&root);
	test_watchdogs(&root);
	test_open_nodes(&root);
	test_vfio_holders(&root);
	tree_close(&root);
	test_not_measured();
	return check_result();
}
