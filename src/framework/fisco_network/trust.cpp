#include "framework/fisco_network/trust.hpp"

#include "base/codec.hpp"
#include "ledger/ethereum/types.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace bsn::framework::fisco_network {
namespace {

using Json = nlohmann::json;

constexpr std::uint8_t k_version = 1;
constexpr std::size_t k_max_header = std::size_t{1} << 20;
constexpr std::size_t k_max_signature = 128;
constexpr std::size_t k_max_text = std::size_t{1} << 20;

Error wrong(std::string what) {
    return {Code::invalid_argument, "sealers to trust: " + std::move(what)};
}

Result<std::uint64_t> number_of(const Json& json, const char* name,
                                std::optional<std::uint64_t> otherwise) {
    auto found = json.find(name);
    if (found == json.end() && otherwise) return *otherwise;
    if (found == json.end() || !found->is_number_unsigned()) {
        return wrong(fmt::format("member '{}' must be a whole number", name));
    }
    return found->get<std::uint64_t>();
}

Result<crypto::SuiteId> suite_of(const Json& json) {
    auto found = json.find("suite");
    auto suite = found != json.end() && found->is_string()
                     ? crypto::suite_from_name(found->get<std::string>())
                     : std::nullopt;
    if (suite && *suite != crypto::SuiteId::secp256r1) return *suite;
    return wrong("member 'suite' must be secp256k1 or sm2");
}

Result<std::vector<crypto::PublicPoint>> sealers_of(const Json& json, crypto::SuiteId suite) {
    auto found = json.find("sealers");
    if (found == json.end() || !found->is_array() || found->empty() ||
        found->size() > Trust::k_max_sealers) {
        return wrong(
            fmt::format("member 'sealers' must list 1 to {} node ids", Trust::k_max_sealers));
    }
    std::vector<crypto::PublicPoint> sealers;
    for (const Json& one : *found) {
        auto point = one.is_string() ? fixed_from_hex<crypto::PublicPoint>(one.get<std::string>())
                                     : Result<crypto::PublicPoint>(wrong(""));
        if (!point || !crypto::public_key_of_point(suite, *point)) {
            return wrong(
                fmt::format("member 'sealers': {} is no node id: 128 digits, a public key of {}",
                            one.dump(), crypto::suite_name(suite)));
        }
        sealers.push_back(*point);
    }
    if (std::set(sealers.begin(), sealers.end()).size() != sealers.size()) {
        return wrong("member 'sealers' names one twice");
    }
    return sealers;
}

}  // namespace

Bytes SignedHeader::encode() const {
    Writer writer;
    writer.u8(k_version);
    writer.bytes(header.encode());
    writer.u16(static_cast<std::uint16_t>(signatures.size()));
    for (const SealerSignature& one : signatures) {
        writer.raw(one.sealer);
        writer.bytes(one.signature);
    }
    return writer.take();
}

Result<SignedHeader> SignedHeader::decode(ByteView bytes) {
    Reader reader(bytes);
    if (reader.u8() != k_version) reader.fail(Code::unsupported_version, "unknown version");
    ByteView encoded = reader.bytes(k_max_header);
    SignedHeader block;
    const std::size_t count = reader.count16(ledger::Word::k_size + 4);
    for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
        SealerSignature signature;
        signature.sealer = reader.fixed<ledger::Word>();
        signature.signature = to_bytes(reader.bytes(k_max_signature));
        if (i > 0 && !(block.signatures.back().sealer < signature.sealer)) {
            reader.fail("signatures are not in the order of the sealers");
        }
        block.signatures.push_back(std::move(signature));
    }
    BSN_CHECK(reader.finish("signed header"));
    BSN_TRY(header, Header::decode(encoded));
    block.header = std::move(header);
    return block;
}

Trust Trust::of(const registry::OutsideNetwork& network, crypto::SuiteId suite) {
    return {.suite = suite,
            .chain_id = network.chain_id,
            .group = network.group,
            .sealers = network.sealers,
            .quorum = network.quorum};
}

