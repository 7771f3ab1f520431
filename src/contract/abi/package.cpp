#include "contract/abi/package.hpp"

#include "contract/abi/codec.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace bsn::contract::abi {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view k_format = "bsn.contract/1";

Error refuse(std::string message) { return {Code::invalid_argument, std::move(message)}; }

/// ABIs and settings nest far less. Deeper JSON could not be written again: that recurses.
constexpr int k_max_nesting = 100;

/// The JSON of a text; discarded if it is malformed or nests too deep.
Json parse_json(std::string_view text) {
    bool too_deep = false;
    auto shallow = [&too_deep](int depth, Json::parse_event_t /*event*/, Json& /*parsed*/) {
        too_deep |= depth > k_max_nesting;
        return !too_deep;
    };
    Json json = Json::parse(text, shallow, false);
    return too_deep ? Json(Json::value_t::discarded) : json;
}

Result<Bytes> code_of(std::string_view text) {
    if (text.starts_with("0x")) text.remove_prefix(2);
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
    if (text.find("__") != std::string_view::npos) {
        return refuse(
            "the code wants the address of a library: contracts with external library "
            "functions cannot be packed; make them internal");
    }
    auto code = from_hex(text);
    if (!code) return refuse("the code is not hexadecimal");
    if (code->size() > k_max_creation_code) {
        return Error{Code::too_large,
                     fmt::format("the code has at most {} bytes", k_max_creation_code)};
    }
    return code;
}

/// A text of the package; empty if it is left out.
Result<std::string> text_of(const Json& json, const char* name) {
    const auto found = json.find(name);
    if (found == json.end()) return std::string();
    if (!found->is_string()) return refuse(fmt::format("'{}' is no text", name));
    return found->get<std::string>();
}

Status read_sources(const Json& json, Package& package) {
    const auto found = json.find("sources");
    if (found == json.end()) return {};
    if (!found->is_object()) return refuse("'sources' is no object");
    for (const auto& [name, hash] : found->items()) {
        if (!hash.is_string()) return refuse("a source's hash is no text");
        package.sources[name] = hash.get<std::string>();
    }
    return {};
}

}  // namespace

Result<Package> Package::of(std::string name, std::string_view abi_json,
                            std::string_view creation_code) {
    if (!is_identifier(name)) {
        return refuse(fmt::format("'{}' is no name of a contract", name.substr(0, 64)));
    }
    Package package;
    BSN_TRY(abi, Abi::parse(abi_json));
    BSN_TRY(code, code_of(creation_code));
    if (code.empty()) {
        return refuse(fmt::format("{} has no code: it is an interface or abstract", name));
    }
    package.name = std::move(name);
    package.abi = std::move(abi);
    const Json parsed = parse_json(abi_json);
    if (parsed.is_discarded()) return refuse("the ABI nests too deep");
    package.abi_json = (parsed.is_object() ? parsed["abi"] : parsed).dump();
    package.creation_code = std::move(code);
    return package;
}

Result<Package> Package::parse(std::string_view json) {
    if (json.size() > k_max_package) {
        return Error{Code::too_large, fmt::format("a package has at most {} bytes", k_max_package)};
    }
    const Json document = parse_json(json);
    if (!document.is_object()) return refuse("a contract package is a JSON object");
    BSN_TRY(format, text_of(document, "format"));
    if (format != k_format) {
        return Error{Code::unsupported_version,
                     fmt::format("not a contract package: its 'format' is '{}' and not '{}'",
                                 format.substr(0, 64), k_format)};
    }
    BSN_TRY(name, text_of(document, "name"));
    BSN_TRY(bytecode, text_of(document, "bytecode"));
    const auto abi = document.find("abi");
    if (abi == document.end()) return refuse("a contract package has an 'abi'");
    BSN_TRY(package, Package::of(std::move(name), abi->dump(), bytecode));
    BSN_TRY(deployed, text_of(document, "deployedBytecode"));
    BSN_TRY(deployed_code, code_of(deployed));
    package.deployed_code = std::move(deployed_code);
    BSN_TRY(compiler, text_of(document, "compiler"));
    package.compiler = std::move(compiler);
    BSN_TRY(metadata, text_of(document, "metadata"));
    package.metadata = std::move(metadata);
    if (document.contains("settings")) package.settings = document["settings"].dump();
    BSN_CHECK(read_sources(document, package));
    return package;
}

std::string Package::to_json() const {
    Json json{{"format", k_format}, {"name", name}};
    if (!compiler.empty()) json["compiler"] = compiler;
    if (!settings.empty()) json["settings"] = Json::parse(settings);
    if (!sources.empty()) json["sources"] = sources;
    json["abi"] = Json::parse(abi_json);
    json["bytecode"] = "0x" + to_hex(creation_code);
    if (!deployed_code.empty()) json["deployedBytecode"] = "0x" + to_hex(deployed_code);
    if (!metadata.empty()) json["metadata"] = metadata;
    return json.dump(2) + "\n";
}

bool Package::suits_selectors_of(crypto::HashId hash) const {
    bool has_functions = false;
    for (const Entry& entry : abi.entries()) {
        if (entry.kind != EntryKind::function) continue;
        has_functions = true;
        const Selector wanted = selector(entry.signature(), hash);
        auto found =
            std::search(creation_code.begin(), creation_code.end(), wanted.begin(), wanted.end());
        if (found != creation_code.end()) return true;
    }
    return !has_functions;
}

Bytes Package::creation(const Values& arguments) const {
    Bytes data = creation_code;
    const Bytes encoded = encode(abi.constructor().inputs, arguments);
    data.insert(data.end(), encoded.begin(), encoded.end());
    return data;
}

}  // namespace bsn::contract::abi
