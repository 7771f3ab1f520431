#pragma once
// Blocks as validators of CometBFT sign them, made here. Whether CometBFT makes them so, the
// recorded ones of tests/vectors/commits.json show.

#include "crypto/ed25519.hpp"
#include "ledger/merkle.hpp"
#include "ordering/cometbft/light_commit.hpp"

#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/delimited_message_util.h>
#include <openssl/evp.h>
#include <tendermint/types/canonical.pb.h>
#include <tendermint/types/types.pb.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace bsn::testing {

inline Bytes sign_ed25519(const crypto::Ed25519Key& key, ByteView message) {
    const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> evp(
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, key.seed.data(), key.seed.size()),
        EVP_PKEY_free);
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                     EVP_MD_CTX_free);
    Bytes signature(64);
    std::size_t size = signature.size();
    EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, evp.get());
    EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size());
    return signature;
}

/// Validators with their private keys; equal power unless told otherwise.
struct SigningValidators {
    std::vector<crypto::Ed25519Key> keys;
    std::vector<std::uint64_t> powers;

    explicit SigningValidators(std::size_t count) : powers(count, 1) {
        for (std::size_t i = 0; i < count; ++i) keys.push_back(crypto::make_ed25519_key());
    }
    /// Ascending by key.
    std::vector<ordering::Validator> validators() const {
        std::vector<ordering::Validator> all;
        for (std::size_t i = 0; i < keys.size(); ++i) {
            all.push_back({to_bytes(ByteView(keys[i].public_key)), powers[i]});
        }
        std::sort(all.begin(), all.end());
        return all;
    }
    ordering::ValidatorSet set() const { return *ordering::ValidatorSet::of(validators()); }
    const crypto::Ed25519Key& key_of(ByteView public_key) const {
        return *std::find_if(keys.begin(), keys.end(), [&](const crypto::Ed25519Key& one) {
            return equal(ByteView(one.public_key), public_key);
        });
    }
};

/// What a block is made of.
struct BlockPlan {
    std::string chain_id;
    std::uint64_t height = 1;
    UnixMillis time = 1'800'000'000'000;
    std::vector<Bytes> transactions = {};
    ledger::Hash app_hash = {};
    ledger::Hash next_validators = {};
    std::size_t absent = 0;  ///< so many validators, the first ones of the set, did not sign
};

/// Signs the block of a header: as many places as there are validators.
inline tendermint::types::Commit sign_header(const tendermint::types::Header& header,
                                             const SigningValidators& signers,
                                             std::size_t absent = 0) {
    namespace types = tendermint::types;
    const ordering::ValidatorSet set = signers.set();
    types::Commit commit;
    commit.set_height(header.height());
    commit.set_round(1);
    const auto hash = *ordering::header_hash(as_bytes(header.SerializeAsString()));
    commit.mutable_block_id()->set_hash(to_text(hash));
    commit.mutable_block_id()->mutable_part_set_header()->set_total(1);
    commit.mutable_block_id()->mutable_part_set_header()->set_hash(std::string(32, 'p'));
    for (std::size_t i = 0; i < set.members().size(); ++i) {
        types::CommitSig& place = *commit.add_signatures();
        place.set_block_id_flag(types::BLOCK_ID_FLAG_ABSENT);
        if (i < absent) continue;
        types::CanonicalVote vote;
        vote.set_type(types::SIGNED_MSG_TYPE_PRECOMMIT);
        vote.set_height(header.height());
        vote.set_round(1);
        vote.mutable_block_id()->set_hash(commit.block_id().hash());
        vote.mutable_block_id()->mutable_part_set_header()->set_total(1);
        vote.mutable_block_id()->mutable_part_set_header()->set_hash(std::string(32, 'p'));
        vote.mutable_timestamp()->set_seconds(1'800'000'000 + static_cast<int>(i));
        vote.set_chain_id(header.chain_id());
        std::string bytes;
        {
            google::protobuf::io::StringOutputStream stream(&bytes);
            google::protobuf::util::SerializeDelimitedToZeroCopyStream(vote, &stream);
        }
        const auto& member = set.members()[i];
        place.set_block_id_flag(types::BLOCK_ID_FLAG_COMMIT);
        place.set_validator_address(to_text(member.address));
        *place.mutable_timestamp() = vote.timestamp();
        place.set_signature(
            to_text(sign_ed25519(signers.key_of(member.validator.key), as_bytes(bytes))));
    }
    return commit;
}

inline ordering::SignedBlock make_signed_block(const BlockPlan& plan,
                                               const SigningValidators& signers) {
    using crypto::HashId;
    tendermint::types::Header header;
    header.mutable_version()->set_block(11);
    header.mutable_version()->set_app(1);
    header.set_chain_id(plan.chain_id);
    header.set_height(static_cast<std::int64_t>(plan.height));
    header.mutable_time()->set_seconds(static_cast<std::int64_t>(plan.time / 1000));
    header.mutable_time()->set_nanos(static_cast<std::int32_t>(plan.time % 1000) * 1'000'000);
    std::vector<ledger::Hash> leaves;
    for (const Bytes& transaction : plan.transactions) {
        leaves.push_back(
            ledger::merkle_leaf(HashId::sha256, crypto::hash(HashId::sha256, transaction)));
    }
    header.set_data_hash(to_text(ledger::merkle_root(HashId::sha256, leaves)));
    header.set_validators_hash(to_text(signers.set().hash()));
    header.set_next_validators_hash(to_text(plan.next_validators));
    header.set_app_hash(to_text(plan.app_hash));
    ordering::SignedBlock block;
    block.header = to_bytes(header.SerializeAsString());
    block.commit = to_bytes(sign_header(header, signers, plan.absent).SerializeAsString());
    block.transactions = plan.transactions;
    return block;
}

}  // namespace bsn::testing
