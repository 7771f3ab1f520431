#pragma once
// What the system's scheduler is told of a thread.

namespace bsn {

/// For the calling thread, which does little at a time and is waited for: it asks for short slices
/// of processor time, so that when it wakes it runs before threads that compute. Needs Linux 6.12
/// and no privilege; others take no notice. (Linux, Documentation/scheduler/sched-eevdf.rst)
void ask_for_short_slices();

/// For the calling thread, which computes for long: it gives way to threads of the usual priority,
/// which answer. Threads and processes that it starts do so, too. For good: going back would need a
/// privilege. (setpriority(2): niceness counts per thread on Linux)
void give_way_to_others();

}  // namespace bsn
