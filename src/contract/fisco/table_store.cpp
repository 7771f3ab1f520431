#include "contract/fisco/table_store.hpp"

#include "base/codec.hpp"

#include <algorithm>
#include <array>

namespace bsn::contract::fisco {
namespace {

ledger::Address account() {
    ledger::Address address;
    address.data()[18] = 0x10;
    address.data()[19] = 0x01;
    return address;
}

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> parts;
    for (std::size_t end = 0; end != std::string_view::npos;) {
        end = text.find(',');
        parts.emplace_back(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return parts;
}

struct SystemTable {
    std::string_view name;
    std::string_view key_field;
    std::string_view value_fields;
};

constexpr std::array<SystemTable, 4> k_system_tables{{
    {k_sys_tables, "table_name", "key_field,value_field"},
    {k_sys_access, "table_name", "address,enable_num"},
    {k_sys_cns, "name", "version,address,abi"},
    {k_sys_config, "key", "value,enable_num"},
}};

ledger::Word hash_word(ByteView bytes) {
    return *ledger::Word::from(crypto::hash(crypto::HashId::keccak256, bytes));
}

}  // namespace

std::uint64_t bytes_of(const Fields& fields) {
    std::uint64_t sum = 0;
    for (const auto& [name, value] : fields) sum += name.size() + value.size();
    return sum;
}

bool Table::has_field(std::string_view field) const {
    return field == key_field ||
           std::find(value_fields.begin(), value_fields.end(), field) != value_fields.end();
}

Result<std::optional<Table>> TableStore::open(std::string_view name) {
    BSN_CHECK(gas_.charge(k_gas_load));
    for (const SystemTable& table : k_system_tables) {
        if (table.name == name) {
            return std::optional(
                Table{std::string(name), std::string(table.key_field), split(table.value_fields)});
        }
    }
    BSN_TRY(found, rows(k_sys_tables, name));
    if (found.empty()) return std::optional<Table>();
    Fields& fields = found.front().fields;
    return std::optional(
        Table{std::string(name), fields["key_field"], split(fields["value_field"])});
}

Result<std::vector<Row>> TableStore::rows(std::string_view table, std::string_view key) {
    const auto count = ledger::number_of_word(journal_.load(account(), slot("n", table, key)));
    std::vector<Row> rows;
    for (std::uint64_t i = 0; i < count.value_or(0); ++i) {
        BSN_CHECK(gas_.charge(k_gas_load));
        if (auto fields = read(slot("r", table, key, i))) {
            BSN_CHECK(gas_.charge_memory(bytes_of(*fields)));
            rows.push_back(Row{i, std::move(*fields)});
        }
    }
    return rows;
}

Status TableStore::append(std::string_view table, std::string_view key, const Fields& fields) {
    BSN_CHECK(gas_.charge(k_gas_store));
    const ledger::Word counter = slot("n", table, key);
    const auto count = ledger::number_of_word(journal_.load(account(), counter)).value_or(0);
    write(slot("r", table, key, count), fields);
    journal_.store(account(), counter, ledger::word_of(count + 1));
    return {};
}

Status TableStore::replace(std::string_view table, std::string_view key, const Row& row) {
    BSN_CHECK(gas_.charge(k_gas_store));
    write(slot("r", table, key, row.index), row.fields);
    return {};
}

Status TableStore::erase(std::string_view table, std::string_view key, std::uint64_t index) {
    BSN_CHECK(gas_.charge(k_gas_remove));
    const ledger::Word row = slot("r", table, key, index);
    journal_.put_blob(account(), row, {});
    journal_.store(account(), row, {});
    // Removed rows at the end are forgotten, so that a key that comes and goes stays cheap.
    const ledger::Word counter = slot("n", table, key);
    const auto count = ledger::number_of_word(journal_.load(account(), counter)).value_or(0);
    std::uint64_t left = count;
    while (left > 0 && journal_.load(account(), slot("r", table, key, left - 1)).is_zero()) {
        BSN_CHECK(gas_.charge(k_gas_load));
        --left;
    }
    if (left != count) journal_.store(account(), counter, ledger::word_of(left));
    return {};
}

ledger::Word TableStore::slot(std::string_view what, std::string_view table, std::string_view key,
                              std::uint64_t index) const {
    Writer writer;
    writer.raw(as_bytes(what));
    writer.bytes(as_bytes(table));
    writer.bytes(as_bytes(key));
    writer.u64(index);
    return hash_word(writer.view());
}

void TableStore::write(const ledger::Word& slot, const Fields& fields) {
    Writer writer;
    for (const auto& [name, value] : fields) {
        writer.bytes(as_bytes(name));
        writer.bytes(as_bytes(value));
    }
    journal_.put_blob(account(), slot, writer.view());
    journal_.store(account(), slot, hash_word(writer.view()));
}

std::optional<Fields> TableStore::read(const ledger::Word& slot) {
    if (journal_.load(account(), slot).is_zero()) return std::nullopt;
    const Bytes blob = journal_.get_blob(account(), slot);
    Reader reader(blob);
    Fields fields;
    while (reader.remaining() > 0 && !reader.failed()) {
        std::string name = to_text(reader.bytes());
        fields[std::move(name)] = to_text(reader.bytes());
    }
    return fields;
}

}  // namespace bsn::contract::fisco
