/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Canned traces, most of them as the lab's kernels gave them: who produced the errno. */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "tests/unit/check.h"
#include "trace/chain.h"
#include "trace/names.h"
#include "trace/symbols.h"

#define P(point) TRACE_POINT_##point

static void check_sentence(const struct trace_return *returns, size_t n, int err,
			   enum evidence origin, const char *wanted)
{
	struct trace_chain chain;
	AUTO_FREE char *sentence = NULL;

	trace_chain_find(returns, n, err, &chain);
	CHECK(chain.n_links > 0);
	if (chain.n_links == 0)
		return;
	sentence = trace_chain_sentence(&chain);
	CHECK_STR(sentence, wanted);
	CHECK_INT(trace_return_origin(chain.links[chain.n_links - 1]), origin);
}

/* 6.12: the driver refuses, the core goes back to the blocking domain. */
static void test_driver_refuses(void)
{
	static const struct trace_return trace[] = {
		{P(INTEL_ALLOC_OLD), 4096L << 40, 50},
		{P(DOMAIN_ALLOC), 4096L << 40, 60},
		{P(INTEL_ATTACH), -EINVAL, 10},
		{P(DEVICE_ATTACH), -EINVAL, 20},
		{P(DEVICE_SET_DOMAIN), -EINVAL, 30},
		{P(INTEL_BLOCK), 0, 10},
		{P(DEVICE_ATTACH), 0, 20},
		{P(DEVICE_SET_DOMAIN), 0, 30},
		{P(SET_DOMAIN_INTERNAL), -EINVAL, 50},
		{P(GROUP_ATTACH), -EINVAL, 50},
		{P(TYPE1_ATTACH), -EINVAL, 90},
		{P(CONTAINER_IOCTL), -EINVAL, 100},
	};

	check_sentence(trace, ARRAY_LENGTH(trace), EINVAL, EVIDENCE_TRACE_ORIGIN_ATTACH_DEV,
		       "EINVAL produced by intel_iommu_attach_device, passed on by "
		       "__iommu_attach_device, __iommu_device_set_domain, "
		       "__iommu_group_set_domain_internal, __iommu_attach_group, "
		       "vfio_iommu_type1_attach_group, vfio_fops_unl_ioctl");
	CHECK(!trace_swallowed_attach(trace, ARRAY_LENGTH(trace)));
}

/* The core's own rule, and the claim's own look at the owner: nothing below was called. */
static void test_own_checks(void)
{
	static const struct trace_return direct[] = {
		{P(DEVICE_SET_DOMAIN), -EINVAL, 30}, {P(SET_DOMAIN_INTERNAL), -EINVAL, 50},
		{P(TAKE_OWNERSHIP), -EINVAL, 60},    {P(CLAIM), -EINVAL, 70},
		{P(CONTAINER_ATTACH), -EINVAL, 80},  {P(GROUP_IOCTL), -EINVAL, 100},
	};
	static const struct trace_return owner[] = {
		{P(CLAIM), -EPERM, 70},
		{P(CONTAINER_ATTACH), -EPERM, 80},
		{P(GROUP_IOCTL), -EPERM, 100},
	};

	check_sentence(direct, ARRAY_LENGTH(direct), EINVAL, EVIDENCE_TRACE_ORIGIN_REQUIRE_DIRECT,
		       "EINVAL produced by __iommu_device_set_domain, passed on by "
		       "__iommu_group_set_domain_internal, __iommu_take_dma_ownership, "
		       "iommu_group_claim_dma_owner, vfio_container_attach_group, "
		       "vfio_group_fops_unl_ioctl");
	check_sentence(owner, ARRAY_LENGTH(owner), EPERM, EVIDENCE_TRACE_ORIGIN_CLAIM_OWNER_CHECK,
		       "EPERM produced by iommu_group_claim_dma_owner, passed on by "
		       "vfio_container_attach_group, vfio_group_fops_unl_ioctl");
}

