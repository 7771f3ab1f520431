#include "ledger/epoch_history.hpp"

#include <fmt/format.h>

#include <map>

namespace bsn::ledger {

namespace {

Error refuse(std::string why) { return {Code::bad_signature, std::move(why)}; }

/// Whether one header can stand behind another of its channel.
bool lies_after(const Header& later, const Header& earlier) {
    return later.height > earlier.height && later.position.height > earlier.position.height &&
           later.position.era >= earlier.position.era;
}

}  // namespace

Status check_certificates(const Header& header, const std::vector<Certificate>& certificates,
                          const EpochRecord& epoch, const std::vector<RevokedNode>& revoked) {
    if (certificates.size() != epoch.suites.size()) {
        return refuse(fmt::format("{} certificates, epoch {} certifies in {} suites",
                                  certificates.size(), epoch.epoch, epoch.suites.size()));
    }
    const Bytes statement = header.statement();
    for (std::size_t i = 0; i < certificates.size(); ++i) {
        if (certificates[i].suite != epoch.suites[i]) {
            return refuse(fmt::format("certificate {} must be in {}", i,
                                      crypto::suite_name(epoch.suites[i])));
        }
        BSN_CHECK(
            check_certificate(certificates[i], epoch, statement, header.position.height, revoked));
    }
    return {};
}

std::vector<RevokedNode> union_of_revoked(
    const std::vector<const std::vector<RevokedNode>*>& lists) {
    std::map<NodeId, std::uint64_t> earliest;
    for (const auto* list : lists) {
        for (const RevokedNode& node : *list) {
            auto [entry, is_new] = earliest.try_emplace(node.node, node.from_order_height);
            if (!is_new) entry->second = std::min(entry->second, node.from_order_height);
        }
    }
    std::vector<RevokedNode> all;
    all.reserve(earliest.size());
    for (const auto& [node, height] : earliest) all.push_back({node, height});
    return all;
}

Result<EpochHistory> EpochHistory::follow(EpochRecord first, const std::vector<Handover>& handovers,
                                          const NetworkId& network,
                                          const std::vector<RevokedNode>& revoked) {
    EpochHistory history;
    const ChannelId channel = first.channel;
    history.epochs_.push_back({std::move(first), {}, {}});
    for (std::size_t i = 0; i < handovers.size(); ++i) {
        auto follow_one = [&]() -> Status {
            BSN_TRY(last, Header::decode(handovers[i].last.header));
            if (last.network != network) return refuse("its header is of another network");
            if (last.channel != channel) return refuse("its header is of another channel");
            if (last.epoch < history.first() && history.epochs_.size() == 1) return {};
            return history.append(handovers[i], std::move(last), revoked);
        };
        if (auto status = follow_one(); !status) {
            return status.error().within(fmt::format("handover {} of {}", i + 1, handovers.size()));
        }
    }
    return history;
}

Status EpochHistory::append(const Handover& handover, Header last,
                            const std::vector<RevokedNode>& revoked) {
    const EpochRecord& current = epochs_.back().record;
    const EpochRecord& next = handover.next;
    if (last.epoch != current.epoch) {
        return refuse(fmt::format("it ends epoch {}, expected the end of epoch {}", last.epoch,
                                  current.epoch));
    }
    BSN_CHECK(check_certified(last, handover.last.certificates, revoked));
    const auto named = last.find_extension(extension::k_next_epoch);
    if (!named) return refuse(fmt::format("header {} ends no epoch", last.height));
    if (*named != next.hash()) {
        return refuse(fmt::format("header {} names another next epoch", last.height));
    }
    if (next.channel != current.channel) return refuse("the next epoch is of another channel");
    if (next.epoch != current.epoch + 1) {
        return refuse(fmt::format("epoch {} cannot follow epoch {}", next.epoch, current.epoch));
    }
    if (next.from_order_height < current.from_order_height ||
        next.from_order_height > last.position.height + 1) {
        return refuse(fmt::format("epoch {} cannot begin at ordering height {}", next.epoch,
                                  next.from_order_height));
    }
    epochs_.back().ended_by = last;
    epochs_.push_back({next, std::move(last), {}});
    return {};
}

Result<const EpochRecord*> EpochHistory::check_certified(
    const Header& header, const std::vector<Certificate>& certificates,
    const std::vector<RevokedNode>& revoked) const {
    if (header.epoch < first()) {
        return refuse(
            fmt::format("header {} is of epoch {}, before the trusted epoch {}: verify "
                        "with an older checkpoint or the genesis",
                        header.height, header.epoch, first()));
    }
    if (header.epoch > last()) {
        return refuse(fmt::format("header {} is of epoch {}, the handovers lead to epoch {} only",
                                  header.height, header.epoch, last()));
    }
    const Known& known = epochs_[header.epoch - first()];
    if (header.channel != known.record.channel) return refuse("the header is of another channel");
    if (header.position.height < known.record.from_order_height) {
        return refuse(fmt::format(
            "header {} was ordered at height {}, before its epoch {} began at {}", header.height,
            header.position.height, header.epoch, known.record.from_order_height));
    }
    if (known.made_by && !lies_after(header, *known.made_by)) {
        return refuse(fmt::format("header {} is of epoch {}, which begins after header {}",
                                  header.height, header.epoch, known.made_by->height));
    }
    if (known.ended_by && header.hash() != known.ended_by->hash() &&
        !lies_after(*known.ended_by, header)) {
        return refuse(fmt::format("header {} is of epoch {}, which ended with header {}",
                                  header.height, header.epoch, known.ended_by->height));
    }
    BSN_CHECK(check_certificates(header, certificates, known.record, revoked));
    return &known.record;
}

}  // namespace bsn::ledger
