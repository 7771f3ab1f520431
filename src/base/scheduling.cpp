#include "base/scheduling.hpp"

#include <linux/sched/types.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace bsn {
namespace {

/// The shortest that Linux grants.
constexpr __u64 k_short_slice_ns = 100'000;

}  // namespace

void ask_for_short_slices() {
    sched_attr wanted{};
    wanted.size = sizeof wanted;
    wanted.sched_policy = SCHED_OTHER;
    wanted.sched_nice = ::getpriority(PRIO_PROCESS, 0);  // of this thread; it stays
    wanted.sched_runtime = k_short_slice_ns;
    (void)::syscall(SYS_sched_setattr, 0, &wanted, 0);
}

}  // namespace bsn
