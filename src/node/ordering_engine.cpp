#include "node/ordering_engine.hpp"

#include "node/city_node.hpp"
#include "node/cometbft_engine.hpp"
#include "node/following_engine.hpp"

namespace bsn::node {

std::unique_ptr<OrderingEngine> make_ordering_engine(EngineSurroundings surroundings) {
    if (surroundings.settings.follows) {
        return std::make_unique<FollowingEngine>(std::move(surroundings));
    }
    return std::make_unique<CometbftEngine>(std::move(surroundings));
}

Result<std::unique_ptr<store::AppendLog>> open_order_log(const EngineSurroundings& surroundings) {
    return store::open_append_log(surroundings.settings.folder / "data" / "ordering",
                                  store::k_log_segment_bytes,
                                  {nullptr, &fsync_seconds(surroundings.metrics, "ordering")});
}

}  // namespace bsn::node
