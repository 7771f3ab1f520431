#include "ledger/bundle.hpp"

#include "base/codec.hpp"
#include "ledger/fields.hpp"
#include "ledger/json_fields.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bsn::ledger {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view k_format = "bsn-receipt";
constexpr std::uint8_t k_kind = 'V';
constexpr std::uint8_t k_version = 1;

constexpr std::size_t k_max_bytes = 16U << 20;
/// The text of the largest binary form: hexadecimal doubles, and the layout adds its share.
constexpr std::size_t k_max_text_bytes = 4 * k_max_bytes;
constexpr std::size_t k_max_path = 32;          ///< a header counts transactions in 32 bits
constexpr std::size_t k_max_certificates = 16;  ///< far more than there are suites
constexpr std::size_t k_max_handovers = 65'535;

Error invalid(std::string message) {
    return Error{Code::invalid_argument, std::move(message)}.within("receipt bundle");
}

Error too_many(std::string_view what, std::size_t count, std::size_t most) {
    return Error{Code::too_large, fmt::format("{} {}, at most {} are allowed", count, what, most)}
        .within("receipt bundle");
}

// The JSON form.

Json json_of(const std::vector<Hash>& path) {
    Json list = Json::array();
    for (const Hash& hash : path) list.push_back(to_hex(hash));
    return list;
}

Json json_of(const Certificate& certificate) {
    Json signatures = Json::array();
    for (const PeerSignature& signature : certificate.signatures) {
        signatures.push_back(
            {{"peer", signature.peer}, {"signature", to_hex(signature.signature)}});
    }
    return {{"suite", crypto::suite_name(certificate.suite)},
            {"signatures", std::move(signatures)}};
}

Json json_of(const CertifiedHeader& certified) {
    Json certificates = Json::array();
    for (const Certificate& certificate : certified.certificates) {
        certificates.push_back(json_of(certificate));
    }
    return {{"header", to_hex(certified.header)}, {"certificates", std::move(certificates)}};
}

Json json_of(const std::vector<Handover>& handovers) {
    Json list = Json::array();
    for (const Handover& handover : handovers) {
        list.push_back(
            {{"last", json_of(handover.last)}, {"next", to_hex(handover.next.encode())}});
    }
    return list;
}

Json json_of(const InclusionProof& proof) {
    return {{"transaction", to_hex(proof.transaction)},
            {"receipt", to_hex(proof.receipt)},
            {"index", proof.index},
            {"transaction_path", json_of(proof.transaction_path)},
            {"receipt_path", json_of(proof.receipt_path)},
            {"block", json_of(proof.block)}};
}

// The readers throw Json::exception when a member is missing or of another type.

Result<Bytes> read_hex(const Json& text) {
    auto bytes = from_hex(text.get_ref<const std::string&>());
    if (!bytes) return bytes.error().within("receipt bundle");
    return bytes;
}

template <typename Number>
Result<Number> number_of(const Json& object, const char* member) {
    auto value = number_field<Number>(object, member);
    if (!value) return value.error().within("receipt bundle");
    return value;
}

/// Reads each element of a list by `read`.
template <typename Element, typename Read>
Result<std::vector<Element>> read_list(const Json& json, std::string_view what, std::size_t most,
                                       Read read) {
    if (!json.is_array()) return invalid(fmt::format("{} must be a list", what));
    if (json.size() > most) return too_many(what, json.size(), most);
    std::vector<Element> list;
    list.reserve(json.size());
    for (const Json& element : json) {
        BSN_TRY(value, read(element));
        list.push_back(std::move(value));
    }
    return list;
}

Result<std::vector<Hash>> read_path(const Json& json) {
    return read_list<Hash>(json, "hashes in a path", k_max_path, [](const Json& text) {
        return fixed_from_hex<Hash>(text.get_ref<const std::string&>());
    });
}

