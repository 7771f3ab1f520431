#pragma once
// RLP, the encoding of Ethereum and FISCO BCOS (Ethereum yellow paper, appendix B): items that are
// byte strings, or lists of items. `docs/formats.md` 15.

#include "ledger/ethereum/types.hpp"

#include <string>

namespace bsn::ledger::rlp {

/// Reads items one after the other. Only the canonical form is accepted: the shortest header, and
/// integers without leading zeros. After the first failure every further read yields zero values;
/// `finish()` says what was wrong. `what` names an item in that sentence. Nothing recurses: a list
/// is entered only by a caller that expects one.
class Reader {
  public:
    explicit Reader(ByteView bytes) : rest_(bytes) {}

    /// A byte string, borrowed, of at most `limit` bytes.
    ByteView string(std::string_view what, std::size_t limit = SIZE_MAX);
    /// A byte string of exactly the value's length.
    template <typename Value>
    Value fixed(std::string_view what) {
        Value value;
        const ByteView bytes = exactly(what, Value::k_size);
        if (!bytes.empty()) std::memcpy(value.data(), bytes.data(), Value::k_size);
        return value;
    }
    /// A byte string of the value's length, or an empty one for none.
    template <typename Value>
    std::optional<Value> optional_fixed(std::string_view what) {
        if (!rest_.empty() && rest_.front() == 0x80) {
            rest_ = rest_.subspan(1);
            return std::nullopt;
        }
        return fixed<Value>(what);
    }
    /// An integer of at most 64 bits.
    std::uint64_t number(std::string_view what);
    /// An integer of at most 256 bits.
    Word word(std::string_view what);
    /// A list; `read` is given a reader of its items, all of which it must read.
    template <typename Read>
    void list(std::string_view what, Read read) {
        Reader items(payload(what));
        if (failed()) return;
        read(items);
        if (auto status = items.finish(what); !status) fail(std::move(status).error());
    }
    /// The next item whole, with its header, borrowed; what a list holds is not looked at.
    ByteView item(std::string_view what);

    /// Whether an item follows.
    bool more() const { return !failed() && !rest_.empty(); }
    bool failed() const { return error_.has_value(); }
    /// Notes a failure that the caller found; the first one is kept.
    void fail(Error error) {
        if (!error_) error_ = std::move(error);
        rest_ = {};
    }
    void fail(std::string message) { fail(Error{Code::invalid_argument, std::move(message)}); }
    /// Success if all reads succeeded and nothing is left over.
    Status finish(std::string_view what);

  private:
    struct Header {
        bool is_list = false;
        std::size_t header = 0;   ///< bytes before the payload
        std::size_t payload = 0;  ///< bytes of it
    };
    std::optional<Header> next(std::string_view what);
    ByteView integer(std::string_view what, std::size_t limit);
    ByteView exactly(std::string_view what, std::size_t size);
    ByteView payload(std::string_view what);
    void fail(std::string_view what, std::string_view why);

    ByteView rest_;
    std::optional<Error> error_;
};

/// Appends items to bytes.
class Writer {
  public:
    Writer() = default;
    explicit Writer(std::size_t expected_size) { bytes_.reserve(expected_size); }

    void string(ByteView bytes);
    void number(std::uint64_t number);
    void word(const Word& word);
    /// An address, or an empty string for none.
    void address(const std::optional<Address>& address);
    /// A list of what `write` appends.
    template <typename Write>
    void list(Write write) {
        const std::size_t start = bytes_.size();
        write();
        close_list(start);
    }
    /// An item that is encoded already.
    void raw(ByteView item) { bytes_.insert(bytes_.end(), item.begin(), item.end()); }
    void byte(std::uint8_t byte) { bytes_.push_back(byte); }

    ByteView view() const { return bytes_; }
    Bytes take() { return std::move(bytes_); }

  private:
    void close_list(std::size_t start);

    Bytes bytes_;
};

/// A byte string without its leading zeros: how integers are written.
ByteView without_leading_zeros(ByteView bytes);

}  // namespace bsn::ledger::rlp
