// The ABI of Solidity contracts: descriptions, signatures, values as texts and as bytes.
#include "contract/abi/answers.hpp"
#include "contract/abi/codec.hpp"
#include "contract/abi/package.hpp"
#include "fuzz/laws.hpp"

#include <nlohmann/json.hpp>

namespace bsn::fuzz {
namespace {

namespace abi = contract::abi;

void check_values(const abi::Entry& function, ByteView data) {
    const auto values = abi::decode(function.inputs, data);
    if (!values) return check_refusal(values.error());
    const Bytes encoded = abi::encode(function.inputs, *values);
    const auto again = abi::decode(function.inputs, encoded);
    law(again.ok() && *again == *values, "values read as they were encoded");
    const std::string json = abi::to_json(function.inputs, *values).dump();
    const auto read = abi::arguments_from_json(function, json);
    // Malformed UTF-8 is replaced, and a list without values is an array in any case.
    if (json.find("\xEF\xBF\xBD") == std::string::npos) {
        law(read.ok(), "values that are shown can be given again");
        law(*read == *values, "and are the same");
    }
}

void check_texts(const abi::Entry& function, std::string_view json) {
    const auto values = abi::arguments_from_json(function, json);
    if (!values) return check_refusal(values.error());
    const auto again = abi::decode(function.inputs, abi::encode(function.inputs, *values));
    law(again.ok() && *again == *values, "what is given is what is sent");
}

void check_package(std::string_view text) {
    const auto package = abi::Package::parse(text);
    if (!package) return check_refusal(package.error());
    const auto again = abi::Package::parse(package->to_json());
    law(again.ok() && again->to_json() == package->to_json(), "a package reads as it was written");
}

}  // namespace

void run(ByteView input) {
    check_package(as_text(input));
    Choices choices(input);
    const std::string line = choices.line();
    const ByteView rest = choices.take(input.size());
    if (const auto entry = abi::parse_signature(line)) {
        const auto canonical = abi::parse_signature(entry->signature());
        if (entry->kind <= abi::EntryKind::error) {
            law(canonical.ok() && canonical->signature() == entry->signature(),
                "a canonical signature is one");
        }
        check_values(*entry, rest);
        check_texts(*entry, as_text(rest));
        (void)abi::result_json(*entry, rest);
        const std::array topics{ledger::word_of(1), ledger::word_of(2), ledger::word_of(3)};
        (void)abi::event_json(*entry, topics, rest);
    } else {
        check_refusal(entry.error());
    }
    if (const auto described = abi::Abi::parse(as_text(input))) {
        for (const abi::Entry& entry : described->entries()) {
            law(abi::head_size(entry.inputs) <= abi::k_max_head, "heads are bounded");
        }
        (void)abi::read_revert(*described, rest);
    } else {
        check_refusal(described.error());
    }
}

}  // namespace bsn::fuzz
