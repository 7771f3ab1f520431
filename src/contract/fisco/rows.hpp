#pragma once
// Rows of tables as contracts may change them: with permission, and with fields that exist.

#include "contract/fisco/environment.hpp"

namespace bsn::contract::fisco {

inline constexpr std::size_t k_max_key = 255;
inline constexpr std::size_t k_max_value = std::size_t{16} * 1024 * 1024 - 1;

/// The name under which a contract's table lies.
inline std::string user_table(std::string_view name) { return "u_" + std::string(name); }
/// The name of a contract's own table.
std::string contract_table(const ledger::Address& contract);

/// 20 bytes from hexadecimal digits, 0x before them or not. As in FISCO BCOS another number of
/// bytes yields the zero address; no digits at all, none.
std::optional<ledger::Address> address_of_text(std::string_view text);

/// True if the origin may write the table: nobody was named for it, or the origin was, in an
/// earlier block.
Result<bool> may_write(Environment& environment, std::string_view table);
/// Refuses if the origin may not write the contract that calls.
Status check_caller(Environment& environment);
Status check_size(std::string_view what, std::string_view value, std::size_t most);

Result<std::vector<Row>> select_rows(Environment& environment, const Table& table,
                                     std::string_view key, const Condition& condition);
/// How many rows were written, or `no_authorized`. A field that the table does not have undoes the
/// call. The entry gets the key as one of its fields.
Result<int> insert_row(Environment& environment, const Table& table, std::string_view key,
                       Fields& entry);
Result<int> update_rows(Environment& environment, const Table& table, std::string_view key,
                        const Fields& entry, const Condition& condition);
Result<int> remove_rows(Environment& environment, const Table& table, std::string_view key,
                        const Condition& condition);

}  // namespace bsn::contract::fisco
