#include "framework/fabric/client/channel_follower.hpp"

#include "base/log.hpp"
#include "framework/fabric/client/message.hpp"

#include <common/ledger.pb.h>

#include <algorithm>

namespace bsn::framework::fabric {
namespace {

/// More changes of a configuration than these are not followed back.
constexpr std::size_t k_most_configurations = 10'000;

Error bad(std::string message) { return {Code::bad_signature, std::move(message)}; }

}  // namespace

ChannelFollower::ChannelFollower(std::shared_ptr<PeerGroup> peers, common::Block trusted,
                                 ChannelConfig config, Handlers handlers)
    : peers_(std::move(peers)),
      trusted_(std::move(trusted)),
      hash_(config.trust.hash),
      handlers_(std::move(handlers)) {
    eras_.push_back(era_of(std::move(config)));
}

ChannelFollower::~ChannelFollower() { close(); }

Result<std::unique_ptr<ChannelFollower>> ChannelFollower::make(std::shared_ptr<PeerGroup> peers,
                                                               common::Block trusted,
                                                               Handlers handlers) {
    BSN_TRY(config, read_channel_config(trusted));
    if (config.trust.channel != peers->options().channel) {
        return Error{Code::wrong_channel,
                     fmt::format("the configuration is of channel {}, not {}", config.trust.channel,
                                 peers->options().channel)};
    }
    return std::unique_ptr<ChannelFollower>(new ChannelFollower(
        std::move(peers), std::move(trusted), std::move(config), std::move(handlers)));
}

ChannelFollower::Era ChannelFollower::era_of(ChannelConfig config) {
    auto orderers = std::make_shared<const OrdererCheck>(config.trust);
    return {std::make_shared<const ChannelConfig>(std::move(config)), std::move(orderers)};
}

Result<common::Block> ChannelFollower::fetch(std::uint64_t height) const {
    BSN_TRY(
        bytes,
        peers_->ask("qscc", {"GetBlockByNumber", peers_->options().channel, std::to_string(height)},
                    source()));
    BSN_TRY(block, read_message<common::Block>(bytes, "block"));
    if (block.header().number() == height) return block;
    return bad(fmt::format("a peer gave block {} for block {}", block.header().number(), height));
}

ChannelFollower::Era ChannelFollower::era_before(std::uint64_t height) const {
    std::lock_guard lock(mutex_);
    const Era* found = &eras_.front();
    for (const Era& one : eras_) {
        if (one.config->trust.height < height) found = &one;
    }
    return *found;
}

Result<std::size_t> ChannelFollower::check_signatures(const common::Block& block) const {
    const std::uint64_t height = block.header().number();
    if (height == 0) {
        // Nobody signs the first block: it is the trusted one, or what the second one follows.
        if (trusted_.header().number() == 0) {
            if (header_hash(block.header(), hash_) == header_hash(trusted_.header(), hash_)) {
                return std::size_t{0};
            }
            return bad("the channel's first block is not the one that is trusted");
        }
        BSN_TRY(second, fetch(1));
        BSN_CHECK(check_signatures(second));
        if (equal(header_hash(block.header(), hash_), as_bytes(second.header().previous_hash()))) {
            return std::size_t{0};
        }
        return bad("the channel's first block is not the one that the second one follows");
    }
    if (block.metadata().metadata_size() <= common::SIGNATURES) {
        return bad(fmt::format("block {} has no signatures", height));
    }
    return era_before(height).orderers->check(block.header(),
                                              block.metadata().metadata(common::SIGNATURES));
}

Status ChannelFollower::start() {
    if (started_) return {};
    BSN_TRY(told, peers_->ask("qscc", {"GetChainInfo", peers_->options().channel}));
    BSN_TRY(info, read_message<common::BlockchainInfo>(told, "peer's answer on its chain"));
    if (info.height() == 0) return Error{Code::unavailable, "the peer has no block of the channel"};
    BSN_TRY(newest, fetch(info.height() - 1));
    BSN_CHECK(read_configurations(newest));
    BSN_TRY(signers, check_signatures(newest));
    BSN_TRY(checked, read_block(newest, hash_));
    checked.signers = signers;
    last_hash_ = checked.hash;
    height_ = checked.height();

    const ChannelConfig now = config();
    if (handlers_.configured) handlers_.configured(now);
    if (handlers_.block) {
        handlers_.block(std::make_shared<const CheckedBlock>(std::move(checked)));
    }
    BlockStreamOptions options;
    options.channel = peers_->options().channel;
    for (const Endpoint& peer : peers_->options().peers) options.sources.push_back({peer, false});
    options.identity = peers_->options().reader;
    options.from = height_ + 1;
    std::lock_guard lock(mutex_);
    stream_ = std::make_unique<BlockStream>(
        std::move(options), [this](const common::Block& block) { return take(block); });
    started_ = true;
    return {};
}

/// Goes back from the newest block's configuration to the trusted one, and then forward: each is
/// signed by orderers of the one before.
Status ChannelFollower::read_configurations(const common::Block& newest) {
    const std::uint64_t trusted = trusted_.header().number();
    BSN_TRY(next, last_config_of(newest));
    std::uint64_t height = next;
    std::vector<common::Block> later;
    while (height > trusted) {
        if (later.size() >= k_most_configurations) {
            return Error{Code::too_large, "the trusted configuration is too old: give a newer one"};
        }
        BSN_TRY(block, fetch(height));
        later.push_back(std::move(block));
        BSN_TRY(before, fetch(height - 1));
        BSN_TRY(earlier, last_config_of(before));
        if (earlier >= height) return bad(fmt::format("block {} names a later one", height - 1));
        height = earlier;
    }
    if (height < trusted) {
        return Error{Code::unavailable,
                     fmt::format("the peer is behind, or on another chain: the configuration of "
                                 "block {} is trusted, and it knows that of block {}",
                                 trusted, height)};
    }
    {
        std::lock_guard lock(mutex_);
        eras_.resize(1);
    }
    std::reverse(later.begin(), later.end());
    for (const common::Block& block : later) {
        BSN_CHECK(check_signatures(block));
        BSN_CHECK(check_data(block, hash_));
        BSN_TRY(config, read_channel_config(block));
        std::lock_guard lock(mutex_);
        eras_.push_back(era_of(std::move(config)));
    }
    return {};
}

Status ChannelFollower::take(const common::Block& block) {
    const std::uint64_t height = block.header().number();
    if (!equal(last_hash_, as_bytes(block.header().previous_hash()))) {
        return bad(fmt::format("block {} does not follow the one before", height));
    }
    BSN_TRY(signers, check_signatures(block));
    BSN_TRY(checked, read_block(block, hash_));
    checked.signers = signers;
    if (is_config_block(block)) {
        BSN_TRY(config, read_channel_config(block));
        log_info("fabric", "channel={} height={} configuration={}", config.trust.channel, height,
                 config.sequence);
        {
            std::lock_guard lock(mutex_);
            eras_.push_back(era_of(config));
        }
        if (handlers_.configured) handlers_.configured(config);
    }
    last_hash_ = checked.hash;
    auto kept = std::make_shared<const CheckedBlock>(std::move(checked));
    (void)recent_.get(height, [&](std::uint64_t) { return Result<BlockPtr>(kept); });
    height_ = height;
    if (handlers_.block) handlers_.block(kept);
    return {};
}

Result<ChannelFollower::BlockPtr> ChannelFollower::check(const std::string& bytes) const {
    BSN_TRY(block, read_message<common::Block>(bytes, "block"));
    const std::uint64_t height = block.header().number();
    if (!started_ || height > height_) {
        return Error{Code::not_found, fmt::format("there is no block {} yet", height)};
    }
    return recent_.get(height, [&](std::uint64_t) -> Result<BlockPtr> {
        BSN_TRY(signers, check_signatures(block));
        BSN_TRY(checked, read_block(std::move(block), hash_));
        checked.signers = signers;
        return std::make_shared<const CheckedBlock>(std::move(checked));
    });
}

Result<ChannelFollower::BlockPtr> ChannelFollower::block(std::uint64_t height) const {
    if (!started_ || height > height_) {
        return Error{Code::not_found, fmt::format("there is no block {} yet", height)};
    }
    return recent_.get(height, [&](std::uint64_t) -> Result<BlockPtr> {
        BSN_TRY(block, fetch(height));
        BSN_TRY(signers, check_signatures(block));
        BSN_TRY(checked, read_block(std::move(block), hash_));
        checked.signers = signers;
        return std::make_shared<const CheckedBlock>(std::move(checked));
    });
}

ChannelConfig ChannelFollower::config() const {
    std::lock_guard lock(mutex_);
    return *eras_.back().config;
}

ChannelTrust ChannelFollower::trust_at(std::uint64_t height) const {
    return era_before(height).config->trust;
}

std::optional<std::size_t> ChannelFollower::source() const {
    std::lock_guard lock(mutex_);
    return stream_ ? std::optional(stream_->source()) : std::nullopt;
}

std::string ChannelFollower::trouble() const {
    std::lock_guard lock(mutex_);
    return stream_ ? stream_->trouble() : "the channel's blocks are not read yet";
}

void ChannelFollower::leave_source() {
    std::lock_guard lock(mutex_);
    if (stream_) stream_->leave_source();
}

void ChannelFollower::close() {
    std::unique_ptr<BlockStream> stream;
    {
        std::lock_guard lock(mutex_);
        stream.swap(stream_);
    }
    if (stream) stream->close();
}

}  // namespace bsn::framework::fabric
