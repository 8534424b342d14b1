// SPDX-License-Identifier: GPL-2.0-only
/*
 * Make a kernel function answer an errno without running, or kill the task that calls
 * it.
 *
 * An entry kprobe sets the return register, points the instruction pointer at a stub
 * that only returns, and skips the function. A kretprobe that rewrites the answer
 * would be wrong: the function has done its work by then, and the caller undoes what
 * it believes never happened.
 *
 * insmod force_errno.ko function=intel_iommu_attach_device errno=28
 * within=iommu_attach_group
 *
 * function  the function, by symbol name, or by address (0x...) where two have the name
 * errno     the positive errno that it answers; 0 with kill set
 * stall     1: the call sleeps, as a kernel that hangs does, until 0 is written here
 * within    only in a task that is inside this function at that time (empty: always)
 * skip      let this many matching calls pass first
 * count     then force this many (default 1)
 * kill      instead of forcing: 1 sends a signal to the calling process, which finishes
 *           the call and dies before it returns to user space; 2 to the parent of it
 * signal    that signal (default SIGKILL); SIGSTOP halts the process at this place
 * calls     (read only) matching calls so far, hits: how many of them were forced
 */
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/kprobes.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/objtool.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

static char *function = "";
module_param(function, charp, 0444);
static char *within = "";
module_param(within, charp, 0444);
static int forced;
module_param_named(errno, forced, int, 0644);
static int stall;
module_param(stall, int, 0644);
static int skip;
module_param(skip, int, 0644);
static int count = 1;
module_param(count, int, 0644);
static int kill;
module_param(kill, int, 0444);
static int number = SIGKILL;
module_param_named(signal, number, int, 0444);
static int calls;
module_param(calls, int, 0444);
static int hits;
module_param(hits, int, 0444);

/* One task at a time is enough for a lab; a second one passes unforced. */
static struct task_struct *inside;
static int depth;

#ifdef CONFIG_X86_64
#include <asm/linkage.h>
#ifndef ASM_FUNC_ALIGN
#define ASM_FUNC_ALIGN
#endif
void force_errno_return(void);
asm(".text\n"
    ".type force_errno_return, @function\n"
    ".globl force_errno_return\n"
    ASM_FUNC_ALIGN "\n"
    "force_errno_return:\n"
    ANNOTATE_NOENDBR "\n"
    ASM_RET "\n"
    ".size force_errno_return, .-force_errno_return\n");

static void leave_function(struct pt_regs *regs)
{
	regs_set_return_value(regs, -forced);
	instruction_pointer_set(regs, (unsigned long)force_errno_return);
}
#elif defined(CONFIG_ARM64)
static void leave_function(struct pt_regs *regs)
{
	regs_set_return_value(regs, -forced);
	instruction_pointer_set(regs, procedure_link_pointer(regs));
}
#else
#error "force_errno knows x86-64 and arm64 only"
#endif

/* Runs in place of the function, in the caller's task: it may sleep where that may. */
static long stall_and_answer(void)
{
	while (READ_ONCE(stall))
		msleep(50);
	return -forced;
}

static void signal_somebody(void)
{
	struct task_struct *victim = current;

	rcu_read_lock();
	if (kill == 2)
		victim = rcu_dereference(current->real_parent);
	send_sig(number, victim, 1);
	rcu_read_unlock();
}

static int function_entry(struct kprobe *p, struct pt_regs *regs)
{
	if (*within && READ_ONCE(inside) != current)
		return 0;
	calls++;
	if (calls <= skip || calls > skip + count)
		return 0;
	hits++;
	if (kill) {
		signal_somebody();
		return 0;
	}
	if (stall)
		instruction_pointer_set(regs, (unsigned long)stall_and_answer);
	else
		leave_function(regs);
	return 1;
}

static int within_entry(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	if (inside == current) {
		depth++;
		return 0;
	}
	if (cmpxchg(&inside, NULL, current))
		return 1;
	depth = 1;
	return 0;
}

static int within_return(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	if (inside == current && --depth == 0)
		WRITE_ONCE(inside, NULL);
	return 0;
}

static struct kprobe probe = {
	.pre_handler = function_entry,
};

static struct kretprobe bracket = {
	.entry_handler = within_entry,
	.handler = within_return,
	.maxactive = 16,
};

static int find_function(void)
{
	unsigned long address;

	if (strncmp(function, "0x", 2)) {
		probe.symbol_name = function;
		return 0;
	}
	if (kstrtoul(function, 16, &address))
		return -EINVAL;
	probe.addr = (kprobe_opcode_t *)address;
	return 0;
}

static int __init force_errno_init(void)
{
	int r;

	if (!*function || (!forced && !kill) || find_function())
		return -EINVAL;
	if (*within) {
		bracket.kp.symbol_name = within;
		r = register_kretprobe(&bracket);
		if (r) {
			pr_err("force_errno: no probe at %s: %d\n", within, r);
			return r;
		}
	}
	r = register_kprobe(&probe);
	if (r) {
		pr_err("force_errno: no probe at %s: %d\n", function, r);
		if (*within)
			unregister_kretprobe(&bracket);
	}
	return r;
}

static void __exit force_errno_exit(void)
{
	unregister_kprobe(&probe);
	if (*within)
		unregister_kretprobe(&bracket);
}

module_init(force_errno_init);
module_exit(force_errno_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Make a kernel function answer an errno, for tests");
