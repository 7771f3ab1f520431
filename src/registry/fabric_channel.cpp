#include "registry/fabric_channel.hpp"

#include "contract/contract.hpp"
#include "registry/fabric_values.hpp"
#include "registry/json_object.hpp"

#include <fmt/format.h>

namespace bsn::registry {
namespace {

using contract::refuse;

constexpr std::uint8_t k_version = 1;
constexpr std::uint64_t k_max_timeout_ms = 60'000;
constexpr std::uint64_t k_max_messages = 10'000;

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
    BSN_CHECK(object.finish());
    return spec;
}

Bytes encode(const FabricOrganisation& organisation) {
    Writer writer;
    writer.u8(k_version);
    write_organisation(writer, organisation);
    return writer.take();
}

Result<FabricOrganisation> decode_fabric_organisation(ByteView bytes) {
    Reader reader(bytes);
    const std::uint8_t version = reader.u8();
    if (!reader.failed() && version != k_version) {
        reader.fail(Code::unsupported_version,
                    fmt::format("record version {} of an organisation is unknown", version));
    }
    FabricOrganisation organisation = read_organisation(reader);
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
    return channel;
}

}  // namespace bsn::registry
