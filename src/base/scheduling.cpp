#include "base/scheduling.hpp"

#include <cstdint>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace bsn {
namespace {

/// The shortest that Linux grants.
constexpr std::uint64_t k_short_slice_ns = 100'000;
/// A third of the usual share where others want the processor as well; 0 is the usual, 19 the
/// least.
constexpr int k_less_urgent = 5;

/// The kernel's `sched_attr` in its first version; its header is at odds with <sched.h>.
struct SchedulingAttributes {
    std::uint32_t size = sizeof(SchedulingAttributes);
    std::uint32_t policy = SCHED_OTHER;
    std::uint64_t flags = 0;
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime = 0;
    std::uint64_t deadline = 0;
    std::uint64_t period = 0;
};

}  // namespace

void ask_for_short_slices() {
    SchedulingAttributes wanted;
    wanted.nice = ::getpriority(PRIO_PROCESS, 0);  // of this thread; it stays
    wanted.runtime = k_short_slice_ns;
    (void)::syscall(SYS_sched_setattr, 0, &wanted, 0);
}

void give_way_to_others() {
    if (::getpriority(PRIO_PROCESS, 0) >= k_less_urgent) return;  // it does already
    (void)::setpriority(PRIO_PROCESS, 0, k_less_urgent);
}

}  // namespace bsn