Result<Certificate> read_certificate(const Json& json) {
    const auto& suite_text = json.at("suite").get_ref<const std::string&>();
    const auto suite = crypto::suite_from_name(suite_text);
    if (!suite) return invalid(fmt::format("suite {} is unknown", suite_text));
    Certificate certificate;
    certificate.suite = *suite;
    BSN_TRY(signatures, read_list<PeerSignature>(
                            json.at("signatures"), "signatures", 0xFFFF,
                            [](const Json& element) -> Result<PeerSignature> {
                                BSN_TRY(signature,
                                        fixed_from_hex<Signature>(
                                            element.at("signature").get_ref<const std::string&>()));
                                BSN_TRY(peer, number_of<std::uint16_t>(element, "peer"));
                                return PeerSignature{peer, signature};
                            }));
    certificate.signatures = std::move(signatures);
    // The binary form knows the rules that both forms share, such as the order of the peers.
    return Certificate::decode(certificate.encode());
}

Result<CertifiedHeader> read_certified(const Json& json) {
    BSN_TRY(header, read_hex(json.at("header")));
    BSN_TRY(certificates, read_list<Certificate>(json.at("certificates"), "certificates",
                                                 k_max_certificates, read_certificate));
    return CertifiedHeader{std::move(header), std::move(certificates)};
}

Result<std::vector<Handover>> read_handovers(const Json& json) {
    return read_list<Handover>(json, "handovers", k_max_handovers,
                               [](const Json& element) -> Result<Handover> {
                                   BSN_TRY(last, read_certified(element.at("last")));
                                   BSN_TRY(record, read_hex(element.at("next")));
                                   BSN_TRY(next, EpochRecord::decode(record));
                                   return Handover{std::move(last), std::move(next)};
                               });
}

Result<InclusionProof> read_proof(const Json& json) {
    BSN_TRY(transaction, read_hex(json.at("transaction")));
    BSN_TRY(receipt, read_hex(json.at("receipt")));
    BSN_TRY(index, number_of<std::uint32_t>(json, "index"));
    BSN_TRY(transaction_path, read_path(json.at("transaction_path")));
    BSN_TRY(receipt_path, read_path(json.at("receipt_path")));
    BSN_TRY(block, read_certified(json.at("block")));
    return InclusionProof{std::move(transaction),      std::move(receipt),      index,
                          std::move(transaction_path), std::move(receipt_path), std::move(block)};
}

/// Reads what is there; that nothing else is there shows when it is written again.
Result<ReceiptBundle> read_bundle(const Json& json) {
    if (json.at("format").get_ref<const std::string&>() != k_format) {
        return invalid("this is not a receipt bundle");
    }
    if (json.at("version") != k_version) {
        return Error{
            Code::unsupported_version,
            fmt::format("receipt bundle version {} is unknown, this program reads version {}",
                        version_text(json.at("version")), k_version)};
    }
    ReceiptBundle bundle;
    BSN_TRY(proof, read_proof(json.at("proof")));
    BSN_TRY(handovers, read_handovers(json.at("handovers")));
    if (!json.at("creation").is_null()) {
        BSN_TRY(creation, read_proof(json.at("creation")));
        bundle.creation = std::move(creation);
    }
    BSN_TRY(system_handovers, read_handovers(json.at("system_handovers")));
    bundle.proof = std::move(proof);
    bundle.handovers = std::move(handovers);
    bundle.system_handovers = std::move(system_handovers);
    return bundle;
}

// The binary form.

void write(Writer& out, const std::vector<Hash>& path) {
    out.u8(count_u8(path.size()));
    for (const Hash& hash : path) out.raw(hash);
}

void write(Writer& out, const CertifiedHeader& certified) {
    out.bytes(certified.header);
    out.u8(count_u8(certified.certificates.size()));
    for (const Certificate& certificate : certified.certificates) out.bytes(certificate.encode());
}

void write(Writer& out, const std::vector<Handover>& handovers) {
    out.u16(count_u16(handovers.size()));
    for (const Handover& handover : handovers) {
        write(out, handover.last);
        out.bytes(handover.next.encode());
    }
}

