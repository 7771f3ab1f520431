#include "base/result.hpp"

#include <array>

namespace bsn {
namespace {

struct CodeName {
    Code code;
    std::string_view name;
};

constexpr std::array k_code_names{
    CodeName{Code::invalid_argument, "invalid_argument"},
    CodeName{Code::unsupported_version, "unsupported_version"},
    CodeName{Code::too_large, "too_large"},
    CodeName{Code::bad_signature, "bad_signature"},
    CodeName{Code::wrong_network, "wrong_network"},
    CodeName{Code::wrong_channel, "wrong_channel"},
    CodeName{Code::wrong_suite, "wrong_suite"},
    CodeName{Code::expired, "expired"},
    CodeName{Code::duplicate, "duplicate"},
    CodeName{Code::already_exists, "already_exists"},
    CodeName{Code::not_found, "not_found"},
    CodeName{Code::unauthenticated, "unauthenticated"},
    CodeName{Code::forbidden, "forbidden"},
    CodeName{Code::suspended, "suspended"},
    CodeName{Code::contract_failed, "contract_failed"},
    CodeName{Code::unavailable, "unavailable"},
    CodeName{Code::overloaded, "overloaded"},
    CodeName{Code::unknown_outcome, "unknown_outcome"},
    CodeName{Code::io_error, "io_error"},
    CodeName{Code::no_space, "no_space"},
    CodeName{Code::corrupted, "corrupted"},
    CodeName{Code::internal, "internal"},
    CodeName{Code::voided, "voided"},
};

}  // namespace

std::string_view code_name(Code code) {
    for (const CodeName& entry : k_code_names) {
        if (entry.code == code) return entry.name;
    }
    return "internal";
}

std::optional<Code> code_from_name(std::string_view name) {
    for (const CodeName& entry : k_code_names) {
        if (entry.name == name) return entry.code;
    }
    return std::nullopt;
}

}  // namespace bsn
