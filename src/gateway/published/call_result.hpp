#pragma once
// What a constant function returned, as the published protocol tells it (`queryInfo`).

#include "contract/abi/abi.hpp"

namespace bsn::gateway::published {

/// A JSON array of the function's results, numbers as JSON numbers of any size:
/// `[["s0604"],[5],["aa"]]`.
Result<std::string> call_result(const contract::abi::Entry& function, ByteView output);

}  // namespace bsn::gateway::published
