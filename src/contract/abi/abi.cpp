#include "contract/abi/abi.hpp"

#include "contract/abi/codec.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace bsn::contract::abi {
namespace {

using Json = nlohmann::json;

/// A contract has far fewer; generated interfaces of many contracts may come near.
constexpr std::size_t k_max_entries = 10'000;

Error refuse(std::string message) { return {Code::invalid_argument, std::move(message)}; }

/// The text of a member; `fallback` if it is left out.
Result<std::string> text_of(const Json& object, const char* member, const char* fallback) {
    const auto found = object.find(member);
    if (found == object.end() || found->is_null()) return std::string(fallback);
    if (!found->is_string()) return refuse(fmt::format("'{}' is no text", member));
    return found->get<std::string>();
}

bool truth_of(const Json& object, const char* member) {
    const auto found = object.find(member);
    return found != object.end() && found->is_boolean() && found->get<bool>();
}

Result<std::vector<Parameter>> read_parameters(const Json& object, const char* member,
                                               std::size_t depth);

Result<Parameter> read_parameter(const Json& object, std::size_t depth) {
    if (!object.is_object()) return refuse("a parameter is an object with a type");
    if (depth > k_max_depth) return refuse("a type nests too deep");
    BSN_TRY(name, text_of(object, "name", ""));
    BSN_TRY(type_name, text_of(object, "type", ""));
    BSN_TRY(components, read_parameters(object, "components", depth + 1));
    BSN_TRY(type, parse_type(type_name, std::move(components)));
    return Parameter{std::move(name), std::move(type), truth_of(object, "indexed")};
}

Result<std::vector<Parameter>> read_parameters(const Json& object, const char* member,
                                               std::size_t depth) {
    std::vector<Parameter> parameters;
    const auto found = object.find(member);
    if (found == object.end() || found->is_null()) return parameters;
    if (!found->is_array()) return refuse(fmt::format("'{}' is no array", member));
    if (found->size() > k_max_types) return refuse("too many types");
    for (const Json& item : *found) {
        BSN_TRY(parameter, read_parameter(item, depth));
        parameters.push_back(std::move(parameter));
    }
    return parameters;
}

Result<EntryKind> kind_of(const std::string& type) {
    if (type == "function") return EntryKind::function;
    if (type == "event") return EntryKind::event;
    if (type == "error") return EntryKind::error;
    if (type == "constructor") return EntryKind::constructor;
    if (type == "fallback") return EntryKind::fallback;
    if (type == "receive") return EntryKind::receive;
    return refuse(fmt::format("'{}' is nothing that an ABI describes", type.substr(0, 64)));
}

Result<Mutability> mutability_of(const Json& object) {
    BSN_TRY(text, text_of(object, "stateMutability", ""));
    if (text == "pure") return Mutability::pure;
    if (text == "view") return Mutability::view;
    if (text == "payable") return Mutability::payable;
    if (text == "nonpayable") return Mutability::nonpayable;
    if (!text.empty()) return refuse(fmt::format("'{}' is no stateMutability", text.substr(0, 64)));
    // Compilers before 0.4.16.
    if (truth_of(object, "constant")) return Mutability::view;
    return truth_of(object, "payable") ? Mutability::payable : Mutability::nonpayable;
}

Result<Entry> read_entry(const Json& object) {
    if (object.is_string()) return parse_signature(object.get<std::string>());
    if (!object.is_object()) return refuse("neither an object nor a signature");
    Entry entry;
    BSN_TRY(type, text_of(object, "type", "function"));
    BSN_TRY(kind, kind_of(type));
    BSN_TRY(name, text_of(object, "name", ""));
    BSN_TRY(mutability, mutability_of(object));
    entry.kind = kind;
    entry.mutability = mutability;
    entry.anonymous = truth_of(object, "anonymous");
    if (kind <= EntryKind::error) {
        if (!is_identifier(name)) return refuse(fmt::format("'{}' is no name", name.substr(0, 64)));
        entry.name = std::move(name);
    }
    BSN_TRY(inputs, read_parameters(object, "inputs", 0));
    BSN_TRY(outputs, read_parameters(object, "outputs", 0));
    entry.inputs = std::move(inputs);
    entry.outputs = std::move(outputs);
    BSN_CHECK(check_bounds(entry.inputs));
    BSN_CHECK(check_bounds(entry.outputs));
    return entry;
}

const char* word_of(EntryKind kind) { return kind == EntryKind::event ? "event" : "function"; }

}  // namespace

