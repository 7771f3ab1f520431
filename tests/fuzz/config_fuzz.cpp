// Configuration files: the YAML subset, its typed readers, and the client's configuration.
#include "base/config.hpp"
#include "cli/home.hpp"
#include "fuzz/laws.hpp"

namespace bsn::fuzz {
namespace {

/// Asks for each key as everything that it could be. One reader's mistake stops the others, so the
/// text is parsed again for each.
void read_all(std::string_view text) {
    using Read = void (*)(YamlNode&, const std::string&);
    static constexpr Read k_reads[] = {
        [](YamlNode& node, const std::string& key) { node.text(key); },
        [](YamlNode& node, const std::string& key) {
            law(node.number(key, 3, 70) <= 70, "a number lies within its bounds");
        },
        [](YamlNode& node, const std::string& key) { node.flag_or(key, false); },
        [](YamlNode& node, const std::string& key) { node.duration_or(key, 1); },
        [](YamlNode& node, const std::string& key) { node.size_or(key, 1); },
        [](YamlNode& node, const std::string& key) {
            node.choice(key, {"a", "b"});
        },
        [](YamlNode& node, const std::string& key) { node.texts(key); },
        [](YamlNode& node, const std::string& key) {
            for (YamlNode& item : node.list(key)) {
                for (const std::string& inner : item.keys()) item.optional_text(inner);
            }
        },
        [](YamlNode& node, const std::string& key) {
            auto map = node.optional_map(key);
            if (!map) return;
            for (const std::string& inner : map->keys()) map->text_or(inner, "");
        },
    };
    for (const Read read : k_reads) {
        auto root = parse_yaml(text, "file.yaml");
        law(root.ok(), "what was parsed once is parsed again");
        const std::vector<std::string> keys = root->keys();
        for (const std::string& key : keys) {
            law(root->has(key), "a key is there");
            read(*root, key);
        }
        const auto finished = root->finish();
        if (!finished) check_refusal(finished.error());
    }
}

void check_client_config(std::string_view text) {
    const auto config = cli::ClientConfig::parse(text, "config.yaml");
    if (!config) return check_refusal(config.error());
    const auto again = cli::ClientConfig::parse(config->to_yaml(), "config.yaml");
    law(again.ok() && *again == *config, "a configuration reads as it was written");
}

}  // namespace

void run(ByteView input) {
    const std::string_view text = as_text(input);
    const auto root = parse_yaml(text, "file.yaml");
    if (root) {
        read_all(text);
    } else {
        check_refusal(root.error());
    }
    check_client_config(text);
}

}  // namespace bsn::fuzz
