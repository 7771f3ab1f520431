#include "framework/fabric/client/channel_trust.hpp"

#include "framework/fabric/client/block.hpp"
#include "framework/fabric/client/identity.hpp"
#include "framework/fabric/client/message.hpp"

#include <fabric_bft.pb.h>

#include <algorithm>

namespace bsn::framework::fabric {
namespace {

std::map<std::uint32_t, std::string> by_number(const std::vector<BftOrderer>& orderers) {
    std::map<std::uint32_t, std::string> numbered;
    for (const BftOrderer& one : orderers) numbered[one.id] = one.identity;
    return numbered;
}

}  // namespace

std::size_t ChannelTrust::required_orderers() const {
    const std::size_t count = bft_orderers.size();
    if (count == 0) return 1;
    const std::size_t faulty = (count - 1) / 3;
    return (count + faulty + 2) / 2;  // (n + f + 1) / 2, rounded up
}

EndorsementRule ChannelTrust::majority_of_members() const {
    std::vector<std::string> names;
    for (const Organization& one : members) names.push_back(one.msp_id);
    const std::size_t needed = names.size() / 2 + 1;
    return EndorsementRule::some_of(needed, std::move(names));
}

OrdererCheck::OrdererCheck(const ChannelTrust& trust)
    : membership_(trust.orderers),
      bft_orderers_(by_number(trust.bft_orderers)),
      required_(trust.required_orderers()) {}

Result<std::size_t> OrdererCheck::check(const common::BlockHeader& header,
                                        const std::string& metadata) const {
    BSN_TRY(read, read_message<::bsn::fabric::Metadata>(metadata, "metadata that orderers sign"));
    const std::string signed_header = header_bytes(header);
    std::set<std::string> signers;
    std::string why = "nobody signed it";
    for (const ::bsn::fabric::MetadataSignature& one : read.signatures()) {
        std::string signer;
        std::string between = one.signature_header();
        if (!between.empty()) {
            BSN_TRY(signature_header,
                    read_message<common::SignatureHeader>(between, "signature header"));
            signer = signature_header.creator();
        } else {
            between = one.identifier_header();
            BSN_TRY(identifier,
                    read_message<::bsn::fabric::IdentifierHeader>(between, "identifier header"));
            auto found = bft_orderers_.find(identifier.identifier());
            if (found == bft_orderers_.end()) continue;
            signer = found->second;
        }
        auto member =
            membership_.check(signer, read.value() + between + signed_header, one.signature());
        if (!member) {
            why = member.error().message;
            continue;
        }
        BSN_TRY(certified, read_identity(signer));
        if (!membership_.may_act_as(certified.msp_id, **member, Role::orderer)) {
            why = "the signer is no orderer of " + certified.msp_id;
            continue;
        }
        const bool counts =
            bft_orderers_.empty() ||
            std::any_of(bft_orderers_.begin(), bft_orderers_.end(),
                        [&](const auto& orderer) { return orderer.second == signer; });
        if (counts) signers.insert(signer);
    }
    if (signers.size() >= required_) return signers.size();
    return Error{Code::bad_signature,
                 fmt::format("block {} is signed by {} orderers of the channel, {} are needed: {}",
                             header.number(), signers.size(), required_, why)};
}

}  // namespace bsn::framework::fabric
