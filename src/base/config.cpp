#include "base/config.hpp"

#include "base/bytes.hpp"
#include "base/config_tree.hpp"
#include "base/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <utility>

namespace bsn {
namespace {

using Kind = YamlTree::Kind;

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

constexpr std::array k_duration_units{Unit{"ms", 1}, Unit{"s", 1000}, Unit{"m", 60'000},
                                      Unit{"h", 3'600'000}, Unit{"d", 86'400'000}};
constexpr std::array k_size_units{Unit{"B", 1}, Unit{"KB", 1U << 10}, Unit{"MB", 1U << 20},
                                  Unit{"GB", 1U << 30}};

std::string_view kind_name(const YamlTree& value) {
    if (value.kind == Kind::mapping) return "a mapping";
    if (value.kind == Kind::list) return "a list";
    return value.is_nothing() ? "nothing" : "a text";
}

/// A number without sign, blanks or superfluous zeros.
std::optional<std::uint64_t> decimal(std::string_view text) {
    std::uint64_t value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    bool whole = error == std::errc() && end == text.data() + text.size();
    bool leading_zero = text.size() > 1 && text[0] == '0';
    if (!whole || leading_zero) return std::nullopt;
    return value;
}

/// A number directly followed by one of the units; zero needs none.
std::optional<std::uint64_t> measured(std::string_view text, std::span<const Unit> units) {
    std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    std::optional<std::uint64_t> count = decimal(text.substr(0, digits));
    if (!count) return std::nullopt;
    if (*count == 0 && digits == text.size()) return 0;
    for (const Unit& unit : units) {
        if (unit.name != text.substr(digits)) continue;
        if (*count > YamlNode::k_any / unit.factor) return std::nullopt;
        return *count * unit.factor;
    }
    return std::nullopt;
}

}  // namespace

/// What all nodes of a file share.
struct YamlNode::Document {
    std::string name;
    YamlTree root;
    YamlTree nothing;  ///< stands in for a mapping that is missing
    std::optional<Error> mistake;
};

YamlNode::YamlNode(std::shared_ptr<Document> document, const YamlTree* value, std::string path)
    : document_(std::move(document)), value_(value), path_(std::move(path)) {}

bool YamlNode::has(std::string_view key) const { return value_->find(key) != nullptr; }

std::vector<std::string> YamlNode::keys() const {
    std::vector<std::string> names;
    names.reserve(value_->entries.size());
    for (const YamlTree::Entry& entry : value_->entries) names.push_back(entry.key);
    return names;
}

std::string YamlNode::path_of(std::string_view key) const {
    return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

std::string YamlNode::where(std::string_view key) const {
    const YamlTree::Entry* entry = value_->find(key);
    return fmt::format("{}:{}: {}", document_->name, entry ? entry->line : value_->line,
                       path_of(key));
}

void YamlNode::fail(std::string_view key, std::string_view message) {
    if (document_->mistake) return;
    document_->mistake = Error{Code::invalid_argument, fmt::format("{}: {}", where(key), message)};
}

const YamlTree* YamlNode::find(std::string_view key) {
    value_->asked.emplace(key);
    const YamlTree::Entry* entry = value_->find(key);
    return entry ? &entry->value : nullptr;
}

bool YamlNode::require(std::string_view key) {
    if (find(key)) return true;
    fail(key, "this key is missing");
    return false;
}

const YamlTree* YamlNode::find_scalar(std::string_view key, std::string_view expected) {
    const YamlTree* value = find(key);
    if (!value) return nullptr;
    if (value->kind == Kind::scalar && !value->is_nothing()) return value;
    fail(key, fmt::format("{} is expected here, this is {}", expected, kind_name(*value)));
    return nullptr;
}

std::string YamlNode::text(std::string_view key) {
    return require(key) ? text_or(key, "") : std::string();
}

std::string YamlNode::text_or(std::string_view key, std::string_view otherwise) {
    return optional_text(key).value_or(std::string(otherwise));
}

std::optional<std::string> YamlNode::optional_text(std::string_view key) {
    const YamlTree* value = find_scalar(key, "a text");
    if (!value) return std::nullopt;
    if (value->text.empty()) {
        fail(key, "this text must not be empty");
    } else if (!is_utf8(value->text)) {
        fail(key, "this text is not UTF-8");
    }
    return value->text;
}

std::string YamlNode::choice(std::string_view key,
                             std::initializer_list<std::string_view> choices) {
    return require(key) ? choice_or(key, choices, "") : std::string();
}

std::string YamlNode::choice_or(std::string_view key,
                                std::initializer_list<std::string_view> choices,
                                std::string_view otherwise) {
    const YamlTree* value = find_scalar(key, "a text");
    if (!value) return std::string(otherwise);
    if (std::find(choices.begin(), choices.end(), value->text) != choices.end()) return value->text;
    fail(key, fmt::format("'{}' is none of: {}", value->text, fmt::join(choices, ", ")));
    return std::string(otherwise);
}

std::uint64_t YamlNode::number(std::string_view key, std::uint64_t least, std::uint64_t most) {
    return require(key) ? number_or(key, least, least, most) : least;
}

std::uint64_t YamlNode::number_or(std::string_view key, std::uint64_t otherwise,
                                  std::uint64_t least, std::uint64_t most) {
    const YamlTree* value = find_scalar(key, "a number");
    if (!value) return otherwise;
    std::optional<std::uint64_t> found = value->quoted ? std::nullopt : decimal(value->text);
    if (found && *found >= least && *found <= most) return *found;
    std::string bounds = most == k_any ? fmt::format("of at least {}", least)
                                       : fmt::format("from {} to {}", least, most);
    fail(key, fmt::format("'{}' is not a whole number {}", value->text, bounds));
    return otherwise;
}

bool YamlNode::flag_or(std::string_view key, bool otherwise) {
    const YamlTree* value = find_scalar(key, "true or false");
    if (!value) return otherwise;
    if (!value->quoted && (value->text == "true" || value->text == "false")) {
        return value->text == "true";
    }
    fail(key, fmt::format("'{}' is neither true nor false", value->text));
    return otherwise;
}

std::uint64_t YamlNode::duration_or(std::string_view key, std::uint64_t otherwise) {
    const YamlTree* value = find_scalar(key, "a duration");
    if (!value) return otherwise;
    if (auto millis = measured(value->text, k_duration_units)) return *millis;
    fail(key, fmt::format("'{}' is not a duration, such as 250ms, 2s, 5m, 1h or 7d", value->text));
    return otherwise;
}

std::uint64_t YamlNode::size_or(std::string_view key, std::uint64_t otherwise) {
    const YamlTree* value = find_scalar(key, "a size");
    if (!value) return otherwise;
    if (auto bytes = measured(value->text, k_size_units)) return *bytes;
    fail(key, fmt::format("'{}' is not a size, such as 512B, 64KB, 16MB or 1GB", value->text));
    return otherwise;
}

YamlNode YamlNode::map(std::string_view key) {
    if (require(key)) {
        if (auto node = optional_map(key)) return *node;
    }
    return {document_, &document_->nothing, path_of(key)};
}

std::optional<YamlNode> YamlNode::optional_map(std::string_view key) {
    const YamlTree* value = find(key);
    if (!value) return std::nullopt;
    if (value->kind == Kind::mapping) return YamlNode(document_, value, path_of(key));
    fail(key, fmt::format("a mapping is expected here, this is {}", kind_name(*value)));
    return std::nullopt;
}

const YamlTree* YamlNode::find_list(std::string_view key) {
    const YamlTree* value = find(key);
    if (!value || value->kind == Kind::list) return value;
    fail(key, fmt::format("a list is expected here, this is {}", kind_name(*value)));
    return nullptr;
}

std::vector<YamlNode> YamlNode::list(std::string_view key) {
    std::vector<YamlNode> nodes;
    const YamlTree* found = find_list(key);
    if (!found) return nodes;
    for (const YamlTree& item : found->items) {
        std::string path = fmt::format("{}[{}]", path_of(key), nodes.size());
        if (item.kind != Kind::mapping) {
            mistake(item, path,
                    fmt::format("a mapping is expected here, this is {}", kind_name(item)));
            break;
        }
        nodes.push_back(YamlNode(document_, &item, std::move(path)));
    }
    return nodes;
}

std::vector<std::string> YamlNode::texts(std::string_view key) {
    std::vector<std::string> texts;
    const YamlTree* found = find_list(key);
    if (!found) return texts;
    for (const YamlTree& item : found->items) {
        bool good = item.kind == Kind::scalar && !item.text.empty() && is_utf8(item.text) &&
                    !item.is_nothing();
        if (!good) {
            mistake(item, fmt::format("{}[{}]", path_of(key), texts.size()),
                    fmt::format("a text is expected here, this is {}", kind_name(item)));
            break;
        }
        texts.push_back(item.text);
    }
    return texts;
}

void YamlNode::mistake(const YamlTree& value, std::string_view path, std::string_view message) {
    if (document_->mistake) return;
    document_->mistake = Error{Code::invalid_argument, fmt::format("{}:{}: {}: {}", document_->name,
                                                                   value.line, path, message)};
}

std::optional<Error> YamlNode::unread(const YamlTree& value, const std::string& path) const {
    for (const YamlTree::Entry& entry : value.entries) {
        std::string name = path.empty() ? entry.key : fmt::format("{}.{}", path, entry.key);
        if (!value.asked.contains(entry.key)) {
            return Error{Code::invalid_argument,
                         fmt::format("{}:{}: {}: unknown key; known here: {}", document_->name,
                                     entry.line, name, fmt::join(value.asked, ", "))};
        }
        if (auto error = unread(entry.value, name)) return error;
    }
    for (std::size_t i = 0; i < value.items.size(); ++i) {
        if (auto error = unread(value.items[i], fmt::format("{}[{}]", path, i))) return error;
    }
    return std::nullopt;
}

Status YamlNode::finish() const {
    if (document_->mistake) return *document_->mistake;
    if (auto error = unread(*value_, path_)) return *error;
    return {};
}

Result<YamlNode> parse_yaml(std::string_view text, std::string_view name) {
    auto document = std::make_shared<YamlNode::Document>();
    document->name = name;
    BSN_TRY(root, parse_yaml_tree(text, name));
    document->root = std::move(root);
    const YamlTree* value = &document->root;
    if (value->kind != Kind::mapping) {
        return Error{Code::invalid_argument,
                     fmt::format("{}:{}: the file must hold a mapping (key: value), this is {}",
                                 name, value->line, kind_name(*value))};
    }
    return YamlNode(std::move(document), value, "");
}

Result<YamlNode> load_yaml(const std::filesystem::path& path) {
    BSN_TRY(content, read_file(path, k_max_config_bytes));
    return parse_yaml(as_text(content), path.string());
}

std::string yaml_quoted(std::string_view text) {
    std::string out = "\"";
    for (char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) {
            out += fmt::format("\\x{:02x}", byte);
            continue;
        }
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

}  // namespace bsn
