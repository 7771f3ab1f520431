#include "framework/fabric/client/block.hpp"

#include "framework/fabric/client/message.hpp"
#include "framework/fabric/client/transaction.hpp"

#include <fmt/format.h>

namespace bsn::framework::fabric {
namespace {

constexpr char k_integer = 0x02;
constexpr char k_octets = 0x04;
constexpr char k_sequence = 0x30;

std::string der(char tag, const std::string& content) {
    std::string length;
    if (content.size() < 0x80) {
        length = static_cast<char>(content.size());
    } else {
        for (std::size_t rest = content.size(); rest > 0; rest >>= 8) {
            length.insert(length.begin(), static_cast<char>(rest & 0xff));
        }
        length.insert(length.begin(), static_cast<char>(0x80 | length.size()));
    }
    return tag + length + content;
}

/// The fewest bytes, big-endian, the first one below 0x80.
std::string der_number(std::uint64_t number) {
    std::string bytes;
    do {
        bytes.insert(bytes.begin(), static_cast<char>(number & 0xff));
        number >>= 8;
    } while (number > 0);
    if ((static_cast<std::uint8_t>(bytes.front()) & 0x80) != 0) bytes.insert(bytes.begin(), '\0');
    return der(k_integer, bytes);
}

Error invalid(const common::Block& block, std::string_view what) {
    return {Code::invalid_argument, fmt::format("block {} {}", block.header().number(), what)};
}

}  // namespace

std::string header_bytes(const common::BlockHeader& header) {
    return der(k_sequence, der_number(header.number()) + der(k_octets, header.previous_hash()) +
                               der(k_octets, header.data_hash()));
}

crypto::Hash header_hash(const common::BlockHeader& header, crypto::HashId hash) {
    return crypto::hash(hash, as_bytes(header_bytes(header)));
}

crypto::Hash data_hash(const common::BlockData& data, crypto::HashId hash) {
    crypto::Hasher hasher(hash);
    for (const std::string& envelope : data.data()) hasher.update(as_bytes(envelope));
    return hasher.finish();
}

Status check_data(const common::Block& block, crypto::HashId hash) {
    if (equal(data_hash(block.data(), hash), as_bytes(block.header().data_hash()))) return {};
    return Error{Code::corrupted, fmt::format("the data of block {} is not what its header says",
                                              block.header().number())};
}

Result<std::vector<protos::TxValidationCode>> validation_codes(const common::Block& block) {
    const int place = common::TRANSACTIONS_FILTER;
    const auto& metadata = block.metadata().metadata();
    const auto count = static_cast<std::size_t>(block.data().data_size());
    if (metadata.size() <= place || metadata.at(place).size() != count) {
        return invalid(block, "does not say which of its transactions are valid");
    }
    std::vector<protos::TxValidationCode> codes;
    for (char code : metadata.at(place)) {
        codes.push_back(static_cast<protos::TxValidationCode>(static_cast<std::uint8_t>(code)));
    }
    return codes;
}

Result<std::uint64_t> last_config_of(const common::Block& block) {
    if (block.header().number() == 0) return std::uint64_t{0};
    if (block.metadata().metadata_size() <= common::SIGNATURES) {
        return invalid(block, "has no metadata of its orderer");
    }
    BSN_TRY(signatures,
            read_message<common::Metadata>(block.metadata().metadata(common::SIGNATURES),
                                           "metadata that orderers sign"));
    BSN_TRY(orderer, read_message<common::OrdererBlockMetadata>(signatures.value(),
                                                                "metadata that an orderer writes"));
    return orderer.last_config().index();
}

bool is_config_block(const common::Block& block) {
    if (block.data().data_size() != 1) return false;
    auto envelope = read_envelope(as_bytes(block.data().data(0)));
    return envelope && envelope->type == common::CONFIG;
}

}  // namespace bsn::framework::fabric
