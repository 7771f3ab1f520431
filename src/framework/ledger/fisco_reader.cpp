#include "framework/ledger/fisco_reader.hpp"

#include "contract/evm/world.hpp"
#include "contract/fisco/evm_precompiles.hpp"
#include "framework/ledger/sender_of.hpp"
#include "ledger/dialect_block.hpp"
#include "ledger/ethereum/address.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::framework {
namespace {

using ledger::Address;
using ledger::Hash;
namespace evm = contract::evm;

/// How long a transaction may take to be in a block before its sender is told that nobody knows.
constexpr std::uint64_t k_submit_ms = 60'000;
/// FISCO's status of a call of an address without a contract.
constexpr std::uint32_t k_call_address_error = 26;

Error no_block(std::uint64_t height) {
    return {Code::not_found, fmt::format("there is no block {}", height)};
}

}  // namespace

FiscoReader::FiscoReader(peer::Replica& replica, const Prover& prover, Chain& chain,
                         const ordering::NodeIdentity& own, ClientLimits limits)
    : replica_(replica), prover_(prover), chain_(chain), own_(own), limits_(std::move(limits)) {
    const ledger::DialectSettings& dialect = replica.machine()->settings();
    settings_.chain_id = dialect.chain_id;
    settings_.group = dialect.group;
    settings_.suite = *replica.rules().suite;
    settings_.max_transaction_bytes = ledger::k_max_transaction_bytes;
}

Result<fisco::BlockHeader> FiscoReader::header(std::uint64_t height) const {
    if (height > this->height()) return no_block(height);
    BSN_TRY(block, replica_.blocks().dialect_block(height));
    if (!block) return no_block(height);
    BSN_TRY(header, ledger::fisco::Header::decode(block->header));
    auto signatures = own_signature(header, block->hash);
    return fisco::BlockHeader{std::move(header), block->hash, std::move(signatures)};
}

std::vector<ledger::fisco::SealerSignature> FiscoReader::own_signature(
    const ledger::fisco::Header& header, const Hash& hash) const {
    const crypto::PrivateKey& key = own_.key(settings_.suite);
    const auto point = crypto::public_point_of(key.public_key());
    if (!point) return {};
    const auto& sealers = header.sealer_list;
    const auto found = std::find(sealers.begin(), sealers.end(), *point);
    if (found == sealers.end()) return {};
    const auto index = static_cast<std::uint64_t>(found - sealers.begin());
    return {{ledger::word_of(index), ledger::fisco::sign_block(hash, key)}};
}

Result<std::uint64_t> FiscoReader::height_of(const Hash& block) const {
    BSN_TRY(height, replica_.blocks().height_of_dialect_block(block));
    if (height && *height <= this->height()) return *height;
    return Error{Code::not_found, fmt::format("there is no block 0x{}", to_hex(block))};
}

Result<std::shared_ptr<const fisco::Block>> FiscoReader::block(std::uint64_t height) const {
    return recent_.get(height, [this](std::uint64_t missing) { return load(missing); });
}

Result<std::shared_ptr<const fisco::Block>> FiscoReader::load(std::uint64_t height) const {
    BSN_TRY(head, header(height));
    BSN_TRY(ours, prover_.block(height));
    auto block = std::make_shared<fisco::Block>();
    block->header = std::move(head);
    for (std::size_t i = 0; i < ours->transactions.size(); ++i) {
        const ByteView body = ledger::Transaction::body_of(ours->transactions[i]);
        BSN_TRY(transaction, ledger::fisco::Transaction::decode(body));
        BSN_TRY(receipt, ledger::Receipt::decode(ours->block.receipts[i]));
        const Hash hash = crypto::hash(settings_.hash(), body);
        block->transactions.push_back({std::move(transaction), hash, sender_of(ours, i),
                                       ledger::fisco_receipt(receipt, settings_.hash())});
    }
    return std::shared_ptr<const fisco::Block>(std::move(block));
}

