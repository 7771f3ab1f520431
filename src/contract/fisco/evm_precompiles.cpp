#include "contract/fisco/evm_precompiles.hpp"

#include "crypto/hash.hpp"

#include <map>

namespace bsn::contract::fisco {
namespace {

using ledger::Address;
using ledger::Hash;
using ledger::Word;

/// The EVM's journal as the contracts see it: what cannot be read is noted, and ends the message
/// after the call.
class Bridge final : public Journal {
  public:
    Bridge(evm::Journal& journal, evm::KeptBytes& kept) : journal_(journal), kept_(kept) {}

    Word load(const Address& account, const Word& slot) override {
        return noted(journal_.load(account, slot));
    }
    void store(const Address& account, const Word& slot, const Word& word) override {
        if (Status stored = journal_.store(account, slot, word); !stored) note(stored.error());
    }
    Bytes get_blob(const Address& account, const Word& slot) override {
        const Hash hash = *Hash::from(load(account, slot));
        if (auto found = kept_.find(hash); found != kept_.end()) return found->second;
        return noted(journal_.bytes(hash));
    }
    void put_blob(const Address&, const Word&, ByteView bytes) override {
        kept_[crypto::hash(crypto::HashId::keccak256, bytes)] = to_bytes(bytes);
    }
    bool has_code(const Address& account) override {
        return noted(journal_.presence(account)) == evm::Presence::contract;
    }
    bool exists(const Address& account) override {
        return noted(journal_.presence(account)) != evm::Presence::none;
    }

    const std::optional<Error>& failure() const { return failure_; }

  private:
    void note(const Error& error) {
        if (!failure_) failure_ = error;
    }
    template <typename Value>
    Value noted(Result<Value> result) {
        if (result) return std::move(*result);
        note(result.error());
        return {};
    }

    evm::Journal& journal_;
    evm::KeptBytes& kept_;
    std::optional<Error> failure_;
};

/// A state that is only read.
class ReadJournal final : public Journal {
  public:
    explicit ReadJournal(const ledger::StateReader& state) : source_(state) {}

    Word load(const Address& account, const Word& slot) override {
        return noted(source_.slot(account, slot));
    }
    void store(const Address&, const Word&, const Word&) override {}
    Bytes get_blob(const Address& account, const Word& slot) override {
        return noted(source_.code(*Hash::from(load(account, slot))));
    }
    void put_blob(const Address&, const Word&, ByteView) override {}
    bool has_code(const Address&) override { return false; }
    bool exists(const Address&) override { return false; }

    const std::optional<Error>& failure() const { return failure_; }

  private:
    template <typename Value>
    Value noted(Result<Value> result) {
        if (result) return std::move(*result);
        if (!failure_) failure_ = result.error();
        return {};
    }

    evm::WorldSource source_;
    std::optional<Error> failure_;
};

class Session final : public evm::Precompiles {
  public:
    Session(const Settings& settings, Offer offer) : precompiles_(settings), offer_(offer) {}

    bool owns(const Address& address) override {
        if (offer_ == Offer::names_only) return address == name_service_address();
        return precompiles_.has(address);
    }
    Result<evm::PrecompileOutcome> run(const evm::PrecompileCall& call,
                                       evm::Journal& journal) override {
        Bridge bridge(journal, kept_);
        const CallResult result = precompiles_.call(
            bridge, {call.address, call.caller, call.origin, call.input, call.gas, call.is_static});
        if (bridge.failure()) return *bridge.failure();
        evm::PrecompileOutcome outcome;
        outcome.gas_used = result.gas_used;
        outcome.output = result.output;
        switch (result.end) {
            case CallResult::End::success: outcome.status = evm::ExitStatus::success; break;
            case CallResult::End::reverted: outcome.status = evm::ExitStatus::reverted; break;
            case CallResult::End::out_of_gas: outcome.status = evm::ExitStatus::halted; break;
        }
        return outcome;
    }
    evm::KeptBytes kept() const override { return kept_; }

  private:
    fisco::Precompiles precompiles_;
    const Offer offer_;
    evm::KeptBytes kept_;
};

}  // namespace

evm::MakePrecompiles evm_precompiles(const Settings& settings, Offer offer) {
    return [settings, offer] { return std::make_unique<Session>(settings, offer); };
}

Result<std::optional<std::string>> system_config_in(const ledger::StateReader& state,
                                                    std::string_view key, std::uint64_t height) {
    ReadJournal journal(state);
    std::optional<std::string> value = system_config(journal, key, height);
    if (journal.failure()) return *journal.failure();
    return value;
}

ledger::Address name_service_address() {
    Address address;
    address.data()[18] = 0x10;
    address.data()[19] = 0x04;
    return address;
}

}  // namespace bsn::contract::fisco
