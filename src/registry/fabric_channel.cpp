#include "registry/fabric_channel.hpp"

#include "contract/contract.hpp"
#include "registry/fabric_values.hpp"
#include "registry/json_object.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace bsn::registry {
namespace {

using contract::refuse;

/// Of the record of an organisation of release 2.5, and of one that names its release.
constexpr std::uint8_t k_version = 1;
constexpr std::uint8_t k_release_version = 2;
constexpr std::uint64_t k_max_timeout_ms = 60'000;
constexpr std::uint64_t k_max_messages = 10'000;

bool is_first_release(const std::string& release) { return release == k_fabric_releases.front(); }

bool is_release(const std::string& release) {
    return std::find(k_fabric_releases.begin(), k_fabric_releases.end(), release) !=
           k_fabric_releases.end();
}

Result<std::string> release_in(JsonObject& object) {
    BSN_TRY(release, object.text("version", std::string(k_fabric_releases.front())));
    if (is_release(release)) return release;
    return refuse(fmt::format("there is no version '{}' of Fabric here; there are {}", release,
                              fmt::join(k_fabric_releases, ", ")));
}

std::string read_release(Reader& reader) {
    std::string release = reader.text();
    if (!reader.failed() && (!is_release(release) || is_first_release(release))) {
        reader.fail("unknown release of Fabric");
    }
    return release;
}

/// What both records of an organisation have.
void write_organisation(Writer& writer, const FabricOrganisation& organisation) {
    writer.text(organisation.msp);
    writer.text(organisation.authority);
    writer.text(organisation.tls_authority);
    writer.text(organisation.peer);
    writer.text(organisation.orderer);
    writer.text(organisation.orderer_certificate);
}

FabricOrganisation read_organisation(Reader& reader) {
    FabricOrganisation organisation;
    organisation.msp = reader.text();
    organisation.authority = reader.text();
    organisation.tls_authority = reader.text();
    organisation.peer = reader.text();
    organisation.orderer = reader.text();
    organisation.orderer_certificate = reader.text();
    return organisation;
}

}  // namespace

std::string_view fabric_ordering_name(FabricOrdering ordering) {
    return ordering == FabricOrdering::bft ? "bft" : "raft";
}

Result<FabricOrganisation> fabric_organisation_from(const std::string& json) {
    BSN_TRY(parsed, parse_spec_json(json, "the organisation"));
    BSN_TRY(object, JsonObject::from(parsed, "organisation"));
    FabricOrganisation organisation;
    for (const auto& [member, text] : {std::pair("msp", &organisation.msp),
                                       {"authority", &organisation.authority},
                                       {"tls_authority", &organisation.tls_authority},
                                       {"peer", &organisation.peer}}) {
        BSN_TRY(value, object.text(member, std::nullopt));
        *text = std::move(value);
    }
    BSN_TRY(orderer, object.text("orderer", ""));
    organisation.orderer = std::move(orderer);
    BSN_TRY(certificate, object.text("orderer_certificate", ""));
    organisation.orderer_certificate = std::move(certificate);
    BSN_TRY(release, release_in(object));
    organisation.release = std::move(release);
    BSN_TRY(identity, object.text("orderer_identity", ""));
    organisation.orderer_identity = std::move(identity);
    BSN_CHECK(object.finish());
    BSN_CHECK(check_msp(organisation.msp, "organisation: member 'msp'"));
    BSN_CHECK(check_certificate(organisation.authority, "organisation: member 'authority'"));
    BSN_CHECK(
        check_certificate(organisation.tls_authority, "organisation: member 'tls_authority'"));
    BSN_CHECK(check_address(organisation.peer, "organisation: member 'peer'"));
    if (organisation.orderer.empty() != organisation.orderer_certificate.empty()) {
        return refuse("organisation: 'orderer' and 'orderer_certificate' go together");
    }
    if (!organisation.orderer.empty()) {
        BSN_CHECK(check_address(organisation.orderer, "organisation: member 'orderer'"));
        BSN_CHECK(check_certificate(organisation.orderer_certificate,
                                    "organisation: member 'orderer_certificate'"));
    }
    const bool signs = !organisation.orderer.empty() && !is_first_release(organisation.release);
    if (signs != !organisation.orderer_identity.empty()) {
        return refuse(
            "organisation: 'orderer_identity' is for an orderer of version 3.1, which "
            "needs it");
    }
    if (signs)
        BSN_CHECK(check_certificate(organisation.orderer_identity,
                                    "organisation: member 'orderer_identity'"));
    return organisation;
}