Result<fisco::TransactionPlace> FiscoReader::find_transaction(const Hash& hash) const {
    BSN_TRY(place, replica_.blocks().find(hash));
    if (!place || place->height > height()) {
        return Error{Code::not_found, "the transaction is in no certified block"};
    }
    return fisco::TransactionPlace{place->height, place->index};
}

Result<peer::CertifiedView> FiscoReader::readable_view() const {
    peer::CertifiedView view = replica_.view();
    if (view.readable) return view;
    return Error{Code::unavailable,
                 "the node has just begun with this group or restarted, and gathers the other "
                 "peers' signatures; try again"};
}

Result<fisco::CallOutcome> FiscoReader::call(const fisco::CallMessage& message) const {
    BSN_TRY(view, readable_view());
    evm::Message executed;
    executed.from = message.from;
    executed.to = message.to;
    executed.data = message.data;
    executed.value = message.value;
    const evm::Surroundings where{view.height + 1, view.time + 1, 0, [this](ledger::Height height) {
                                      return peer::dialect_hash(replica_.blocks(), height);
                                  }};
    BSN_TRY(is_contract, replica_.machine()->is_contract(message.to, view.state));
    if (!is_contract) return fisco::CallOutcome{k_call_address_error, {}};
    BSN_TRY(execution, replica_.machine()->call(where, executed, view.state));
    if (execution.status == evm::ExitStatus::inadmissible) {
        return Error{Code::invalid_argument, execution.reason};
    }
    Bytes output = execution.output;  // also where it is too long for a receipt
    const ledger::fisco::Receipt receipt =
        ledger::fisco_receipt(evm::take_receipt(execution), settings_.hash());
    return fisco::CallOutcome{receipt.status, std::move(output)};
}

Result<Bytes> FiscoReader::code(const Address& address) const {
    BSN_TRY(view, readable_view());
    evm::WorldSource source(view.state);
    BSN_TRY(account, source.account(address));
    if (!account || !account->has_code()) return Bytes{};
    return source.code(account->code_hash);
}

fisco::Nodes FiscoReader::nodes() const {
    fisco::Nodes nodes;
    const auto epoch = replica_.access().epoch();
    for (const ledger::EpochPeer& peer : epoch->peers) {
        auto point = crypto::public_point_of({epoch->suites.front(), peer.keys.front()});
        fisco::Node node{point ? *point : crypto::PublicPoint(), peer.name, {}};
        if (peer.node == own_.id()) nodes.own = node;
        nodes.sealers.push_back(std::move(node));
    }
    return nodes;
}

Result<fisco::TransactionCounts> FiscoReader::counts() const {
    fisco::TransactionCounts counts;
    counts.height = height();
    BSN_TRY(block, replica_.blocks().dialect_block(counts.height));
    if (!block) return no_block(counts.height);
    counts.total = block->transactions;
    counts.failed = block->failed;
    return counts;
}

Result<std::string> FiscoReader::system_config(std::string_view key) const {
    BSN_TRY(view, readable_view());
    BSN_TRY(set, contract::fisco::system_config_in(view.state, key, view.height + 1));
    if (set) return *set;
    if (key == "tx_gas_limit") {
        return std::to_string(replica_.machine()->settings().transaction_gas);
    }
    // What the network gives its apps: FISCO's clients ask for no more than that it is there.
    if (key == "tx_count_limit") return std::string("1000");
    if (key == "consensus_timeout") return std::string("3");
    return Error{Code::not_found, fmt::format("there is no system configuration {}", key)};
}

void FiscoReader::submit(Bytes transaction, fisco::SubmitDone done) {
    chain_.submit({ledger::Transaction::wrap(ledger::Dialect::fisco, transaction)}, k_submit_ms,
                  [this, done = std::move(done)](std::vector<Result<TransactionView>> answers) {
                      const Result<TransactionView>& answer = answers.front();
                      if (!answer && is_not_of_app(answer.error().code)) give_back_one();
                      if (!answer) return done(answer.error());
                      done(fisco::TransactionPlace{answer->height, answer->index});
                  });
}

}  // namespace bsn::framework
