#include "contract/abi/json_tree.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <set>

namespace bsn::contract::abi {
namespace {

/// Deeper than any type: arrays and tuples nest 16 deep each, `abi::k_max_depth`.
constexpr std::size_t k_max_nesting = 64;

/// Hangs what is visited into the tree.
class Builder {
  public:
    void visit(const json::Event& event) {
        if (event.depth >= k_max_nesting) too_deep_ = true;
        if (too_deep_) return;
        switch (event.kind) {
            case json::Kind::key: name_ = json::decode_string(event.text); return;
            case json::Kind::end_array:
            case json::Kind::end_object: close(); return;
            default: break;
        }
        JsonTree node;
        node.kind = event.kind;
        node.name = std::move(name_);
        node.text = event.kind == json::Kind::string ? json::decode_string(event.text)
                                                     : std::string(event.text);
        name_.clear();
        if (event.kind == json::Kind::begin_array || event.kind == json::Kind::begin_object) {
            open_.push_back(std::move(node));
        } else {
            hang(std::move(node));
        }
    }

    Result<JsonTree> finish() {
        if (too_deep_) return Error{Code::invalid_argument, "the JSON nests too deep"};
        if (twice_) return Error{Code::invalid_argument, "a member of a JSON object comes twice"};
        return std::move(root_);
    }

  private:
    void hang(JsonTree node) {
        if (open_.empty()) {
            root_ = std::move(node);
        } else {
            open_.back().items.push_back(std::move(node));
        }
    }

    void close() {
        JsonTree node = std::move(open_.back());
        open_.pop_back();
        if (node.kind == json::Kind::begin_object) {
            std::set<std::string_view> names;
            for (const JsonTree& item : node.items) twice_ |= !names.insert(item.name).second;
        }
        hang(std::move(node));
    }

    std::vector<JsonTree> open_;
    JsonTree root_;
    std::string name_;
    bool too_deep_ = false;
    bool twice_ = false;
};

}  // namespace

Result<JsonTree> JsonTree::parse(std::string_view text) {
    Builder builder;
    if (!is_utf8(text)) return Error{Code::invalid_argument, "the JSON is no UTF-8"};
    if (auto scanned = json::scan(text, [&](const json::Event& event) { builder.visit(event); });
        !scanned) {
        return Error{Code::invalid_argument, "malformed JSON: " + scanned.error().message};
    }
    return builder.finish();
}

const JsonTree* JsonTree::member(std::string_view wanted) const {
    const auto found = std::find_if(items.begin(), items.end(),
                                    [&](const JsonTree& item) { return item.name == wanted; });
    return found == items.end() ? nullptr : &*found;
}

}  // namespace bsn::contract::abi
