#pragma once
// Blocks of a channel as they come, from peers or orderers.

#include "framework/fabric/client/endpoint.hpp"
#include "framework/fabric/client/identity.hpp"

#include <common/common.pb.h>
#include <orderer/ab.pb.h>
#include <peer/events.pb.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace bsn::framework::fabric {

/// Who gives blocks.
struct BlockSource {
    Endpoint endpoint;
    bool orderer = false;  ///< or else a peer
};

struct BlockStreamOptions {
    std::string channel;
    std::vector<BlockSource> sources;  ///< tried in turn; at least one
    Identity identity;                 ///< a reader of the channel
    std::uint64_t from = 0;
    /// Before the next source is asked, after one has failed.
    std::chrono::milliseconds pause{200};
};

/// Follows a channel from a height on, one block after the other without gaps, for ever; what a
/// source does not give is asked of the next one. One thread of its own, which calls `take`.
class BlockStream {
  public:
    /// An error: this source's block is not good; the same height is asked of the next source.
    using Take = std::function<Status(const common::Block&)>;
    /// Without contents: which transactions there are, and whether they are valid.
    using TakeFiltered = std::function<Status(const protos::FilteredBlock&)>;

    BlockStream(BlockStreamOptions options, Take take);
    /// Of peers only: orderers know no filtered blocks.
    BlockStream(BlockStreamOptions options, TakeFiltered take);
    /// As `close`.
    ~BlockStream();
    BlockStream(const BlockStream&) = delete;
    BlockStream& operator=(const BlockStream&) = delete;

    /// Goes on at the next source: this one seems to hang, or to be behind.
    void leave_source();
    /// The place of the source that is read, among the options'.
    std::size_t source() const;
    /// Why no blocks come; empty if they do, as far as is known.
    std::string trouble() const;
    /// Ends the reading; `take` is not called after it. Not from `take`.
    void close();

  private:
    void follow();
    Status read_from(const BlockSource& source);
    template <typename Response, typename Open>
    Status read(const BlockSource& source, Open open);
    Status take_one(const orderer::DeliverResponse& response);
    Status take_one(const protos::DeliverResponse& response);
    Status passed(std::uint64_t number, const Status& taken);

    const BlockStreamOptions options_;
    const Take take_;
    const TakeFiltered take_filtered_;
    std::uint64_t next_;        ///< of the thread
    mutable std::mutex mutex_;  ///< guards what follows
    std::condition_variable wake_;
    std::function<void()> cancel_;  ///< ends the stream that is read
    bool leaves_ = false;           ///< this stream ends because it was told to
    std::size_t current_ = 0;
    std::string trouble_;
    bool closed_ = false;
    std::thread thread_;
};

/// One block: of a height, or the newest. `not_found` if it is not there yet.
Result<common::Block> fetch_block(const BlockSource& source, const std::string& channel,
                                  std::optional<std::uint64_t> height, const Identity& identity,
                                  std::chrono::milliseconds patience);

}  // namespace bsn::framework::fabric
