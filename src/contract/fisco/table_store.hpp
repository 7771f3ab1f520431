#pragma once
// Tables in journaled slots: rows by table and key, in the order in which they were inserted.

#include "contract/fisco/gas.hpp"
#include "contract/fisco/journal.hpp"
#include "crypto/hash.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bsn::contract::fisco {

/// The fields of a row, in the order of their names.
using Fields = std::map<std::string, std::string, std::less<>>;

/// The bytes of all names and values.
std::uint64_t bytes_of(const Fields& fields);

/// A table's name, with its prefix, and what its rows have.
struct Table {
    std::string name;
    std::string key_field;
    std::vector<std::string> value_fields;

    /// True if its rows may have the field.
    bool has_field(std::string_view field) const;
};

/// A row, and where it lies among those of its key.
struct Row {
    std::uint64_t index = 0;
    Fields fields;
};

/// Tables of the system, which exist without being created.
inline constexpr std::string_view k_sys_tables = "_sys_tables_";
inline constexpr std::string_view k_sys_access = "_sys_table_access_";
inline constexpr std::string_view k_sys_cns = "_sys_cns_";
inline constexpr std::string_view k_sys_config = "_sys_config_";
inline constexpr std::string_view k_sys_consensus = "_sys_consensus_";
/// Who manages and may write a contract: the name is `c_` and its address.
inline constexpr std::string_view k_contract_prefix = "c_";

/// The rows of all tables. They lie in the account 0x1001:
/// - at hash("n", table, key): how many rows of the key there ever were
/// - at hash("r", table, key, index): a row, as a blob; zero once it is removed
/// Reading takes gas for every row looked at, and for its bytes.
class TableStore {
  public:
    TableStore(Journal& journal, GasMeter& gas) : journal_(journal), gas_(gas) {}

    /// The table of a full name, `u_NAME` for those of contracts; none if it does not exist.
    Result<std::optional<Table>> open(std::string_view name);

    /// All rows of a key, in the order in which they were inserted.
    Result<std::vector<Row>> rows(std::string_view table, std::string_view key);
    /// Appends a row.
    Status append(std::string_view table, std::string_view key, const Fields& fields);
    Status replace(std::string_view table, std::string_view key, const Row& row);
    Status erase(std::string_view table, std::string_view key, std::uint64_t index);

  private:
    ledger::Word slot(std::string_view what, std::string_view table, std::string_view key,
                      std::uint64_t index = 0) const;
    void write(const ledger::Word& slot, const Fields& fields);
    std::optional<Fields> read(const ledger::Word& slot);

    Journal& journal_;
    GasMeter& gas_;
};

}  // namespace bsn::contract::fisco