/* 6.1 makes EIO of every allocation that failed. */
static void test_replaced(void)
{
	static const struct trace_return allocation[] = {
		{P(INTEL_ALLOC_OLD), 0, 50},
		{P(DOMAIN_ALLOC_OLD), 0, 60},
		{P(TYPE1_ATTACH), -EIO, 90},
		{P(CONTAINER_IOCTL), -EIO, 100},
	};
	static const struct trace_return interrupts[] = {
		{P(DEVICE_ATTACH), 0, 20},     {P(GROUP_ATTACH), 0, 50},
		{P(MSI_ISOLATED), 0, 80},      {P(SET_DOMAIN_INTERNAL), 0, 40},
		{P(TYPE1_ATTACH), -EPERM, 90}, {P(CONTAINER_IOCTL), -EPERM, 100},
	};

	check_sentence(allocation, ARRAY_LENGTH(allocation), EIO,
		       EVIDENCE_TRACE_ORIGIN_DOMAIN_ALLOC,
		       "NULL produced by intel_iommu_domain_alloc, passed on by "
		       "__iommu_domain_alloc, replaced by EIO in vfio_iommu_type1_attach_group, "
		       "passed on by vfio_fops_unl_ioctl");
	check_sentence(interrupts, ARRAY_LENGTH(interrupts), EPERM,
		       EVIDENCE_TRACE_ORIGIN_MSI_ISOLATION,
		       "false produced by iommu_group_has_isolated_msi, replaced by EPERM in "
		       "vfio_iommu_type1_attach_group, passed on by vfio_fops_unl_ioctl");
}

/* 6.1 finds no isolation by the first question, and EINVAL has another cause. */
static void test_not_replaced(void)
{
	static const struct trace_return trace[] = {
		{P(MSI_REMAP), 0, 80},
		{P(TYPE1_ATTACH), -EINVAL, 90},
		{P(CONTAINER_IOCTL), -EINVAL, 100},
	};
	struct trace_chain chain;

	check_sentence(trace, ARRAY_LENGTH(trace), EINVAL, EVIDENCE_NONE,
		       "EINVAL produced by vfio_iommu_type1_attach_group, passed on by "
		       "vfio_fops_unl_ioctl");
	trace_chain_find(trace, ARRAY_LENGTH(trace), EBUSY, &chain);
	CHECK_INT(chain.n_links, 0);
}

/* A device that does not wake up: told as it is at the open, as EIO to any other call. */
static void test_power(void)
{
	static const struct trace_return open[] = {
		{P(RESUME), -EACCES, 10},	{P(OPEN_CORE), -EACCES, 30},
		{P(PCI_OPEN), -EACCES, 40},	{P(DEVICE_OPEN), -EACCES, 60},
		{P(GROUP_IOCTL), -EACCES, 100},
	};
	static const struct trace_return info[] = {
		{P(RESUME), -EINVAL, 10},
		{P(DEVICE_IOCTL), -EIO, 100},
	};
	struct trace_chain chain;

	check_sentence(open, ARRAY_LENGTH(open), EACCES, EVIDENCE_TRACE_ORIGIN_POWER,
		       "EACCES produced by __pm_runtime_resume, passed on by "
		       "vfio_pci_core_enable, vfio_pci_open_device, vfio_df_open, "
		       "vfio_group_fops_unl_ioctl");
	check_sentence(info, ARRAY_LENGTH(info), EIO, EVIDENCE_TRACE_ORIGIN_POWER,
		       "EINVAL produced by __pm_runtime_resume, replaced by EIO in "
		       "vfio_device_fops_unl_ioctl");
	trace_chain_find(open, 1, EACCES, &chain);
	CHECK_INT(chain.n_links, 0);
}

/* The open goes on after a reset that failed, unless its locks were taken. */
static void test_reset_ignored(void)
{
	static const struct trace_return failed[] = {
		{P(RESET), -EINVAL, 10},
		{P(CONFIG_INIT), -EINVAL, 10},
		{P(OPEN_CORE), -EINVAL, 30},
		{P(GROUP_IOCTL), -EINVAL, 100},
	};
	static const struct trace_return locked[] = {
		{P(RESET), -EAGAIN, 10},
		{P(OPEN_CORE), -EAGAIN, 30},
		{P(GROUP_IOCTL), -EAGAIN, 100},
	};

	check_sentence(failed, ARRAY_LENGTH(failed), EINVAL, EVIDENCE_NONE,
		       "EINVAL produced by vfio_config_init, passed on by vfio_pci_core_enable, "
		       "vfio_group_fops_unl_ioctl");
	check_sentence(locked, ARRAY_LENGTH(locked), EAGAIN, EVIDENCE_TRACE_ORIGIN_RESET,
		       "EAGAIN produced by pci_try_reset_function, passed on by "
		       "vfio_pci_core_enable, vfio_group_fops_unl_ioctl");
}

