#include "sim/rebuild.hpp"

#include <algorithm>

namespace bsn::sim {

std::vector<ChannelContent> contents_of(SimNode& node) {
    std::vector<ChannelContent> contents;
    for (const auto& [channel, replica] : node.framework().replicas()) {
        ChannelContent content;
        content.channel = channel;
        for (ledger::Height height = 0; height <= replica->certified_height(); ++height) {
            content.headers.push_back(replica->blocks().block(height).value()->header.hash());
        }
        const Bytes prefix = node.prefix(channel).value();
        Status read = node.disk.database.scan(
            store::Table::state, prefix, {}, [&](ByteView key, ByteView value) {
                content.state.emplace(to_bytes(key.subspan(prefix.size())), to_bytes(value));
                return true;
            });
        ensure(read.ok(), "a healthy database can be read");
        contents.push_back(std::move(content));
    }
    return contents;
}

void require_same(const std::vector<ChannelContent>& before,
                  const std::vector<ChannelContent>& after, std::size_t node) {
    for (const ChannelContent& old : before) {
        auto found = std::find_if(after.begin(), after.end(),
                                  [&](const auto& one) { return one.channel == old.channel; });
        if (found == after.end()) {
            throw Violation(fmt::format("node {} was rebuilt without channel {:.8}", node,
                                        to_hex(old.channel)));
        }
        const std::size_t common = std::min(old.headers.size(), found->headers.size());
        const bool same =
            common == old.headers.size() &&
            std::equal(old.headers.begin(), old.headers.end(), found->headers.begin());
        // Blocks that came since, such as ticks, may have changed the state.
        const bool grown = found->headers.size() > old.headers.size();
        if (!same || (!grown && found->state != old.state)) {
            throw Violation(
                fmt::format("node {} was rebuilt from the order, and channel {:.8} is "
                            "not as it was",
                            node, to_hex(old.channel)));
        }
    }
}

}  // namespace bsn::sim