std::string to_json(const FabricOrganisation& organisation) {
    Json json{{"msp", organisation.msp},
              {"authority", organisation.authority},
              {"tls_authority", organisation.tls_authority},
              {"peer", organisation.peer}};
    if (!organisation.orderer.empty()) {
        json["orderer"] = organisation.orderer;
        json["orderer_certificate"] = organisation.orderer_certificate;
    }
    if (!is_first_release(organisation.release)) {
        json["version"] = organisation.release;
        if (!organisation.orderer_identity.empty()) {
            json["orderer_identity"] = organisation.orderer_identity;
        }
    }
    return json.dump();
}

Result<FabricSpec> fabric_spec_from(const nlohmann::json& json) {
    BSN_TRY(object, JsonObject::from(json, "fabric"));
    FabricSpec spec;
    BSN_TRY(orderers, object.texts("orderers"));
    spec.orderers = std::move(orderers);
    if (const Json* batch_json = object.find("batch"); batch_json != nullptr) {
        BSN_TRY(batch, JsonObject::from(*batch_json, "batch"));
        BSN_TRY(timeout, batch.number("timeout_ms", spec.batch.timeout_ms, k_max_timeout_ms));
        BSN_TRY(messages, batch.number("max_messages", spec.batch.max_messages, k_max_messages));
        BSN_CHECK(batch.finish());
        if (timeout == 0 || messages == 0) {
            return refuse("batch: 'timeout_ms' and 'max_messages' are at least 1");
        }
        spec.batch = {static_cast<std::uint32_t>(timeout), static_cast<std::uint32_t>(messages)};
    }
    BSN_TRY(release, release_in(object));
    spec.release = std::move(release);
    BSN_TRY(ordering, object.text("ordering", "raft"));
    BSN_CHECK(object.finish());
    if (ordering == "bft") {
        if (is_first_release(spec.release)) {
            return refuse("fabric: ordering bft needs version 3.1");
        }
        spec.ordering = FabricOrdering::bft;
    } else if (ordering != "raft") {
        return refuse(fmt::format("fabric: ordering '{}' is neither raft nor bft", ordering));
    }
    return spec;
}

Bytes encode(const FabricOrganisation& organisation) {
    Writer writer;
    const bool is_first = is_first_release(organisation.release);
    writer.u8(is_first ? k_version : k_release_version);
    write_organisation(writer, organisation);
    if (!is_first) {
        writer.text(organisation.release);
        writer.text(organisation.orderer_identity);
    }
    return writer.take();
}

Result<FabricOrganisation> decode_fabric_organisation(ByteView bytes) {
    Reader reader(bytes);
    const std::uint8_t version = reader.u8();
    if (!reader.failed() && version != k_version && version != k_release_version) {
        reader.fail(Code::unsupported_version,
                    fmt::format("record version {} of an organisation is unknown", version));
    }
    FabricOrganisation organisation = read_organisation(reader);
    if (version == k_release_version && !reader.failed()) {
        organisation.release = read_release(reader);
        organisation.orderer_identity = reader.text();
    }
    BSN_CHECK(reader.finish("organisation record"));
    return organisation;
}

void write_fabric(Writer& writer, const FabricChannel& channel) {
    writer.u16(static_cast<std::uint16_t>(channel.members.size()));
    for (const FabricMember& member : channel.members) {
        writer.raw(member.node);
        writer.text(member.name);
        writer.u8(member.orders ? 1 : 0);
        write_organisation(writer, member.organisation);
    }
    writer.u32(channel.batch.timeout_ms);
    writer.u32(channel.batch.max_messages);
    // Channels of release 2.5 end here, as all did before there were others.
    if (is_first_release(channel.release)) return;
    writer.text(channel.release);
    writer.u8(static_cast<std::uint8_t>(channel.ordering));
    for (const FabricMember& member : channel.members) {
        writer.text(member.organisation.orderer_identity);
    }
}

FabricChannel read_fabric(Reader& reader) {
    constexpr std::size_t k_least = ledger::NodeId::k_size + 1 + 7 * 2;
    FabricChannel channel;
    channel.members.resize(reader.count16(k_least));
    for (FabricMember& member : channel.members) {
        member.node = reader.fixed<ledger::NodeId>();
        member.name = reader.text();
        const std::uint8_t orders = reader.u8();
        if (!reader.failed() && orders > 1) reader.fail("a flag is neither 0 nor 1");
        member.orders = orders == 1;
        member.organisation = read_organisation(reader);
    }
    channel.batch.timeout_ms = reader.u32();
    channel.batch.max_messages = reader.u32();
    if (reader.failed() || reader.remaining() == 0) return channel;
    channel.release = read_release(reader);
    const std::uint8_t ordering = reader.u8();
    if (!reader.failed() && (ordering < 1 || ordering > 2)) reader.fail("unknown way of ordering");
    channel.ordering = static_cast<FabricOrdering>(ordering);
    for (FabricMember& member : channel.members) {
        member.organisation.release = channel.release;
        member.organisation.orderer_identity = reader.text();
    }
    return channel;
}

}  // namespace bsn::registry
