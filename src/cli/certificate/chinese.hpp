#pragma once
// Chinese for sentences that the verifier says in English.

#include <string>
#include <string_view>

namespace bsn::cli::certificate {

/// The claim of a verification step; as it is, if there is no translation.
std::string claim_in_chinese(std::string_view claim);

/// A trust class, such as `crash-fault quorum 2 of 3, embedded ordering, one operator`; parts that
/// are not known stay as they are.
std::string trust_class_in_chinese(std::string_view trust_class);

}  // namespace bsn::cli::certificate
