/*
 * What precompile-headers.sh precompiles: headers that most files of the kernel include, by themselves
 * or through others. None may be one of include/trace/events, which mean something else each time.
 */
#include <linux/kconfig.h>
#include <linux/compiler_types.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>
#include <linux/sched/user.h>
#include <linux/fs.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/highmem.h>
#include <linux/pagemap.h>
#include <linux/vmalloc.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/interrupt.h>
#include <linux/device.h>
#include <linux/seq_file.h>
#include <linux/kthread.h>
#include <linux/cgroup.h>
#include <linux/memcontrol.h>
#include <linux/writeback.h>
#include <linux/blkdev.h>
#include <linux/bio.h>
#include <linux/security.h>
#include <linux/ptrace.h>
#include <linux/poll.h>
#include <linux/pid_namespace.h>
#include <linux/user_namespace.h>
#include <linux/compat.h>
#include <linux/syscalls.h>
