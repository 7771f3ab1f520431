#include "contract/evm/block_state.hpp"

#include "crypto/random.hpp"

#include <algorithm>

namespace bsn::contract::evm {
namespace {

/// Reads the overlay as many threads may.
class Peek final : public ledger::StateReader {
  public:
    explicit Peek(const ledger::StateOverlay& below) : below_(below) {}
    Result<std::optional<Bytes>> get(std::string_view contract, ByteView key) const override {
        return below_.peek(contract, key);
    }
    Status scan(std::string_view contract, ByteView prefix, ByteView start,
                const Visitor& visit) const override {
        return below_.scan(contract, prefix, start, visit);
    }

  private:
    const ledger::StateOverlay& below_;
};

std::uint64_t load64(const std::uint8_t* bytes) {
    std::uint64_t number = 0;
    std::memcpy(&number, bytes, sizeof number);
    return number;
}

__extension__ using Wide = unsigned __int128;

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
    const Wide product = Wide{a} * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

/// Makes the order of chains unpredictable; no result depends on it.
const std::array<std::uint64_t, 4>& seeds() {
    static const std::array<std::uint64_t, 4> seeds = [] {
        std::array<std::uint8_t, 32> bytes{};
        crypto::fill_random(bytes);
        std::array<std::uint64_t, 4> made{};
        for (std::size_t i = 0; i < made.size(); ++i) made[i] = load64(bytes.data() + 8 * i) | 1U;
        return made;
    }();
    return seeds;
}

}  // namespace

std::size_t KeyHash::operator()(const Address& address) const {
    const auto& seed = seeds();
    const std::uint8_t* bytes = address.data();
    return mix(mix(load64(bytes) ^ seed[0], load64(bytes + 8) ^ seed[1]),
               load64(bytes + 12) ^ seed[2]);
}

std::size_t KeyHash::operator()(const Word& word) const {
    const auto& seed = seeds();
    const std::uint8_t* bytes = word.data();
    return mix(load64(bytes) ^ seed[0], load64(bytes + 8) ^ seed[1]) ^
           mix(load64(bytes + 16) ^ seed[2], load64(bytes + 24) ^ seed[3]);
}

const Layer::AccountValue* Layer::find_account(const Address& address) const {
    if (entries_.empty()) return nullptr;
    const auto found = entries_.find(address);
    if (found == entries_.end() || !found->second.account) return nullptr;
    return &*found->second.account;
}

std::optional<Versioned<Word>> Layer::find_slot(const Address& address, const Word& slot) const {
    if (entries_.empty()) return std::nullopt;
    const auto found = entries_.find(address);
    if (found == entries_.end()) return std::nullopt;
    const Entry& entry = found->second;
    const auto value = entry.slots.find(slot);
    if (value != entry.slots.end()) return value->second;
    if (entry.wiped) return Versioned<Word>{Word{}, *entry.wiped};
    return std::nullopt;
}

const Bytes* Layer::find_code(const Hash& hash) const {
    const auto found = code_.find(hash);
    return found == code_.end() ? nullptr : &found->second;
}

void Layer::put_account(const Address& address, const std::optional<Account>& account,
                        Version version) {
    entries_[address].account = AccountValue{account, version};
}

void Layer::put_slot(const Address& address, const Word& slot, const Word& value, Version version) {
    entries_[address].slots.insert_or_assign(slot, Versioned<Word>{value, version});
}

void Layer::apply(const Execution& execution, Version version) {
    for (const auto& [hash, bytes] : execution.kept) code_.try_emplace(hash, bytes);
    for (const Change& change : execution.changes) {
        Entry& entry = entries_[change.address];
        if (change.destroyed) {
            entry.slots.clear();
            entry.wiped = version;
        }
        if (change.code) code_.try_emplace(change.account->code_hash, *change.code);
        if (change.written) entry.account = AccountValue{change.account, version};
        for (const auto& [slot, value] : change.slots) {
            entry.slots.insert_or_assign(slot, Versioned<Word>{value, version});
        }
    }
}

void Layer::clear() {
    entries_.clear();
    code_.clear();
}

Status Layer::write(ledger::StateOverlay& state) const {
    for (const auto& [hash, code] : code_) put_code(hash, code, state);
    // Ascending, as the overlay keeps them: its tree is then walked once, and not at random.
    std::vector<const std::pair<const Address, Entry>*> ascending;
    ascending.reserve(entries_.size());
    for (const auto& entry : entries_) ascending.push_back(&entry);
    std::sort(ascending.begin(), ascending.end(),
              [](const auto* a, const auto* b) { return a->first < b->first; });
    for (const auto* at : ascending) {
        const auto& [address, entry] = *at;
        if (entry.wiped) BSN_CHECK(erase_slots(address, state));
        if (entry.account && entry.account->version != 0) {
            evm::put_account(address, entry.account->value, state);
        }
        for (const auto& [slot, value] : entry.slots) {
            if (value.version != 0) evm::put_slot(address, slot, value.value, state);
        }
    }
    return {};
}

Result<std::optional<Account>> CommittedSource::account(const Address& address) {
    if (const auto* known = layer_.find_account(address)) return known->value;
    BSN_TRY(account, WorldSource(Peek(below_)).account(address));
    layer_.put_account(address, account, 0);
    return std::move(account);
}

Result<Bytes> CommittedSource::code(const Hash& hash) {
    if (const Bytes* known = layer_.find_code(hash)) return *known;
    return WorldSource(Peek(below_)).code(hash);
}

Result<Word> CommittedSource::slot(const Address& address, const Word& slot) {
    if (const auto known = layer_.find_slot(address, slot)) return known->value;
    BSN_TRY(value, WorldSource(Peek(below_)).slot(address, slot));
    layer_.put_slot(address, slot, value, 0);
    return value;
}

bool still_true(const std::vector<Read>& reads, const Layer& layer) {
    for (const Read& read : reads) {
        Version now = 0;
        if (read.slot) {
            if (const auto value = layer.find_slot(read.address, *read.slot)) now = value->version;
        } else if (const auto* account = layer.find_account(read.address)) {
            now = account->version;
        }
        if (now != read.version) return false;
    }
    return true;
}

Result<std::optional<Account>> EarlySource::account(const Address& address) {
    for (const Layer* layer : {&group_, &committed_, static_cast<const Layer*>(&cache_)}) {
        if (const auto* known = layer->find_account(address)) {
            reads_.push_back({address, std::nullopt, known->version});
            return known->value;
        }
    }
    BSN_TRY(account, WorldSource(Peek(below_)).account(address));
    cache_.put_account(address, account, 0);
    reads_.push_back({address, std::nullopt, 0});
    return std::move(account);
}

Result<Bytes> EarlySource::code(const Hash& hash) {
    for (const Layer* layer : {&group_, &committed_}) {
        if (const Bytes* known = layer->find_code(hash)) return *known;
    }
    return WorldSource(Peek(below_)).code(hash);
}

Result<Word> EarlySource::slot(const Address& address, const Word& slot) {
    for (const Layer* layer : {&group_, &committed_, static_cast<const Layer*>(&cache_)}) {
        if (const auto known = layer->find_slot(address, slot)) {
            reads_.push_back({address, slot, known->version});
            return known->value;
        }
    }
    BSN_TRY(value, WorldSource(Peek(below_)).slot(address, slot));
    cache_.put_slot(address, slot, value, 0);
    reads_.push_back({address, slot, 0});
    return value;
}

}  // namespace bsn::contract::evm
