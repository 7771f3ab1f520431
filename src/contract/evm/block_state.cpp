#include "contract/evm/block_state.hpp"

#include "crypto/random.hpp"
#include "ledger/ethereum/account.hpp"

#include <algorithm>
#include <tuple>

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

KeyId key_id(const Address& address) {
    const auto& seed = seeds();
    const std::uint8_t* bytes = address.data();
    return mix(mix(load64(bytes) ^ seed[0], load64(bytes + 8) ^ seed[1]),
               load64(bytes + 12) ^ seed[2]);
}

KeyId key_id(const Address& address, const Word& slot) {
    const auto& seed = seeds();
    const std::uint8_t* bytes = slot.data();
    const KeyId of_slot = mix(load64(bytes) ^ seed[0], load64(bytes + 8) ^ seed[1]) ^
                          mix(load64(bytes + 16) ^ seed[2], load64(bytes + 24) ^ seed[3]);
    return mix(key_id(address) ^ seed[3], of_slot ^ seed[2]);
}

const Layer::AccountValue* Layer::find_account(const Address& address) const {
    const auto found = accounts_.find(address);
    return found == accounts_.end() ? nullptr : &found->second;
}

bool Layer::is_wiped(const Address& address, Version version) const {
    if (wiped_.empty()) return false;
    const auto wiped = wiped_.find(address);
    return wiped != wiped_.end() && version < wiped->second;
}

std::optional<Versioned<Word>> Layer::find_slot(const Address& address, const Word& slot) const {
    const auto found = slots_.find(SlotKey{address, slot});
    if (found != slots_.end() && !is_wiped(address, found->second.version)) return found->second;
    if (wiped_.empty()) return std::nullopt;
    const auto wiped = wiped_.find(address);
    if (wiped == wiped_.end()) return std::nullopt;
    return Versioned<Word>{Word{}, wiped->second};
}

const Bytes* Layer::find_code(const Hash& hash) const {
    const auto found = code_.find(hash);
    return found == code_.end() ? nullptr : &found->second;
}

void Layer::put_account(const Address& address, const std::optional<Account>& account,
                        Version version) {
    accounts_.insert_or_assign(address, AccountValue{account, version});
}

void Layer::put_slot(const Address& address, const Word& slot, const Word& value, Version version) {
    slots_.insert_or_assign(SlotKey{address, slot}, Versioned<Word>{value, version});
}

void Layer::wipe(const Address& address, Version version) {
    wiped_.insert_or_assign(address, version);
}

ledger::StateEntries Layer::entries() const {
    // Sorted first: then each is put at the end of the map.
    const auto written = [](const auto& map) {
        std::vector<const typename std::decay_t<decltype(map)>::value_type*> list;
        list.reserve(map.size());
        for (const auto& entry : map) {
            if (entry.second.version != 0) list.push_back(&entry);
        }
        return list;
    };
    auto accounts = written(accounts_);
    std::sort(accounts.begin(), accounts.end(),
              [](const auto* a, const auto* b) { return a->first < b->first; });
    auto slots = written(slots_);
    std::sort(slots.begin(), slots.end(), [](const auto* a, const auto* b) {
        return std::tie(a->first.address, a->first.slot) <
               std::tie(b->first.address, b->first.slot);
    });
    using namespace ledger::ethereum;
    ledger::StateEntries made;
    const auto put = [&](Bytes key, std::optional<Bytes> value) {
        made.emplace_hint(made.end(), std::move(key), std::move(value));
    };
    for (const auto* entry : accounts) {
        const auto& account = entry->second.value;
        put(account_key(entry->first),
            account ? std::optional<Bytes>(account->encode()) : std::nullopt);
    }
    for (const auto& [hash, code] : code_) made.emplace(code_key(hash), code);
    for (const auto* entry : slots) {
        const auto& [value, version] = entry->second;
        if (is_wiped(entry->first.address, version)) continue;
        put(slot_key(entry->first.address, entry->first.slot),
            value.is_zero() ? std::nullopt : std::optional<Bytes>(encode_slot(value)));
    }
    return made;
}

