/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Domain definitions: what is read of them, and what is refused with its line. */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "domain/domain_xml.h"
#include "tests/unit/check.h"

#define MIB (UINT64_C(1) << 20)

static int parse(const char *text, struct guest_domain *guest, char **problem)
{
	return domain_xml_parse(text, strlen(text), guest, problem);
}

/* The guest of a definition that is good. */
static struct guest_domain good(const char *text)
{
	struct guest_domain guest = {0};
	char *problem = NULL;

	CHECK_INT(parse(text, &guest, &problem), 0);
	CHECK_STR(problem, NULL);
	free(problem);
	return guest;
}

/* A definition that is refused, and what the message begins with. */
static void bad(const char *text, const char *wanted)
{
	struct guest_domain guest = {0};
	AUTO_FREE char *problem = NULL;

	CHECK_INT(parse(text, &guest, &problem), -EINVAL);
	CHECK(problem && strncmp(problem, wanted, strlen(wanted)) == 0);
	if (!problem || strncmp(problem, wanted, strlen(wanted)) != 0)
		fprintf(stderr, "    got \"%s\", wanted \"%s\"\n", problem ? problem : "(NULL)",
			wanted);
	CHECK(guest.n_hostdevs == 0 && !guest.name);
}

static void test_hostdevs(void)
{
	struct guest_domain guest = good(
		"<domain type='kvm'>\n<name>vm</name>\n<memory>262144</memory>\n<devices>\n"
		"<hostdev mode='subsystem' type='pci' managed='yes'>\n"
		"<driver name='vfio' iommufd='yes'/>\n"
		"<source><address domain='0x10000' bus='0xff' slot='0x1f' function='7'/></source>\n"
		"<address type='pci' domain='0' bus='0x06' slot='0x01' function='0x0'/></hostdev>\n"
		"<hostdev mode='subsystem' type='usb'><source/></hostdev>\n"
		"<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source>\n"
		"<address uuid='83b8f4f2-509f-382f-3c1e-e6bfe0fa1001'/></source></hostdev>\n"
		"<interface type='hostdev'><source>\n"
		"<address type='pci' bus='3' slot='0x10' function='1'/></source></interface>\n"
		"<interface type='network'><source network='vfs'/></interface>\n"
		"<interface type='network'><source network='vfs'/><actual type='hostdev'>\n"
		"<source><address bus='4' slot='0' function='0'/></source></actual></interface>\n"
		"<interface type='network'><source network='nat'/><actual type='bridge'/>\n"
		"</interface>\n<interface type='vdpa'/>\n"
		"<disk type='nvme' device='disk'><source type='pci' managed='yes' namespace='1'>\n"
		"<address domain='0' bus='1' slot='0' function='0'/></source></disk>\n"
		"</devices></domain>");

	CHECK_STR(guest.name, "vm");
	CHECK_STR(guest.type, "kvm");
	CHECK_INT(guest.memory.number, 256 * MIB);
	CHECK_INT(guest.n_hostdevs, 5);
	if (guest.n_hostdevs == 5) {
		CHECK_INT(guest.hostdevs[0].kind, GUEST_HOSTDEV_PCI);
		CHECK_INT(guest.hostdevs[0].address.domain, 0x10000);
		CHECK_INT(guest.hostdevs[0].address.bus, 0xff);
		CHECK_INT(guest.hostdevs[0].address.slot, 0x1f);
		CHECK_INT(guest.hostdevs[0].address.function, 7);
		CHECK_INT(guest.hostdevs[0].guest_bus, 6);
		CHECK_INT(guest.hostdevs[0].line, 5);
		CHECK(guest.hostdevs[0].managed && guest.hostdevs[0].iommufd);
		CHECK_STR(guest.hostdevs[0].backend, "vfio");
		CHECK_INT(guest.hostdevs[1].kind, GUEST_HOSTDEV_MDEV);
		CHECK_STR(guest.hostdevs[1].uuid, "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001");
		CHECK_INT(guest.hostdevs[2].kind, GUEST_HOSTDEV_INTERFACE);
		CHECK_INT(guest.hostdevs[2].address.slot, 0x10);
		CHECK(!guest.hostdevs[2].managed && !guest.hostdevs[2].has_guest_bus);
		CHECK_INT(guest.hostdevs[3].kind, GUEST_HOSTDEV_INTERFACE);
		CHECK_INT(guest.hostdevs[3].address.bus, 4);
		CHECK_INT(guest.hostdevs[4].kind, GUEST_HOSTDEV_NVME);
		CHECK(guest.hostdevs[4].managed);
	}
	CHECK_INT(guest.n_networks, 1);
	CHECK_STR(guest.n_networks ? guest.networks[0].name : NULL, "vfs");
	CHECK_INT(guest.n_vdpa, 1);
	guest_domain_release(&guest);
}