/* "Not coherent" becomes EINVAL; the same answer to another question is no obstacle. */
static void test_coherency(void)
{
	static const struct trace_return bind[] = {
		{P(SET_GROUP), 0, 10},
		{P(COHERENT), 0, 10},
		{P(GROUP_REGISTER), -EINVAL, 20},
		{P(PCI_REGISTER), -EINVAL, 30},
		{P(PCI_PROBE), -EINVAL, 40},
		{P(DRIVER_ATTACH), -EINVAL, 100},
	};
	static const struct trace_return claim[] = {
		{P(COHERENT), 0, 10},
		{P(IOMMUFD_BIND), -EPERM, 50},
		{P(BIND_IOMMUFD), -EPERM, 100},
		{P(DEVICE_IOCTL), -EPERM, 110},
	};

	check_sentence(bind, ARRAY_LENGTH(bind), EINVAL, EVIDENCE_TRACE_ORIGIN_COHERENCY,
		       "false produced by device_iommu_capable, replaced by EINVAL in "
		       "vfio_register_group_dev, passed on by vfio_pci_core_register_device, "
		       "vfio_pci_probe, device_driver_attach");
	check_sentence(claim, ARRAY_LENGTH(claim), EPERM, EVIDENCE_NONE,
		       "EPERM produced by iommufd_device_bind, passed on by "
		       "vfio_df_ioctl_bind_iommufd, vfio_device_fops_unl_ioctl");
}

/* A blocking domain that is not offered, an ordinary one that is: not the cause of what follows. */
static void test_repeated_with_success(void)
{
	static const struct trace_return trace[] = {
		{P(DOMAIN_ALLOC_OLD), 0, 60},
		{P(DOMAIN_ALLOC_OLD), 4096L << 40, 60},
		{P(CLAIM), -EBUSY, 70},
		{P(GROUP_IOCTL), -EBUSY, 100},
	};

	check_sentence(trace, ARRAY_LENGTH(trace), EBUSY, EVIDENCE_TRACE_ORIGIN_CLAIM_OWNER_CHECK,
		       "EBUSY produced by iommu_group_claim_dma_owner, passed on by "
		       "vfio_group_fops_unl_ioctl");
}

/* type1 tries the domain that the container has, then a fresh one. */
static void test_swallowed(void)
{
	static const struct trace_return trace[] = {
		{P(INTEL_COMPATIBLE), -EINVAL, 5}, {P(INTEL_ATTACH), -EINVAL, 10},
		{P(DEVICE_ATTACH), -EINVAL, 20},   {P(GROUP_ATTACH), -EINVAL, 50},
		{P(DEVICE_ATTACH), 0, 20},	   {P(GROUP_ATTACH), 0, 50},
		{P(TYPE1_ATTACH), 0, 90},	   {P(CONTAINER_ATTACH), 0, 95},
		{P(GROUP_IOCTL), 0, 100},
	};
	const struct trace_return *swallowed = trace_swallowed_attach(trace, ARRAY_LENGTH(trace));

	CHECK(swallowed == &trace[3]);
	CHECK(!trace_swallowed_attach(trace + 4, ARRAY_LENGTH(trace) - 4));
}

/* @letters, each an attach of the group by type1: s succeeds, f is refused. */
static bool join(const char *letters, struct trace_join *ret)
{
	struct trace_return trace[20];
	size_t n = 0;

	for (; *letters; letters++) {
		trace[n++] =
			(struct trace_return){P(DEVICE_ATTACH), *letters == 'f' ? -EINVAL : 0, 20};
		trace[n++] =
			(struct trace_return){P(GROUP_ATTACH), *letters == 'f' ? -EINVAL : 0, 50};
	}
	trace[n++] = (struct trace_return){P(TYPE1_ATTACH), 0, 90};
	trace[n++] = (struct trace_return){P(GROUP_IOCTL), 0, 100};
	return trace_join_find(trace, n, ret);
}