Result<Abi> Abi::parse(std::string_view json) {
    if (json.size() > k_max_abi) {
        return Error{Code::too_large, fmt::format("an ABI has at most {} bytes", k_max_abi)};
    }
    const Json document = Json::parse(json, nullptr, false);
    if (document.is_discarded()) return refuse("the ABI is no JSON");
    const Json* list = &document;
    if (document.is_object() && document.contains("abi")) list = &document["abi"];
    if (!list->is_array())
        return refuse("an ABI is a JSON array, or an object that has one as 'abi'");
    if (list->size() > k_max_entries) return refuse("the ABI has too many entries");
    std::vector<Entry> entries;
    for (const Json& item : *list) {
        auto entry = read_entry(item);
        if (!entry) return entry.error().within(fmt::format("ABI, entry {}", entries.size() + 1));
        entries.push_back(std::move(*entry));
    }
    return of(std::move(entries));
}

Abi Abi::of(std::vector<Entry> entries) {
    Abi abi;
    abi.constructor_.kind = EntryKind::constructor;
    for (const Entry& entry : entries) {
        if (entry.kind == EntryKind::constructor) abi.constructor_ = entry;
    }
    abi.entries_ = std::move(entries);
    return abi;
}

Result<const Entry*> Abi::function(std::string_view name_or_signature,
                                   std::optional<std::size_t> arguments) const {
    return find(EntryKind::function, name_or_signature, arguments);
}

Result<const Entry*> Abi::event(std::string_view name_or_signature) const {
    return find(EntryKind::event, name_or_signature, {});
}

Result<const Entry*> Abi::find(EntryKind kind, std::string_view text,
                               std::optional<std::size_t> arguments) const {
    const std::string_view name = text.substr(0, text.find('('));
    std::string signature;
    if (name.size() < text.size()) {
        BSN_TRY(wanted, parse_signature(text));
        signature = wanted.signature();
    }
    std::vector<const Entry*> named;
    std::vector<const Entry*> fitting;
    std::string known;
    for (const Entry& entry : entries_) {
        if (entry.kind != kind) continue;
        if (entry.name == name) {
            if (entry.signature() == signature) return &entry;
            named.push_back(&entry);
            if (arguments && entry.inputs.size() == *arguments) fitting.push_back(&entry);
        }
        if (known.size() < 400) known += (known.empty() ? "" : ", ") + entry.signature();
    }
    if (named.empty() || !signature.empty()) {
        return Error{Code::not_found,
                     fmt::format("the contract has no {} '{}'; it has {}", word_of(kind),
                                 text.substr(0, 200), known.empty() ? "none" : known)};
    }
    if (named.size() == 1) return named.front();
    if (fitting.size() == 1) return fitting.front();
    std::string choices;
    for (const Entry* entry : fitting.empty() ? named : fitting) {
        choices += (choices.empty() ? "" : ", ") + entry->signature();
    }
    return refuse(fmt::format("several {}s are called '{}': write which one, {}", word_of(kind),
                              name, choices));
}

const Entry* Abi::by_selector(EntryKind kind, ByteView wanted, crypto::HashId hash) const {
    for (const Entry& entry : entries_) {
        if (entry.kind == kind && equal(selector(entry.signature(), hash), wanted)) return &entry;
    }
    return nullptr;
}

const Entry* Abi::event_of(const ledger::Word& topic, std::size_t indexed,
                           crypto::HashId hash) const {
    for (const Entry& entry : entries_) {
        if (entry.kind != EntryKind::event || entry.anonymous) continue;
        const auto count = std::count_if(entry.inputs.begin(), entry.inputs.end(),
                                         [](const Parameter& input) { return input.indexed; });
        if (static_cast<std::size_t>(count) == indexed &&
            equal(signature_hash(entry.signature(), hash), topic)) {
            return &entry;
        }
    }
    return nullptr;
}

crypto::Hash signature_hash(std::string_view signature, crypto::HashId hash) {
    return crypto::hash(hash, as_bytes(signature));
}

Selector selector(std::string_view signature, crypto::HashId hash) {
    const crypto::Hash full = signature_hash(signature, hash);
    return {full.data()[0], full.data()[1], full.data()[2], full.data()[3]};
}

Bytes encode_call(const Entry& function, const Values& arguments, crypto::HashId hash) {
    const Selector four = selector(function.signature(), hash);
    Bytes call(four.begin(), four.end());
    const Bytes encoded = encode(function.inputs, arguments);
    call.insert(call.end(), encoded.begin(), encoded.end());
    return call;
}

}  // namespace bsn::contract::abi