static void test_memory(void)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} sizes[] = {
		{"<memory>1</memory>", 1024},
		{"<memory unit='b'>4096</memory>", 4096},
		{"<memory unit='KB'>2</memory>", 2000},
		{"<memory unit='k'> 2\n</memory>", 2048},
		{"<memory unit='GiB'>3</memory>", 3072 * MIB},
		{"<memory unit='TB'>1</memory>", UINT64_C(1000000000000)},
		{"<cpu><numa><cell memory='1' unit='GiB'/><cell memory='1024'/></numa></cpu>",
		 1025 * MIB},
	};

	for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++) {
		AUTO_FREE char *text = NULL;
		struct guest_domain guest;

		CHECK(asprintf(&text, "<domain>%s</domain>", sizes[i].text) > 0);
		guest = good(text);
		CHECK_INT(guest.memory.state, FACT_KNOWN);
		CHECK_INT(guest.memory.number, sizes[i].bytes);
		CHECK_INT(guest.memory_initial.number, sizes[i].bytes);
		guest_domain_release(&guest);
	}
}

static void test_limits(void)
{
	struct guest_domain guest =
		good("<domain><maxMemory slots='4' unit='GiB'>8</maxMemory>"
		     "<memory unit='GiB'>4</memory><memtune><hard_limit unit='GiB'>5</hard_limit>"
		     "</memtune><memoryBacking><hugepages><page size='1' unit='G'/></hugepages>"
		     "<locked/></memoryBacking><devices>"
		     "<memory model='dimm'><target><size unit='GiB'>1</size></target></memory>"
		     "<video><model type='qxl' ram='65536' vram='65536' vgamem='16384'/></video>"
		     "<video><model type='virtio'/></video>"
		     "<controller type='pci' index='0' model='pcie-root'>"
		     "<pcihole64 unit='GiB'>64</pcihole64></controller>"
		     "<controller type='pci' index='2' model='pcie-to-pci-bridge'/>"
		     "</devices></domain>");

	CHECK_INT(guest.memory_initial.number, 3072 * MIB);
	CHECK_INT(guest.memory_devices, 1024 * MIB);
	CHECK_INT(guest.memory_maximum.number, 8192 * MIB);
	CHECK_INT(guest.memory_slots, 4);
	CHECK_INT(guest.hard_limit.number, 5120 * MIB);
	CHECK(guest.locked && guest.hugepages);
	CHECK_INT(guest.hugepage_size.number, 1024 * MIB);
	CHECK_INT(guest.video_memory, 128 * MIB);
	CHECK_INT(guest.hole64.number, 65536 * MIB);
	CHECK(guest.n_plain_buses == 1 && guest.plain_buses[0] == 2);
	guest_domain_release(&guest);

	guest = good("<domain><memtune><hard_limit unit='KiB'>9007199254740991</hard_limit>"
		     "</memtune></domain>");
	CHECK_INT(guest.hard_limit.state, FACT_ABSENT);
	CHECK(guest.memory.state != FACT_KNOWN);
	guest_domain_release(&guest);
}

static void test_machine(void)
{
	struct guest_domain guest =
		good("<?xml version='1.0'?><domstatus><domain type='kvm' id='3' "
		     "xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>"
		     "<os firmware='efi'><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os>"
		     "<features><ioapic driver='qemu'/></features>"
		     "<cpu mode='host-passthrough'><maxphysaddr mode='passthrough' limit='39'/>"
		     "</cpu><devices><iommu model='intel'><driver intremap='on' "
		     "caching_mode='off' aw_bits='48'/></iommu></devices>"
		     "<qemu:commandline><qemu:arg value='-foo'/></qemu:commandline>"
		     "</domain></domstatus>");

	CHECK_STR(guest.machine, "pc-q35-7.2");
	CHECK_STR(guest.architecture, "x86_64");
	CHECK(guest.uefi && guest.cpu.passthrough);
	CHECK_INT(guest.cpu.address_bits.number, 39);
	CHECK_INT(guest.split_ioapic, TRUTH_YES);
	CHECK_INT(guest.iommu.model, GUEST_IOMMU_INTEL);
	CHECK_INT(guest.iommu.caching_mode, TRUTH_NO);
	CHECK_INT(guest.iommu.interrupt_remapping, TRUTH_YES);
	CHECK_INT(guest.iommu.width.number, 48);
	guest_domain_release(&guest);
}

