// Signed blocks of CometBFT: as they come from another node (protobuf), and as our own CometBFT's
// RPC answers them (JSON).
#include "fuzz/laws.hpp"
#include "ordering/cometbft/rpc_block.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace bsn::fuzz {
namespace {

using nlohmann::json;
using ordering::SignedBlock;

/// The recorded network, whose validators' keys nobody has here.
struct World {
    std::string chain_id;
    std::vector<ordering::Validator> keys;
    std::vector<std::pair<std::uint64_t, SignedBlock>> blocks;
};

const World& world() {
    static const World k_world = [] {
        const json recorded = json::parse(read_test_file("vectors/commits.json"));
        World made{recorded.at("chain_id"), {}, {}};
        for (const json& one : recorded.at("validators")) {
            made.keys.push_back({*from_hex(one.at("key").get<std::string>()), one.at("power")});
        }
        for (const json& one : recorded.at("blocks")) {
            made.blocks.emplace_back(one.at("height"),
                                     *ordering::signed_block_of(one.at("block").at("result"),
                                                                one.at("commit").at("result")));
        }
        return made;
    }();
    return k_world;
}

/// Nobody can make another block that is believed: only the recorded ones are, whatever their
/// commits' bytes are.
void check_block(const SignedBlock& block) {
    static const ordering::ValidatorSet k_validators = *ordering::ValidatorSet::of(world().keys);
    for (const auto& [height, genuine] : world().blocks) {
        auto believed = ordering::verify_block(block, world().chain_id, height, k_validators);
        if (!believed) {
            check_refusal(believed.error());
            continue;
        }
        law(believed->transactions == genuine.transactions, "nobody adds or takes transactions");
        law(*ordering::header_hash(block.header) == *ordering::header_hash(genuine.header),
            "nobody makes another header");
    }
}

void check_answers(std::string_view text) {
    const json parsed = json::parse(text, nullptr, false);
    if (!parsed.is_object()) return;
    auto block =
        ordering::signed_block_of(parsed.value("block", json()), parsed.value("commit", json()));
    if (block) {
        check_block(*block);
    } else {
        check_refusal(block.error());
    }
}

}  // namespace

// A JSON, or: length of the header in two bytes, header, likewise the commit, one transaction. A
// length of 65535 takes that part of a recorded block instead.
void run(ByteView input) {
    check_answers(as_text(input));
    Choices choices(input);
    const SignedBlock& genuine = world().blocks[choices.below(world().blocks.size())].second;
    auto part = [&](const Bytes& otherwise) {
        const std::size_t length = choices.u16();
        return length == 65'535 ? otherwise : to_bytes(choices.take(length));
    };
    SignedBlock block;
    block.header = part(genuine.header);
    block.commit = part(genuine.commit);
    block.transactions = genuine.transactions;
    if (!choices.rest().empty()) block.transactions.push_back(to_bytes(choices.rest()));
    check_block(block);
}

}  // namespace bsn::fuzz
