#pragma once
// The error table of the API: codes, their numbers, and the HTTP status of each.

#include "gateway/message.hpp"

#include <initializer_list>
#include <vector>

namespace bsn::gateway {

/// A row of the table. Numbers and names never change.
struct ErrorRow {
    unsigned number = 0;  ///< from 1; in binary results 100 more
    Code code = Code::internal;
    unsigned status = 500;
};

/// The table, by number.
const std::vector<ErrorRow>& error_table();
const ErrorRow& error_row(Code code);

/// An error as an answer; with the status of the table, or with a more precise one.
Response error_response(const Error& error);
Response error_response(unsigned status, const Error& error);
/// 415, naming the content types that would do.
Response wrong_type(const Request& request, std::initializer_list<std::string_view> known);
/// `{"code": …, "message": …}`, whatever bytes the message holds.
std::string error_json(const Error& error);

}  // namespace bsn::gateway
