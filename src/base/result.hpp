#pragma once
// Errors as values. Whose fault an error is follows from its code: the caller's (`invalid_*`,
// `not_found`, `forbidden`, …), the environment's (`unavailable`, `io_error`, …), or ours
// (`internal`). Exceptions are left to bugs and to what ends the process.

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace bsn {

/// What kind of failure; the names are stable and appear in the HTTP API.
enum class Code : std::uint8_t {
    // the caller's
    invalid_argument,     ///< malformed or out of range
    unsupported_version,  ///< a format, protocol or contract version that we do not know
    too_large,            ///< beyond a stated limit
    bad_signature,        ///< signature, certificate or proof does not verify
    wrong_network,        ///< made for another network
    wrong_channel,        ///< made for another channel (app)
    wrong_suite,          ///< crypto suite that the app does not use
    expired,              ///< valid-until has passed, or lies too far ahead
    duplicate,            ///< this nonce was used for other bytes
    already_exists,       ///< a thing of that name is there
    not_found,            ///< no such thing
    unauthenticated,      ///< who is asking cannot be told
    forbidden,            ///< known, but not allowed
    suspended,            ///< the app does not take writes now
    contract_failed,      ///< the contract refused; the transaction is on the ledger all the same
    // the environment's
    unavailable,      ///< try again: the same bytes are safe to send
    overloaded,       ///< too much is waiting; try again later
    unknown_outcome,  ///< no answer in time; retry the same bytes
    io_error,         ///< disk, file or network
    no_space,         ///< disk full
    corrupted,        ///< stored bytes are not what was written
    // ours
    internal,  ///< a bug
    // later ones; the order is that of the API's numbers
    voided,  ///< its batch was ordered, but no peer could serve it: never executed
};

/// The stable name of a code, such as `not_found`.
std::string_view code_name(Code code);
/// The code of a stable name, if there is one.
std::optional<Code> code_from_name(std::string_view name);

/// A failure: what kind, and one sentence that its reader can act on.
struct Error {
    Code code = Code::internal;
    std::string message;

    /// The same failure, told from further out: "`context`: message".
    Error within(std::string_view context) const {
        return {code, std::string(context) + ": " + message};
    }
};

/// A bug was met: the process cannot be trusted to go on.
class InvariantViolation : public std::logic_error {
  public:
    using std::logic_error::logic_error;
};

/// Ends the work with InvariantViolation unless `holds`; always on.
inline void ensure(bool holds, const char* what) {
    if (!holds) throw InvariantViolation(what);
}

/// A value, or the error that kept it from being.
template <typename T>
class [[nodiscard]] Result {
  public:
    using value_type = T;

    Result(T value) : content_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : content_(std::in_place_index<1>, std::move(error)) {}

    bool ok() const { return content_.index() == 0; }
    explicit operator bool() const { return ok(); }

    T& value() & {
        require();
        return *std::get_if<0>(&content_);
    }
    const T& value() const& {
        require();
        return *std::get_if<0>(&content_);
    }
    T&& value() && {
        require();
        return std::move(*std::get_if<0>(&content_));
    }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    const Error& error() const& {
        ensure(!ok(), "error() of a result that holds a value");
        return *std::get_if<1>(&content_);
    }
    Error&& error() && {
        ensure(!ok(), "error() of a result that holds a value");
        return std::move(*std::get_if<1>(&content_));
    }

  private:
    void require() const {
        if (!ok()) {
            const Error& failure = *std::get_if<1>(&content_);
            throw InvariantViolation("value of a failed result: " + failure.message);
        }
    }

    std::variant<T, Error> content_;
};

/// Success, or an error.
template <>
class [[nodiscard]] Result<void> {
  public:
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}

    bool ok() const { return !error_.has_value(); }
    explicit operator bool() const { return ok(); }
    const Error& error() const& {
        ensure(!ok(), "error() of a success");
        return *error_;
    }
    Error&& error() && {
        ensure(!ok(), "error() of a success");
        return std::move(*error_);
    }

  private:
    std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace bsn

// NOLINTBEGIN(bugprone-macro-parentheses): a name that is declared cannot stand in them
#define BSN_CONCAT_INNER(a, b) a##b
#define BSN_CONCAT(a, b) BSN_CONCAT_INNER(a, b)

/// Binds `name` to the value of a Result, or returns its error from the enclosing function.
#define BSN_TRY(name, expression)                            \
    auto BSN_CONCAT(name, _result) = (expression);           \
    if (!BSN_CONCAT(name, _result)) {                        \
        return std::move(BSN_CONCAT(name, _result)).error(); \
    }                                                        \
    auto& name = *BSN_CONCAT(name, _result)
// NOLINTEND(bugprone-macro-parentheses)

/// Returns the error of a Result<void> from the enclosing function, if there is one.
#define BSN_CHECK(expression)                                          \
    do {                                                               \
        if (auto bsn_check_result = (expression); !bsn_check_result) { \
            return std::move(bsn_check_result).error();                \
        }                                                              \
    } while (false)