Result<Trust> Trust::from_json(std::string_view text) {
    if (text.size() > k_max_text) return wrong("more than 1 MiB");
    const Json json = Json::parse(text, nullptr, false);
    if (json.is_discarded()) return wrong("no JSON");
    return from_json(json);
}

Result<Trust> Trust::from_json(const Json& json) {
    if (!json.is_object()) return wrong("no JSON object");
    static const std::set<std::string> known{"suite", "chain_id", "group",
                                             "since", "sealers",  "quorum"};
    for (const auto& member : json.items()) {
        if (!known.contains(member.key())) {
            return wrong(fmt::format("member '{}' is not known", member.key()));
        }
    }
    Trust trust;
    BSN_TRY(suite, suite_of(json));
    trust.suite = suite;
    BSN_TRY(chain_id, number_of(json, "chain_id", std::nullopt));
    trust.chain_id = chain_id;
    BSN_TRY(group, number_of(json, "group", std::nullopt));
    trust.group = group;
    BSN_TRY(since, number_of(json, "since", 0));
    trust.since = since;
    BSN_TRY(sealers, sealers_of(json, suite));
    trust.sealers = std::move(sealers);
    BSN_TRY(quorum, number_of(json, "quorum", 0));
    trust.quorum = quorum;
    if (trust.quorum > trust.sealers.size()) {
        return wrong(fmt::format("a quorum of {} of {} sealers", quorum, trust.sealers.size()));
    }
    return trust;
}

std::string Trust::to_json() const {
    nlohmann::ordered_json json{{"suite", crypto::suite_name(suite)},
                                {"chain_id", chain_id},
                                {"group", group},
                                {"since", since},
                                {"sealers", Json::array()},
                                {"quorum", quorum}};
    for (const crypto::PublicPoint& sealer : sealers) json["sealers"].push_back(to_hex(sealer));
    return json.dump();
}

Result<std::size_t> Trust::check(const SignedHeader& block) const {
    const SealerSignature* before = nullptr;
    // Two places of a header's list may hold one key: it counts once.
    std::set<crypto::PublicPoint> signers;
    for (const SealerSignature& signature : block.signatures) {
        if (before != nullptr && !(before->sealer < signature.sealer)) {
            return Error{Code::bad_signature, "signatures are not in the order of the sealers"};
        }
        before = &signature;
        BSN_CHECK(ledger::fisco::check_block_signature(block.header, suite, signature));
        const auto& key = block.header.sealer_list.at(*ledger::number_of_word(signature.sealer));
        // One that is not trusted counts nothing: a sealer that has come since signs, too.
        if (std::find(sealers.begin(), sealers.end(), key) != sealers.end()) signers.insert(key);
    }
    if (signers.size() >= required()) return signers.size();
    return Error{Code::bad_signature,
                 fmt::format("block {} is signed by {} of the {} sealers that are trusted; {} are "
                             "needed",
                             block.header.number, signers.size(), sealers.size(), required())};
}

Result<Trust> Trust::follow(const SignedHeader& block) const {
    BSN_CHECK(check(block));
    if (block.header.number <= since) {
        return Error{Code::invalid_argument,
                     fmt::format("block {} is not after height {}, from which these sealers are",
                                 block.header.number, since)};
    }
    Trust next = *this;
    next.since = block.header.number;
    next.sealers = block.header.sealer_list;
    // Read again, so that a header makes no list that a person could not write.
    const std::string text = next.to_json();
    auto checked = from_json(std::string_view(text));
    if (!checked) return checked.error().within(fmt::format("block {}", block.header.number));
    return checked;
}

std::string Trust::describe(std::size_t signers) const {
    std::string text = fmt::format(
        "{} of the {} sealers of group {} of the FISCO BCOS chain {}, as of its height {}, signed "
        "the block",
        signers, sealers.size(), group, chain_id, since);
    if (required() >= own_quorum()) return text;
    return text + fmt::format("; {} were asked for, which is less than its quorum of {}",
                              required(), own_quorum());
}

}  // namespace bsn::framework::fisco_network
