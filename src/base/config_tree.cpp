#include "base/config_tree.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <optional>
#include <sstream>
#include <utility>

namespace bsn {
namespace {

constexpr std::size_t k_max_depth = 32;
/// Of one mapping; keys are looked up one by one.
constexpr std::size_t k_max_keys = 4096;

/// Ends the parsing: yaml-cpp's events have no other way out.
struct Refused {
    std::size_t line;
    std::string why;
};

/// Builds the tree of one document from yaml-cpp's events. Anchors and aliases are refused, since
/// a few lines of them describe gigabytes; tags, since they change what a value is.
class TreeBuilder final : public YAML::EventHandler {
  public:
    YamlTree take() { return std::move(root_); }

    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        OnScalar(mark, "?", anchor, "");
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
        throw Refused{line_of(mark), "aliases (*name) are not taken here; repeat the value"};
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& text) override {
        begin(mark, tag, anchor, YamlTree::Kind::scalar);
        YamlTree& value = *open_.back().value;
        value.text = text;
        value.quoted = tag == "!";
        end();
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        begin(mark, tag, anchor, YamlTree::Kind::list);
    }
    void OnSequenceEnd() override { end(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        begin(mark, tag, anchor, YamlTree::Kind::mapping);
    }
    void OnMapEnd() override { end(); }

  private:
    /// A value whose end has not come yet. Values live in `root_` and stay where they are while
    /// open: only the innermost one grows.
    struct Open {
        YamlTree* value;
        bool is_key;
    };

    static std::size_t line_of(const YAML::Mark& mark) {
        return static_cast<std::size_t>(mark.line) + 1;
    }

    void begin(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
               YamlTree::Kind kind) {
        std::size_t line = line_of(mark);
        if (anchor != YAML::NullAnchor) {
            throw Refused{line, "anchors (&name) are not taken here; repeat the value"};
        }
        if (!tag.empty() && tag != "?" && tag != "!") {
            throw Refused{line, fmt::format("tags ({}) are not taken here; leave it out", tag)};
        }
        if (open_.size() >= k_max_depth) {
            throw Refused{line, fmt::format("nested deeper than {} levels", k_max_depth)};
        }
        Open place = next_place();
        if (place.is_key && kind != YamlTree::Kind::scalar) {
            throw Refused{line, "a key must be a text"};
        }
        place.value->kind = kind;
        place.value->line = line;
        open_.push_back(place);
    }

    /// Where the value that begins now belongs.
    Open next_place() {
        if (open_.empty()) return {&root_, false};
        YamlTree& parent = *open_.back().value;
        if (parent.kind == YamlTree::Kind::list) return {&parent.items.emplace_back(), false};
        if (key_) {
            parent.entries.push_back({std::move(key_->text), key_->line, {}});
            key_.reset();
            return {&parent.entries.back().value, false};
        }
        return {&key_.emplace(), true};
    }

    void end() {
        bool was_key = open_.back().is_key;
        open_.pop_back();
        if (!was_key) return;
        const YamlTree& mapping = *open_.back().value;
        if (mapping.entries.size() >= k_max_keys) {
            throw Refused{key_->line, fmt::format("more than {} keys in one mapping", k_max_keys)};
        }
        if (key_->text.empty()) throw Refused{key_->line, "a key must not be empty"};
        if (const YamlTree::Entry* first = mapping.find(key_->text)) {
            throw Refused{key_->line, fmt::format("key '{}' stands twice, first in line {}",
                                                  key_->text, first->line)};
        }
    }

    YamlTree root_;
    std::vector<Open> open_;
    std::optional<YamlTree> key_;  ///< read, and its value not begun yet
};

Error refused(std::string_view name, std::size_t line, std::string_view why) {
    return {Code::invalid_argument, fmt::format("{}:{}: {}", name, line, why)};
}

}  // namespace

const YamlTree::Entry* YamlTree::find(std::string_view key) const {
    for (const Entry& entry : entries) {
        if (entry.key == key) return &entry;
    }
    return nullptr;
}

bool YamlTree::is_nothing() const {
    return kind == Kind::scalar && !quoted &&
           (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL");
}

Result<YamlTree> parse_yaml_tree(std::string_view text, std::string_view name) {
    try {
        std::istringstream stream{std::string(text)};
        YAML::Parser parser(stream);
        TreeBuilder builder;
        if (!parser.HandleNextDocument(builder)) return refused(name, 1, "the file is empty");
        TreeBuilder rest;
        if (parser.HandleNextDocument(rest)) {
            return refused(name, 1, "the file holds more than one document (---)");
        }
        return builder.take();
    } catch (const Refused& mistake) {
        return refused(name, mistake.line, mistake.why);
    } catch (const YAML::Exception& failure) {
        std::size_t line =
            failure.mark.is_null() ? 1 : static_cast<std::size_t>(failure.mark.line) + 1;
        return refused(name, line, fmt::format("not YAML: {}", failure.msg));
    }
}

}  // namespace bsn
