#include "contract/abi/signature.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace bsn::contract::abi {
namespace {

Error refuse(std::string message) { return {Code::invalid_argument, std::move(message)}; }

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}
bool is_word(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }

/// Reads a signature from left to right.
class Scanner {
  public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    bool done() {
        skip_space();
        return rest_.empty();
    }
    bool take(char c) {
        skip_space();
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }
    /// Letters and digits; empty if there is something else.
    std::string_view word() {
        skip_space();
        const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_word);
        return take(static_cast<std::size_t>(end - rest_.begin()));
    }
    /// `[2][]`, which follows without a space.
    std::string_view brackets() {
        std::size_t end = 0;
        while (end < rest_.size() && (rest_[end] == '[' || rest_[end] == ']' ||
                                      (rest_[end] >= '0' && rest_[end] <= '9'))) {
            ++end;
        }
        return take(end);
    }
    bool at(char c) {
        skip_space();
        return !rest_.empty() && rest_.front() == c;
    }
    std::string_view rest() const { return rest_; }

  private:
    void skip_space() {
        while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t' ||
                                  rest_.front() == '\n' || rest_.front() == '\r')) {
            rest_.remove_prefix(1);
        }
    }
    std::string_view take(std::size_t size) {
        const std::string_view taken = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return taken;
    }

    std::string_view rest_;
};

Result<std::vector<Parameter>> read_list(Scanner& scanner, std::size_t depth);

Result<Parameter> read_parameter(Scanner& scanner, std::size_t depth) {
    Parameter parameter;
    std::string_view name = scanner.at('(') ? std::string_view{} : scanner.word();
    std::vector<Parameter> components;
    if (name.empty() || (name == "tuple" && scanner.at('('))) {
        BSN_TRY(members, read_list(scanner, depth + 1));
        components = std::move(members);
        name = "tuple";
    }
    BSN_TRY(type, parse_type(std::string(name) + std::string(scanner.brackets()), components));
    parameter.type = std::move(type);
    for (std::string_view word = scanner.word(); !word.empty(); word = scanner.word()) {
        if (word == "indexed") {
            parameter.indexed = true;
        } else if (word == "payable" && name == "address") {
            // a kind of address that the ABI does not know
        } else if (word != "memory" && word != "calldata" && word != "storage") {
            if (!parameter.name.empty() || !is_identifier(word)) {
                return refuse(fmt::format("'{}' cannot stand in a parameter", word));
            }
            parameter.name = word;
        }
    }
    return parameter;
}

Result<std::vector<Parameter>> read_list(Scanner& scanner, std::size_t depth) {
    if (!scanner.take('(')) return refuse("a list of types stands in brackets: name(type,type)");
    if (depth > k_max_depth) return refuse("a type nests too deep");
    std::vector<Parameter> parameters;
    if (scanner.take(')')) return parameters;
    do {
        BSN_TRY(parameter, read_parameter(scanner, depth));
        parameters.push_back(std::move(parameter));
        if (parameters.size() > k_max_types) return refuse("too many types");
    } while (scanner.take(','));
    if (!scanner.take(')')) {
        return refuse(fmt::format("'{}' where ',' or ')' should stand",
                                  std::string(scanner.rest().substr(0, 20))));
    }
    return parameters;
}

Status read_modifiers(Scanner& scanner, Entry& entry) {
    for (std::string_view word = scanner.word(); !word.empty(); word = scanner.word()) {
        if (word == "view" || word == "constant") {
            entry.mutability = Mutability::view;
        } else if (word == "pure") {
            entry.mutability = Mutability::pure;
        } else if (word == "payable") {
            entry.mutability = Mutability::payable;
        } else if (word == "anonymous" && entry.kind == EntryKind::event) {
            entry.anonymous = true;
        } else if (word == "returns" && entry.kind == EntryKind::function) {
            BSN_TRY(outputs, read_list(scanner, 0));
            entry.outputs = std::move(outputs);
        } else if (word != "external" && word != "public" && word != "nonpayable") {
            return refuse(fmt::format("'{}' cannot stand in a signature", word));
        }
    }
    scanner.take(';');
    if (!scanner.done()) {
        return refuse(
            fmt::format("'{}' behind the signature", std::string(scanner.rest().substr(0, 20))));
    }
    return {};
}

constexpr std::array<std::pair<std::string_view, EntryKind>, 6> k_kinds{{
    {"function", EntryKind::function},
    {"event", EntryKind::event},
    {"error", EntryKind::error},
    {"constructor", EntryKind::constructor},
    {"fallback", EntryKind::fallback},
    {"receive", EntryKind::receive},
}};

}  // namespace

bool is_identifier(std::string_view text) {
    return !text.empty() && text.size() <= 256 && is_letter(text.front()) &&
           std::all_of(text.begin(), text.end(), is_word);
}

Result<std::vector<Parameter>> parse_parameters(std::string_view text) {
    if (text.size() > k_max_signature) return refuse("the signature is too long");
    Scanner scanner(text);
    BSN_TRY(parameters, read_list(scanner, 0));
    if (!scanner.done()) return refuse("something stands behind the list of types");
    BSN_CHECK(check_bounds(parameters));
    return parameters;
}

Result<Entry> parse_signature(std::string_view text) {
    if (text.size() > k_max_signature) return refuse("the signature is too long");
    Scanner scanner(text);
    Entry entry;
    std::string_view word = scanner.word();
    const auto* kind = std::find_if(k_kinds.begin(), k_kinds.end(),
                                    [&](const auto& known) { return known.first == word; });
    const bool named = kind == k_kinds.end() || !scanner.at('(');
    if (kind != k_kinds.end()) {
        entry.kind = kind->second;
        const bool has_name = entry.kind <= EntryKind::error;
        if (has_name != named) return refuse(fmt::format("'{}' is no signature", text));
        if (has_name) word = scanner.word();
    }
    if (named) {
        if (!is_identifier(word)) {
            return refuse(fmt::format("'{}' is no signature: write name(type,type)", text));
        }
        entry.name = word;
    }
    BSN_TRY(inputs, read_list(scanner, 0));
    entry.inputs = std::move(inputs);
    BSN_CHECK(read_modifiers(scanner, entry));
    BSN_CHECK(check_bounds(entry.inputs));
    BSN_CHECK(check_bounds(entry.outputs));
    return entry;
}

}  // namespace bsn::contract::abi