void write(Writer& out, const InclusionProof& proof) {
    out.bytes(proof.transaction);
    out.bytes(proof.receipt);
    out.u32(proof.index);
    write(out, proof.transaction_path);
    write(out, proof.receipt_path);
    write(out, proof.block);
}

/// Decodes a format of its own that stands within the bundle.
template <typename Value>
Value nested(Reader& in) {
    const ByteView bytes = in.bytes();
    if (in.failed()) return {};
    auto value = Value::decode(bytes);
    if (value) return std::move(*value);
    in.fail(value.error().code, value.error().message);
    return {};
}

std::vector<Hash> read_path(Reader& in) {
    const std::size_t count = in.u8();
    if (count > k_max_path) in.fail(Code::too_large, fmt::format("path of {} hashes", count));
    std::vector<Hash> path;
    for (std::size_t i = 0; i < count && !in.failed(); ++i) path.push_back(in.fixed<Hash>());
    return path;
}

CertifiedHeader read_certified(Reader& in) {
    CertifiedHeader certified;
    certified.header = to_bytes(in.bytes());
    const std::size_t count = in.u8();
    if (count > k_max_certificates) in.fail(Code::too_large, fmt::format("{} certificates", count));
    for (std::size_t i = 0; i < count && !in.failed(); ++i) {
        certified.certificates.push_back(nested<Certificate>(in));
    }
    return certified;
}

std::vector<Handover> read_handovers(Reader& in) {
    const std::size_t count = in.count16(4 + 1 + 4);
    std::vector<Handover> handovers;
    for (std::size_t i = 0; i < count && !in.failed(); ++i) {
        Handover& handover = handovers.emplace_back();
        handover.last = read_certified(in);
        handover.next = nested<EpochRecord>(in);
    }
    return handovers;
}

InclusionProof read_proof(Reader& in) {
    InclusionProof proof;
    proof.transaction = to_bytes(in.bytes());
    proof.receipt = to_bytes(in.bytes());
    proof.index = in.u32();
    proof.transaction_path = read_path(in);
    proof.receipt_path = read_path(in);
    proof.block = read_certified(in);
    return proof;
}

}  // namespace

std::string ReceiptBundle::to_json() const {
    Json json = {{"format", k_format},
                 {"version", k_version},
                 {"proof", json_of(proof)},
                 {"handovers", json_of(handovers)},
                 {"creation", creation ? json_of(*creation) : Json(nullptr)},
                 {"system_handovers", json_of(system_handovers)}};
    return json.dump(2) + "\n";
}

Result<ReceiptBundle> ReceiptBundle::from_json(std::string_view text) {
    if (text.size() > k_max_text_bytes) return too_many("bytes", text.size(), k_max_text_bytes);
    try {
        BSN_TRY(bundle, read_bundle(Json::parse(text)));
        if (bundle.to_json() != text) {
            return invalid("not in canonical form; use the file as it was issued");
        }
        return std::move(bundle);
    } catch (const Json::exception& problem) {
        return invalid(problem.what());
    }
}

Bytes ReceiptBundle::encode() const {
    Writer out;
    out.u8(k_kind);
    out.u8(k_version);
    write(out, proof);
    write(out, handovers);
    out.u8(creation ? 1 : 0);
    if (creation) write(out, *creation);
    write(out, system_handovers);
    return out.take();
}

Result<ReceiptBundle> ReceiptBundle::decode(ByteView bytes) {
    if (bytes.size() > k_max_bytes) return too_many("bytes", bytes.size(), k_max_bytes);
    Reader in(bytes);
    in.format(k_kind, k_version, "receipt bundle");
    ReceiptBundle bundle;
    bundle.proof = read_proof(in);
    bundle.handovers = read_handovers(in);
    const std::uint8_t has_creation = in.u8();
    if (has_creation > 1) in.fail(fmt::format("creation flag is {}", has_creation));
    if (has_creation == 1) bundle.creation = read_proof(in);
    bundle.system_handovers = read_handovers(in);
    BSN_CHECK(in.finish("receipt bundle"));
    return bundle;
}

}  // namespace bsn::ledger
