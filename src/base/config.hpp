#pragma once
// Strict reading of YAML files that people write: app files and configurations. Every mistake is
// told with file, line and key; a key that nobody asked for is a mistake too.
//
//     BSN_TRY(root, parse_yaml(text, "app.yaml"));
//     std::string name = root.text("name");
//     for (YamlNode& node : root.list("nodes")) cities.push_back(node.text("city"));
//     BSN_CHECK(root.finish());   // app.yaml:7: nodes[1].town: unknown key; known here: city
//
// As with codec's Reader, after a mistake the reading goes on with empty values, and `finish()`
// tells the first one. A subset of YAML is taken: no anchors, aliases, tags, or second document;
// no key twice.

#include "base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bsn {

/// The most that a configuration file may hold.
inline constexpr std::size_t k_max_config_bytes = 1U << 20;

struct YamlTree;

/// A mapping within a YAML file, and what has been asked of it. One thread at a time; all nodes of
/// a file share their first mistake. Cheap to copy.
class YamlNode {
  public:
    static constexpr std::uint64_t k_any = std::numeric_limits<std::int64_t>::max();

    bool has(std::string_view key) const;
    /// The keys in the order of the file; for mappings whose keys are free.
    std::vector<std::string> keys() const;

    /// A text that must be there, and be not empty.
    std::string text(std::string_view key);
    std::string text_or(std::string_view key, std::string_view otherwise);
    std::optional<std::string> optional_text(std::string_view key);
    /// One of the named choices.
    std::string choice(std::string_view key, std::initializer_list<std::string_view> choices);
    std::string choice_or(std::string_view key, std::initializer_list<std::string_view> choices,
                          std::string_view otherwise);

    /// A decimal number within bounds.
    std::uint64_t number(std::string_view key, std::uint64_t least = 0, std::uint64_t most = k_any);
    std::uint64_t number_or(std::string_view key, std::uint64_t otherwise, std::uint64_t least = 0,
                            std::uint64_t most = k_any);
    /// `true` or `false`.
    bool flag_or(std::string_view key, bool otherwise);
    /// Milliseconds, of `250ms`, `2s`, `5m`, `1h` or `7d`.
    std::uint64_t duration_or(std::string_view key, std::uint64_t otherwise);
    /// Bytes, of `512B`, `64KB`, `16MB` or `1GB` (steps of 1024).
    std::uint64_t size_or(std::string_view key, std::uint64_t otherwise);

    /// A mapping that must be there.
    YamlNode map(std::string_view key);
    std::optional<YamlNode> optional_map(std::string_view key);
    /// A list of mappings; empty if the key is not there.
    std::vector<YamlNode> list(std::string_view key);
    /// A list of texts; empty if the key is not there.
    std::vector<std::string> texts(std::string_view key);

    /// Notes a mistake that the caller found in the value of a key.
    void fail(std::string_view key, std::string_view message);
    /// Where a key is, for messages: `app.yaml:7: nodes[1].city`.
    std::string where(std::string_view key) const;

    /// Success if nothing was wrong so far, and all keys of this mapping and of all mappings within
    /// it were asked for.
    Status finish() const;

  private:
    struct Document;
    friend Result<YamlNode> parse_yaml(std::string_view text, std::string_view name);

    YamlNode(std::shared_ptr<Document> document, const YamlTree* value, std::string path);
    const YamlTree* find(std::string_view key);
    const YamlTree* find_scalar(std::string_view key, std::string_view expected);
    const YamlTree* find_list(std::string_view key);
    bool require(std::string_view key);
    std::string path_of(std::string_view key) const;
    void mistake(const YamlTree& value, std::string_view path, std::string_view message);
    std::optional<Error> unread(const YamlTree& value, const std::string& path) const;

    std::shared_ptr<Document> document_;
    const YamlTree* value_;
    std::string path_;
};

/// Reads the mapping that a YAML text holds; `name` is the file's name for messages.
Result<YamlNode> parse_yaml(std::string_view text, std::string_view name);
/// Reads a YAML file of at most `k_max_config_bytes`.
Result<YamlNode> load_yaml(const std::filesystem::path& path);

/// A text as a YAML scalar in double quotation marks, on one line, which the reader gives back.
std::string yaml_quoted(std::string_view text);

}  // namespace bsn
