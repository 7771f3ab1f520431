#include "cli/transactions.hpp"

#include "base/clock.hpp"
#include "base/codec.hpp"
#include "gateway/errors.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::cli {
namespace {

/// Codes of `application/x-bsn-results`.
constexpr std::uint16_t k_success = 0;
constexpr std::uint16_t k_refused_by_contract = 1;
constexpr std::uint16_t k_first_error = 100;
constexpr std::size_t k_least_result_bytes = 2 + 8 + 4 + 32 + 2;

std::optional<Code> code_of_number(unsigned number) {
    for (const gateway::ErrorRow& row : gateway::error_table()) {
        if (row.number == number) return row.code;
    }
    return std::nullopt;
}

std::optional<Error> error_of(std::uint16_t code, std::string message) {
    if (code == k_success) return std::nullopt;
    if (code == k_refused_by_contract) return Error{Code::contract_failed, std::move(message)};
    auto known = code > k_first_error ? code_of_number(code - k_first_error) : std::nullopt;
    if (known) return Error{*known, std::move(message)};
    return Error{
        Code::unsupported_version,
        fmt::format("the node answered code {}, which this bsn does not know: {}", code, message)};
}

}  // namespace

ledger::Payload make_payload(const ChainRef& chain, const Identity& identity,
                             Invocation invocation) {
    ledger::Payload payload;
    payload.network = chain.network;
    payload.channel = chain.channel;
    payload.suite = identity.key.suite();
    payload.creator = identity.participant;
    payload.nonce = new_nonce();
    payload.valid_until = SystemClock().now() + k_transaction_life;
    payload.contract = std::move(invocation.contract);
    payload.function = std::move(invocation.function);
    payload.arguments = std::move(invocation.arguments);
    return payload;
}

Result<ledger::Transaction> make_transaction(const ChainRef& chain, const Identity& identity,
                                             Invocation invocation) {
    ledger::Payload payload = make_payload(chain, identity, std::move(invocation));
    BSN_CHECK(payload.check());
    return ledger::Transaction::sign(std::move(payload), identity.key);
}

Bytes encode_submission(std::span<const ByteView> transactions) {
    std::size_t size = 4;
    for (ByteView transaction : transactions) size += 4 + transaction.size();
    Writer writer(size);
    writer.u32(static_cast<std::uint32_t>(transactions.size()));
    for (ByteView transaction : transactions) writer.bytes(transaction);
    return writer.take();
}

Result<std::vector<SubmitAnswer>> decode_results(ByteView body) {
    Reader reader(body);
    std::size_t count = reader.count32(k_least_result_bytes);
    std::vector<SubmitAnswer> answers;
    answers.reserve(count);
    for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
        SubmitAnswer answer;
        std::uint16_t code = reader.u16();
        answer.height = reader.u64();
        answer.index = reader.u32();
        answer.id = reader.fixed<ledger::TxId>();
        answer.error = error_of(code, reader.text());
        answers.push_back(std::move(answer));
    }
    BSN_CHECK(reader.finish("the node's results"));
    return answers;
}

std::size_t next_submission_size(std::span<const ByteView> transactions, std::size_t most) {
    std::size_t limit = std::min({transactions.size(), most, k_max_submission_count});
    std::size_t bytes = 4;
    for (std::size_t i = 0; i < limit; ++i) {
        bytes += 4 + transactions[i].size();
        if (bytes > k_max_submission_bytes) return std::max<std::size_t>(i, 1);
    }
    return limit;
}

}  // namespace bsn::cli
