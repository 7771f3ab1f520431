#pragma once
// The argument of `evidence.depositBatch`.

#include "base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bsn::contract {

/// The most deposits of one batch.
inline constexpr std::size_t k_max_evidence_batch = 1000;

/// A deposit as given; the texts are not checked yet.
struct EvidenceEntry {
    std::string hash;
    std::string metadata;
};

/// The entries, at least one, of `[{"hash":TEXT,"metadata":TEXT},…]`; metadata may be left out.
/// `contract_failed` names the first entry (from 0) that is something else.
Result<std::vector<EvidenceEntry>> decode_evidence_batch(std::string_view text);

}  // namespace bsn::contract
