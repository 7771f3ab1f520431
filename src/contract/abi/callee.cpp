#include "contract/abi/callee.hpp"

#include "contract/abi/json_tree.hpp"
#include "contract/abi/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::contract::abi {
namespace {

Error refuse(std::string message) { return {Code::invalid_argument, std::move(message)}; }

constexpr std::size_t k_address_digits = 40;
/// Of an address whose zeros in front are left away: those of precompiled contracts.
constexpr std::size_t k_most_short_digits = 4;
/// Texts that the name service takes.
constexpr std::size_t k_most_text = 128;

/// Whatever case is written, so that the sum of EIP-55 does not count.
std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](char letter) {
        return letter >= 'A' && letter <= 'F' ? static_cast<char>(letter - 'A' + 'a') : letter;
    });
    return text;
}

Result<ledger::Address> address_of(std::string_view text) {
    const std::string_view digits = text.starts_with("0x") ? text.substr(2) : text;
    if (digits.empty() || digits.size() > k_most_short_digits) {
        return address_from_text("0x" + std::string(digits));
    }
    return address_from_text("0x" + std::string(k_address_digits - digits.size(), '0') +
                             std::string(digits));
}

std::string member_text(const JsonTree& object, std::string_view name) {
    const JsonTree* member = object.member(name);
    return member == nullptr || member->kind != json::Kind::string ? std::string() : member->text;
}

}  // namespace

Result<ContractRef> ContractRef::parse(std::string_view text) {
    ContractRef reference;
    if (text.starts_with("0x")) {
        auto address = address_of(text);
        if (!address) return address.error().within("contract");
        reference.address = *address;
        return reference;
    }
    const std::size_t at = text.rfind('@');
    reference.name = text.substr(0, at);
    if (at != std::string_view::npos) reference.version = text.substr(at + 1);
    if (reference.name.empty() || (at != std::string_view::npos && reference.version.empty()) ||
        text.size() > 2 * k_most_text) {
        return refuse("a contract is named as NAME, NAME@VERSION, or by its address");
    }
    return reference;
}

const Entry& name_insert_function() {
    static const Entry entry = *parse_signature(
        "insert(string name, string version, string address, string abi) returns (int256)");
    return entry;
}

const Entry& name_select_function() {
    static const Entry entry =
        *parse_signature("selectByName(string name) view returns (string contracts)");
    return entry;
}

Result<std::vector<NamedContract>> named_contracts_of(std::string_view json) {
    BSN_TRY(tree, JsonTree::parse(json));
    std::vector<NamedContract> contracts;
    for (const JsonTree& item : tree.items) {
        auto address = address_of(lower(member_text(item, "address")));
        if (!address) continue;
        contracts.push_back({member_text(item, "name"), member_text(item, "version"), *address,
                             member_text(item, "abi")});
    }
    return contracts;
}

Result<NamedContract> choose_named(const std::vector<NamedContract>& versions,
                                   const ContractRef& wanted) {
    if (versions.empty()) {
        return Error{Code::not_found,
                     fmt::format("no contract is registered as {}; register it with `bsn contract "
                                 "deploy`, or name its address",
                                 wanted.name)};
    }
    if (wanted.version.empty()) return versions.back();
    std::string known;
    for (const NamedContract& one : versions) {
        if (one.version == wanted.version) return one;
        known += (known.empty() ? "" : ", ") + one.version;
    }
    return Error{Code::not_found, fmt::format("contract {} has no version {}; it has {}",
                                              wanted.name, wanted.version, known)};
}

Result<Entry> Callee::function(std::string_view text, std::size_t arguments) const {
    const bool is_signature = text.find('(') != std::string_view::npos;
    if (named && !named->abi.empty()) {
        // What a signature says besides its arguments, the ABI knows.
        std::string wanted(text);
        if (is_signature) {
            BSN_TRY(parsed, parse_signature(text));
            wanted = parsed.signature();
        }
        BSN_TRY(entry, abi.function(wanted, arguments));
        return *entry;
    }
    if (!is_signature) {
        return refuse(
            fmt::format("the ABI of {} is not known; write the function as a signature, "
                        "such as 'balanceOf(address) returns (uint256)'",
                        named ? named->name : address_text(address)));
    }
    BSN_TRY(entry, parse_signature(text));
    if (entry.kind != EntryKind::function) return refuse("the signature is not one of a function");
    return entry;
}

Result<Callee> find_callee(std::string_view text, const AskNames& ask) {
    BSN_TRY(reference, ContractRef::parse(text));
    Callee callee;
    if (reference.address) {
        callee.address = *reference.address;
        return callee;
    }
    BSN_TRY(answer, ask(reference.name));
    BSN_TRY(versions, named_contracts_of(answer));
    BSN_TRY(chosen, choose_named(versions, reference));
    callee.address = chosen.address;
    if (!chosen.abi.empty()) {
        auto abi = Abi::parse(chosen.abi);
        // Anything may have been registered for an ABI: signatures still do.
        if (abi) {
            callee.abi = std::move(*abi);
        } else {
            chosen.abi.clear();
        }
    }
    callee.named = std::move(chosen);
    return callee;
}

}  // namespace bsn::contract::abi