static void test_join(void)
{
	static const struct {
		const char *letters;
		bool seen, shares;
		unsigned refused;
	} cases[] = {
		{"s", true, false, 0},	    {"ss", true, true, 0},     {"sfs", true, false, 1},
		{"sfss", true, true, 1},    {"sfsfs", true, false, 2}, {"sfsfss", true, true, 2},
		{"", false, false, 0},	    {"f", false, false, 0},    {"sf", false, false, 0},
		{"sff", false, false, 0},   {"sss", false, false, 0},  {"ssf", false, false, 0},
		{"sfsss", false, false, 0},
	};
	static const struct trace_return refused[] = {
		{P(GROUP_ATTACH), -EINVAL, 50},
		{P(TYPE1_ATTACH), -EINVAL, 90},
		{P(GROUP_IOCTL), -EINVAL, 100},
	};
	struct trace_join found;

	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		CHECK_INT(join(cases[i].letters, &found), cases[i].seen);
		if (!cases[i].seen)
			continue;
		CHECK_INT(found.shares, cases[i].shares);
		CHECK_INT(found.refused, cases[i].refused);
		CHECK_INT(found.err, cases[i].refused ? EINVAL : 0);
	}
	CHECK(!trace_join_find(refused, ARRAY_LENGTH(refused), &found));
}

static void test_text(void)
{
	static const struct trace_return trace[] = {
		{P(HWPT_ATTACH), -EINVAL, 50},
		{P(HWPT_ATTACH), -EINVAL, 50},
		{P(IOMMUFD_BIND), 4096L << 40, 60},
	};
	AUTO_FREE char *text = trace_returns_text(trace, ARRAY_LENGTH(trace));

	CHECK_STR(text, "iommufd_hw_pagetable_attach EINVAL (2 times); iommufd_device_bind ok");
}

static void test_names(void)
{
	static const char probes[] = "p:lab/foreign vfs_statfs\n"
				     "r128:iommu_diag_7_99/iommu_map iommu_map ret=$retval:s32\n"
				     "r128:iommu_diag_7_999/iommu_map iommu_map\n";
	struct trace_names names;
	const char *cursor = probes;
	char event[TRACE_NAME_SIZE];
	uint64_t start;
	pid_t pid;

	trace_names_make(7, 99, &names);
	CHECK_STR(names.group, "iommu_diag_7_99");
	CHECK(trace_names_parse(names.record, &pid, &start) && pid == 7 && start == 99);
	CHECK(!trace_names_parse(".trace-7-99x", &pid, &start));
	CHECK(!trace_names_parse(".trace--7-99", &pid, &start));
	CHECK(!trace_names_parse("0000:00:04.0", &pid, &start));
	CHECK(trace_next_probe(&cursor, names.group, event));
	CHECK_STR(event, "iommu_map");
	CHECK(!trace_next_probe(&cursor, names.group, event));
	CHECK_INT(trace_profile_missed("  foreign 5 9\n  iommu_map   12   0\n"), 0);
	CHECK_INT(trace_profile_missed("  iommu_map   12   3\n  vfio_df_open 1 1\n"), 4);
}

static void test_symbols(void)
{
	static const char *const lines[] = {
		"0000000000000000 t vfio_df_open\t[vfio]",
		"0000000000000000 T iommu_map",
		"0000000000000000 D iommu_group_claim_dma_owner",
		"0000000000000000 t arm_smmu_attach_dev",
		"0000000000000000 t arm_smmu_attach_dev",
		"0000000000000000 t domain_attach_iommu.part.0",
	};
	struct trace_symbols symbols = {0};

	for (size_t i = 0; i < ARRAY_LENGTH(lines); i++)
		trace_symbols_take_line(&symbols, lines[i], strlen(lines[i]));
	CHECK_INT(symbols.found[P(DEVICE_OPEN)], 1);
	CHECK_STR(symbols.module[P(DEVICE_OPEN)], "vfio");
	CHECK_INT(symbols.found[P(IOMMU_MAP)], 1);
	CHECK_STR(symbols.module[P(IOMMU_MAP)], "");
	CHECK_INT(symbols.found[P(CLAIM)], 0);
	CHECK_INT(symbols.found[P(SMMU_ATTACH)], 2);
	CHECK_INT(symbols.found[P(INTEL_DOMAIN_ID)], 0);
}

int main(void)
{
	test_driver_refuses();
	test_own_checks();
	test_replaced();
	test_not_replaced();
	test_power();
	test_reset_ignored();
	test_coherency();
	test_repeated_with_success();
	test_swallowed();
	test_join();
	test_text();
	test_names();
	test_symbols();
	return check_result();
}
