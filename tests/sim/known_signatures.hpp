#pragma once
// All nodes of a run check the same signatures. Checking is a pure function, and most of a run's
// time: in this program the linker puts a memory before `crypto::verify` (`--wrap`).

namespace bsn::sim {

/// Forgets all verdicts; each run begins with none.
void forget_signatures();

}  // namespace bsn::sim
