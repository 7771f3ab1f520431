#pragma once
// An ordered map whose versions share what they have in common: a copy costs one pointer, and a
// change copies the path to it. Internal to the memory database.

#include "base/bytes.hpp"

#include <compare>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace bsn::store {

/// A treap (a search tree that is a heap by hash of key, and so balanced) of immutable nodes. A
/// value of this type is one version; versions may be read by any threads.
class PersistentMap {
  public:
    /// The value of a key, or null.
    const Bytes* find(ByteView key) const {
        const Node* node = root_.get();
        while (node != nullptr) {
            int order = compare(key, node->entry->key);
            if (order == 0) return &node->entry->value;
            node = (order < 0 ? node->less : node->greater).get();
        }
        return nullptr;
    }

    void put(ByteView key, ByteView value) {
        Halves halves = split(root_, key);
        auto entry = std::make_shared<const Entry>(Entry{to_bytes(key), to_bytes(value)});
        auto node =
            std::make_shared<const Node>(Node{std::move(entry), rank_of(key), nullptr, nullptr});
        root_ = merge(merge(halves.less, node), halves.greater);
    }

    void erase(ByteView key) {
        if (find(key) == nullptr) return;
        Halves halves = split(root_, key);
        root_ = merge(halves.less, halves.greater);
    }

    using Visit = std::function<bool(ByteView key, ByteView value)>;

    /// Visits the keys from `first` on, upwards, until the visitor returns false.
    void visit_from(ByteView first, const Visit& visit) const { walk_up(root_, first, visit); }
    /// Visits the keys from `last` on (none: from the greatest), downwards.
    void visit_down_from(std::optional<ByteView> last, const Visit& visit) const {
        walk_down(root_, last, visit);
    }

  private:
    struct Node;
    /// Apart from the node, so that copying a node copies no bytes.
    struct Entry {
        Bytes key;
        Bytes value;
    };
    using Link = std::shared_ptr<const Node>;
    struct Node {
        std::shared_ptr<const Entry> entry;
        std::size_t rank;
        Link less;
        Link greater;
    };
    struct Halves {
        Link less;
        Link greater;
    };

    static int compare(ByteView a, ByteView b) { return as_text(a).compare(as_text(b)); }
    static std::size_t rank_of(ByteView key) { return std::hash<std::string_view>{}(as_text(key)); }
    static Link with(const Node& node, Link less, Link greater) {
        return std::make_shared<const Node>(
            Node{node.entry, node.rank, std::move(less), std::move(greater)});
    }

    /// The keys below and above `key`; `key` itself is left out.
    static Halves split(const Link& tree, ByteView key) {
        if (!tree) return {};
        int order = compare(key, tree->entry->key);
        if (order == 0) return {tree->less, tree->greater};
        if (order < 0) {
            Halves halves = split(tree->less, key);
            return {halves.less, with(*tree, halves.greater, tree->greater)};
        }
        Halves halves = split(tree->greater, key);
        return {with(*tree, tree->less, halves.less), halves.greater};
    }

    /// All keys of `less` are below those of `greater`.
    static Link merge(const Link& less, const Link& greater) {
        if (!less) return greater;
        if (!greater) return less;
        if (less->rank > greater->rank) {
            return with(*less, less->less, merge(less->greater, greater));
        }
        return with(*greater, merge(less, greater->less), greater->greater);
    }

    static bool walk_up(const Link& tree, ByteView first, const Visit& visit) {
        if (!tree) return true;
        int order = compare(tree->entry->key, first);
        if (order > 0 && !walk_up(tree->less, first, visit)) return false;
        if (order >= 0 && !visit(tree->entry->key, tree->entry->value)) return false;
        return walk_up(tree->greater, first, visit);
    }

    static bool walk_down(const Link& tree, std::optional<ByteView> last, const Visit& visit) {
        if (!tree) return true;
        int order = last ? compare(tree->entry->key, *last) : -1;
        if (order < 0 && !walk_down(tree->greater, last, visit)) return false;
        if (order <= 0 && !visit(tree->entry->key, tree->entry->value)) return false;
        return walk_down(tree->less, last, visit);
    }

    Link root_;
};

}  // namespace bsn::store