static void test_refusals(void)
{
	bad("", "1: ");
	bad("\n\nno xml", "3: ");
	bad("<domain>\n<name>x</title></domain>", "2: Opening and ending tag mismatch");
	bad("<network/>", "1: the root element is not <domain>");
	bad("<domstatus/>", "1: the root element is not <domain>");
	bad("<!DOCTYPE domain SYSTEM 'file:///etc/passwd'>\n<domain/>", "1: a document type");
	bad("<!DOCTYPE d [<!ENTITY x SYSTEM '/etc/passwd'>]><domain><name>&x;</name></domain>",
	    "1: a document type");
	bad("<domain><name>&x;</name></domain>", "1: Entity 'x' not defined");
	bad("<domain>\n<memory>many</memory></domain>", "2: memory is 'many', no size");
	bad("<domain><memory unit='XB'>1</memory></domain>", "1: memory has the unknown unit");
	bad("<domain><memory unit='EiB'>16</memory></domain>", "1: memory is beyond 2^64");
	bad("<domain><memory>-1</memory></domain>", "1: memory is '-1', no size");
	bad("<domain><devices>\n<hostdev type='pci'/></devices></domain>",
	    "2: <hostdev> has no <source>");
	bad("<domain><devices><hostdev type='pci'>\n<source/></hostdev></devices></domain>",
	    "2: <source> has no <address>");
	bad("<domain><devices><hostdev type='pci'><source><address bus='256' slot='0' "
	    "function='0'/></source></hostdev></devices></domain>",
	    "1: bus of the address is beyond 0xff");
	bad("<domain><devices><hostdev type='pci'><source><address bus='0x' slot='0' "
	    "function='0'/></source></hostdev></devices></domain>",
	    "1: bus='0x' is no number");
	bad("<domain><devices><hostdev type='pci'><source><address bus='1' slot='0'/>"
	    "</source></hostdev></devices></domain>",
	    "1: the address has no function");
	bad("<domain><devices><hostdev type='mdev'><source><address uuid='../../x'/></source>"
	    "</hostdev></devices></domain>",
	    "1: the mediated device has no");
	bad("<domain><devices><iommu model='intel'><driver caching_mode='maybe'/></iommu>"
	    "</devices></domain>",
	    "1: caching_mode='maybe' is neither");
	bad("<domain><memory>1</memory><devices><memory><target><size>2</size></target></memory>"
	    "</devices></domain>",
	    "1: the memory devices are larger");
}

/* Thousands of levels, each of which could be a call of a parser that trusts them. */
static void test_depth(void)
{
	static const size_t levels = 100000;
	AUTO_FREE char *text = malloc(levels * 3 + 1);
	AUTO_FREE char *problem = NULL;
	struct guest_domain guest = {0};

	CHECK(text != NULL);
	if (!text)
		return;
	for (size_t i = 0; i < levels; i++)
		memcpy(text + 3 * i, "<a>", 3);
	CHECK_INT(domain_xml_parse(text, levels * 3, &guest, &problem), -EINVAL);
}

static void test_size(void)
{
	size_t size = DOMAIN_XML_MOST + 1;
	AUTO_FREE char *text = malloc(size);
	AUTO_FREE char *problem = NULL;
	struct guest_domain guest = {0};

	CHECK(text != NULL);
	if (!text)
		return;
	memset(text, ' ', size);
	CHECK_INT(domain_xml_parse(text, size, &guest, &problem), -EINVAL);
	CHECK_STR(problem, "1: more than 4 MiB, which no domain definition has");
}

int main(void)
{
	test_hostdevs();
	test_memory();
	test_limits();
	test_machine();
	test_refusals();
	test_depth();
	test_size();
	return check_result();
}