std::vector<KeyId> changed_ids(const Execution& execution) {
    std::vector<KeyId> ids;
    std::size_t count = execution.changes.size();
    for (const Change& change : execution.changes) count += change.slots.size();
    ids.reserve(count);
    for (const Change& change : execution.changes) {
        if (change.written) ids.push_back(key_id(change.address));
        for (const auto& [slot, value] : change.slots) {
            ids.push_back(key_id(change.address, slot));
        }
    }
    return ids;
}

void BlockState::apply(const Execution& execution, const std::vector<KeyId>& ids, Version version,
                       std::size_t part) {
    Layer& layer = parts_[part];
    if (part == 0) {
        for (const auto& [hash, bytes] : execution.kept) layer.put_code(hash, bytes);
    }
    auto id = ids.begin();
    for (const Change& change : execution.changes) {
        if (change.destroyed) layer.wipe(change.address, version);
        if (change.code && part == 0) layer.put_code(change.account->code_hash, *change.code);
        if (change.written && *id++ % parts() == part) {
            layer.put_account(change.address, change.account, version);
        }
        for (const auto& [slot, value] : change.slots) {
            if (*id++ % parts() == part) layer.put_slot(change.address, slot, value, version);
        }
    }
}

Status BlockState::write_wiped(ledger::StateOverlay& state) const {
    for (const auto& [address, version] : parts_.front().wiped()) {
        BSN_CHECK(erase_slots(address, state));
    }
    return {};
}

void apply(const Execution& execution, Version version, Layer& layer) {
    for (const auto& [hash, bytes] : execution.kept) layer.put_code(hash, bytes);
    for (const Change& change : execution.changes) {
        if (change.destroyed) layer.wipe(change.address, version);
        if (change.code) layer.put_code(change.account->code_hash, *change.code);
        if (change.written) layer.put_account(change.address, change.account, version);
        for (const auto& [slot, value] : change.slots) {
            layer.put_slot(change.address, slot, value, version);
        }
    }
}

Result<std::optional<Account>> CommittedSource::account(const Address& address) {
    if (const auto* known = committed_.find_account(address)) return known->value;
    BSN_TRY(account, WorldSource(Peek(below_)).account(address));
    committed_.put_account(address, account, 0);
    return std::move(account);
}

Result<Bytes> CommittedSource::code(const Hash& hash) {
    if (const Bytes* known = committed_.find_code(hash)) return *known;
    return WorldSource(Peek(below_)).code(hash);
}

Result<Word> CommittedSource::slot(const Address& address, const Word& slot) {
    if (const auto known = committed_.find_slot(address, slot)) return known->value;
    BSN_TRY(value, WorldSource(Peek(below_)).slot(address, slot));
    committed_.put_slot(address, slot, value, 0);
    return value;
}

Result<std::optional<Account>> EarlySource::account(const Address& address) {
    const KeyId id = key_id(address);
    if (const auto* known = group_ != nullptr ? group_->find_account(address) : nullptr) {
        reads_.push_back({id, known->version});
        return known->value;
    }
    reads_.push_back({id, 0});
    if (const auto* known = committed_.find_account(address)) return known->value;
    if (const auto* known = cache_.find_account(address)) return known->value;
    BSN_TRY(account, WorldSource(Peek(below_)).account(address));
    cache_.put_account(address, account, 0);
    return std::move(account);
}

Result<Bytes> EarlySource::code(const Hash& hash) {
    if (const Bytes* known = group_ != nullptr ? group_->find_code(hash) : nullptr) return *known;
    if (const Bytes* known = committed_.find_code(hash)) return *known;
    return WorldSource(Peek(below_)).code(hash);
}

Result<Word> EarlySource::slot(const Address& address, const Word& slot) {
    const KeyId id = key_id(address, slot);
    if (const auto known = group_ != nullptr ? group_->find_slot(address, slot) : std::nullopt) {
        reads_.push_back({id, known->version});
        return known->value;
    }
    reads_.push_back({id, 0});
    if (const auto known = committed_.find_slot(address, slot)) return known->value;
    if (const auto known = cache_.find_slot(address, slot)) return known->value;
    BSN_TRY(value, WorldSource(Peek(below_)).slot(address, slot));
    cache_.put_slot(address, slot, value, 0);
    return value;
}

}  // namespace bsn::contract::evm
