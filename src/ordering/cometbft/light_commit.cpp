#include "ordering/cometbft/light_commit.hpp"

#include "crypto/ed25519.hpp"
#include "ledger/merkle.hpp"
#include "ordering/cometbft/timestamp.hpp"

#include <fmt/format.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/delimited_message_util.h>
#include <google/protobuf/wrappers.pb.h>
#include <tendermint/types/canonical.pb.h>
#include <tendermint/types/types.pb.h>
#include <tendermint/types/validator.pb.h>

#include <algorithm>
#include <set>

namespace bsn::ordering {
namespace {

namespace types = tendermint::types;
using crypto::HashId;

constexpr std::size_t k_key_bytes = 32;
constexpr std::size_t k_address_bytes = 20;
constexpr std::size_t k_max_validators = 10'000;                // CometBFT's own limit
constexpr std::uint64_t k_max_total_power = (1ULL << 63U) / 8;  // likewise

ledger::Hash sha256(ByteView bytes) { return crypto::hash(HashId::sha256, bytes); }

ledger::Hash leaf(const google::protobuf::MessageLite& message) {
    return ledger::merkle_leaf(HashId::sha256, as_bytes(message.SerializeAsString()));
}

// A field of a header is hashed as a message of its own; nothing stands for an empty one.
ledger::Hash bytes_leaf(const std::string& bytes) {
    google::protobuf::BytesValue value;
    value.set_value(bytes);
    return leaf(value);
}

ledger::Hash text_leaf(const std::string& text) {
    google::protobuf::StringValue value;
    value.set_value(text);
    return leaf(value);
}

ledger::Hash number_leaf(std::int64_t number) {
    google::protobuf::Int64Value value;
    value.set_value(number);
    return leaf(value);
}

ledger::Hash hash_of(types::Header& header) {
    // CometBFT writes this field also where all in it is empty.
    header.mutable_last_block_id()->mutable_part_set_header();
    return ledger::merkle_root(
        HashId::sha256,
        {leaf(header.version()), text_leaf(header.chain_id()), number_leaf(header.height()),
         leaf(header.time()), leaf(header.last_block_id()), bytes_leaf(header.last_commit_hash()),
         bytes_leaf(header.data_hash()), bytes_leaf(header.validators_hash()),
         bytes_leaf(header.next_validators_hash()), bytes_leaf(header.consensus_hash()),
         bytes_leaf(header.app_hash()), bytes_leaf(header.last_results_hash()),
         bytes_leaf(header.evidence_hash()), bytes_leaf(header.proposer_address())});
}

ledger::Hash hash_of(const std::vector<Bytes>& transactions) {
    std::vector<ledger::Hash> leaves;
    leaves.reserve(transactions.size());
    for (const Bytes& transaction : transactions) {
        leaves.push_back(ledger::merkle_leaf(HashId::sha256, sha256(transaction)));
    }
    return ledger::merkle_root(HashId::sha256, leaves);
}

template <typename Message>
Result<Message> parse(ByteView bytes, std::size_t most, const char* what) {
    if (bytes.size() > most) {
        return Error{Code::too_large,
                     fmt::format("{} of {} bytes, at most {} allowed", what, bytes.size(), most)};
    }
    Message message;
    if (message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return message;
    return Error{Code::invalid_argument, fmt::format("{} is malformed", what)};
}

Status check_size(const std::vector<Bytes>& transactions) {
    std::size_t bytes = 0;
    for (const Bytes& transaction : transactions) bytes += transaction.size();
    if (transactions.size() <= k_max_transactions && bytes <= k_max_transactions_bytes) return {};
    return Error{Code::too_large, fmt::format("{} transactions of {} bytes, at most {} of {} "
                                              "allowed",
                                              transactions.size(), bytes, k_max_transactions,
                                              k_max_transactions_bytes)};
}

/// What the validators sign: the same for all, but for the time.
types::CanonicalVote vote_of(const types::Header& header, const types::Commit& commit) {
    types::CanonicalVote vote;
    vote.set_type(types::SIGNED_MSG_TYPE_PRECOMMIT);
    vote.set_height(commit.height());
    vote.set_round(commit.round());
    vote.mutable_block_id()->set_hash(commit.block_id().hash());
    auto* parts = vote.mutable_block_id()->mutable_part_set_header();
    parts->set_total(commit.block_id().part_set_header().total());
    parts->set_hash(commit.block_id().part_set_header().hash());
    vote.set_chain_id(header.chain_id());
    return vote;
}

std::string signed_bytes(types::CanonicalVote& vote, const types::CommitSig& signature) {
    *vote.mutable_timestamp() = signature.timestamp();
    std::string bytes;
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::util::SerializeDelimitedToZeroCopyStream(vote, &stream);
    return bytes;
}

/// That more than two thirds of the power signed. A signature stands at its validator's place, so
/// none counts twice; what does not verify does not count.
Status check_signatures(const types::Header& header, const types::Commit& commit,
                        const ValidatorSet& validators) {
    const auto& members = validators.members();
    if (static_cast<std::size_t>(commit.signatures_size()) != members.size()) {
        return Error{Code::bad_signature, fmt::format("a commit of {} places, of {} validators",
                                                      commit.signatures_size(), members.size())};
    }
    const std::uint64_t needed =
        validators.total_power() / 3 * 2 + validators.total_power() % 3 * 2 / 3 + 1;
    types::CanonicalVote vote = vote_of(header, commit);
    std::uint64_t signed_power = 0;
    for (std::size_t i = 0; i < members.size() && signed_power < needed; ++i) {
        const types::CommitSig& signature = commit.signatures(static_cast<int>(i));
        if (signature.block_id_flag() != types::BLOCK_ID_FLAG_COMMIT) continue;
        if (!equal(as_bytes(signature.validator_address()), members[i].address)) continue;
        if (!crypto::verify_ed25519(members[i].validator.key,
                                    as_bytes(signed_bytes(vote, signature)),
                                    as_bytes(signature.signature()))) {
            continue;
        }
        signed_power += members[i].validator.power;
    }
    if (signed_power >= needed) return {};
    return Error{Code::bad_signature,
                 fmt::format("validators of power {} of {} signed it, {} are needed", signed_power,
                             validators.total_power(), needed)};
}

Status check_commit(const types::Header& header, const ledger::Hash& hash,
                    const types::Commit& commit, const ValidatorSet& validators) {
    if (!equal(as_bytes(header.validators_hash()), validators.hash())) {
        return Error{Code::bad_signature, "it is of other validators than this node knows"};
    }
    if (commit.height() != header.height()) {
        return Error{Code::bad_signature,
                     fmt::format("the commit is of height {}", commit.height())};
    }
    if (!equal(as_bytes(commit.block_id().hash()), hash)) {
        return Error{Code::bad_signature, "the commit is of another block"};
    }
    return check_signatures(header, commit, validators);
}

Result<ledger::Hash> hash_in(const std::string& field, const char* name) {
    auto hash = ledger::Hash::from(as_bytes(field));
    if (hash) return hash;
    return hash.error().within(fmt::format("{} of the header", name));
}

}  // namespace

Result<ValidatorSet> ValidatorSet::of(std::vector<Validator> validators) {
    if (validators.empty() || validators.size() > k_max_validators) {
        return Error{Code::invalid_argument, fmt::format("{} validators, not 1 to {}",
                                                         validators.size(), k_max_validators)};
    }
    ValidatorSet set;
    std::set<Bytes> keys;
    for (Validator& one : validators) {
        const bool good = one.key.size() == k_key_bytes && keys.insert(one.key).second &&
                          one.power > 0 && one.power <= k_max_total_power;
        if (!good || (set.total_power_ += one.power) > k_max_total_power) {
            return Error{Code::invalid_argument,
                         fmt::format("validator {} with power {}: a key of {} bytes that comes "
                                     "once, and a power within the limit are needed",
                                     to_hex(one.key), one.power, k_key_bytes)};
        }
        Bytes address = to_bytes(ByteView(sha256(one.key)).first(k_address_bytes));
        set.members_.push_back({std::move(address), std::move(one)});
    }
    std::sort(set.members_.begin(), set.members_.end(), [](const Member& a, const Member& b) {
        if (a.validator.power != b.validator.power) return a.validator.power > b.validator.power;
        return a.address < b.address;
    });
    std::vector<ledger::Hash> leaves;
    for (const Member& member : set.members_) {
        types::SimpleValidator simple;
        simple.mutable_pub_key()->set_ed25519(to_text(member.validator.key));
        simple.set_voting_power(static_cast<std::int64_t>(member.validator.power));
        leaves.push_back(leaf(simple));
    }
    set.hash_ = ledger::merkle_root(HashId::sha256, leaves);
    return set;
}

std::string chain_id_of(const ledger::NetworkId& network) {
    return "bsn-" + to_hex(ByteView(network).first(16));
}

Result<ledger::Hash> header_hash(ByteView header) {
    BSN_TRY(parsed, parse<types::Header>(header, k_max_header_bytes, "a header"));
    return hash_of(parsed);
}

Result<AgreedBlock> verify_block(SignedBlock block, const std::string& chain_id,
                                 std::uint64_t height, const ValidatorSet& validators) {
    BSN_TRY(header, parse<types::Header>(block.header, k_max_header_bytes, "a header"));
    BSN_TRY(commit, parse<types::Commit>(block.commit, k_max_commit_bytes, "a commit"));
    BSN_CHECK(check_size(block.transactions));
    if (header.chain_id() != chain_id) {
        return Error{Code::invalid_argument, fmt::format("a block of chain \"{}\", ours is {}",
                                                         header.chain_id(), chain_id)};
    }
    if (header.height() <= 0 || static_cast<std::uint64_t>(header.height()) != height) {
        return Error{
            Code::invalid_argument,
            fmt::format("a block of height {} where {} was expected", header.height(), height)};
    }
    const ledger::Hash hash = hash_of(header);
    BSN_CHECK(check_commit(header, hash, commit, validators));
    if (!equal(as_bytes(header.data_hash()), hash_of(block.transactions))) {
        return Error{Code::bad_signature, "its transactions are not those of its header"};
    }
    AgreedBlock agreed;
    agreed.height = height;
    agreed.time = millis_of(header.time());
    BSN_TRY(app_hash, hash_in(header.app_hash(), "the application hash"));
    agreed.app_hash = app_hash;
    BSN_TRY(next, hash_in(header.next_validators_hash(), "the hash of the next validators"));
    agreed.next_validators = next;
    agreed.transactions = std::move(block.transactions);
    return agreed;
}

}  // namespace bsn::ordering
