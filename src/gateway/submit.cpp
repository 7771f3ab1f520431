// Writing: transactions that clients made and signed, one or many.
#include "base/codec.hpp"
#include "gateway/errors.hpp"
#include "gateway/handlers.hpp"
#include "gateway/json.hpp"
#include "gateway/metering/door.hpp"

#include <fmt/format.h>

namespace bsn::gateway {
namespace {

constexpr std::size_t k_max_transactions = 4000;
constexpr std::size_t k_max_error_text = 1024;
constexpr unsigned k_first_error_number = 100;
constexpr std::size_t k_id_bytes = 32;

using Answer = Result<framework::TransactionView>;

/// u32 count, then each transaction behind its u32 length.
Result<std::vector<Bytes>> transactions_from(ByteView body) {
    Reader reader(body);
    std::uint32_t count = reader.u32();
    if (count > k_max_transactions) {
        return Error{Code::too_large,
                     fmt::format("{} transactions are more than the {} of one request; send "
                                 "several requests",
                                 count, k_max_transactions)};
    }
    std::vector<Bytes> transactions;
    transactions.reserve(count);
    for (std::uint32_t i = 0; i < count && !reader.failed(); ++i) {
        transactions.push_back(to_bytes(reader.bytes()));
    }
    BSN_CHECK(reader.finish("batch of transactions"));
    if (transactions.empty()) return Error{Code::invalid_argument, "the batch is empty"};
    return transactions;
}

Result<std::vector<Bytes>> transaction_from_json(ByteView body) {
    BSN_TRY(json, parse_object(body));
    BSN_CHECK(only_keys(json, {"transaction"}));
    BSN_TRY(text, text_member(json, "transaction"));
    auto bytes = from_base64(text);
    if (!bytes) return bytes.error().within("transaction");
    return std::vector<Bytes>{std::move(*bytes)};
}

void count(Service& service, const std::vector<Answer>& answers) {
    std::map<std::string_view, std::uint64_t> results;
    for (const Answer& answer : answers) ++results[outcome_name(answer)];
    for (const auto& [result, transactions] : results) {
        count_outcomes(service.backend().metrics(), result, transactions);
    }
}

/// At most so many bytes, and no character cut in two.
std::string_view shortened(std::string_view text) {
    if (text.size() <= k_max_error_text) return text;
    std::size_t end = k_max_error_text;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return text.substr(0, end);
}

void encode_result(Writer& out, const Answer& answer) {
    if (!answer) {
        const Error& error = answer.error();
        out.u16(static_cast<std::uint16_t>(k_first_error_number + error_row(error.code).number));
        out.u64(0);
        out.u32(0);
        out.raw(Bytes(k_id_bytes));
        out.text(shortened(error.message));
        return;
    }
    out.u16(answer->success ? 0 : 1);
    out.u64(answer->height);
    out.u32(answer->index);
    Bytes id = answer->id;
    id.resize(k_id_bytes);
    out.raw(id);
    out.text(shortened(answer->error));
}

Response batch_response(const std::vector<Answer>& answers) {
    constexpr std::size_t k_usual_bytes = 2 + 8 + 4 + k_id_bytes + 2;
    Writer out(4 + answers.size() * k_usual_bytes);
    out.u32(static_cast<std::uint32_t>(answers.size()));
    for (const Answer& answer : answers) encode_result(out, answer);
    return {.content_type = k_results_type, .body = std::string(as_text(out.view()))};
}

Response single_response(const Answer& answer) {
    return answer ? json_response(transaction_json(*answer, false))
                  : error_response(answer.error());
}

/// A submission, ready to be handed to its chain.
struct Submission {
    framework::Chain* chain = nullptr;
    std::shared_ptr<const registry::App> app;  ///< none: the permission chain
    std::vector<Bytes> transactions;
    std::uint64_t timeout = 0;  ///< in milliseconds
    bool batch = false;
};

Result<Submission> submission_from(Service& service, const Request& request) {
    Submission submission;
    BSN_TRY(timeout, submit_timeout(request));
    submission.timeout = timeout;
    BSN_TRY(target, service.target_of(request));
    BSN_TRY(chain, service.backend().chain(target.chain_name));
    submission.chain = chain;
    submission.app = target.app;
    if (request.body.empty()) return Error{Code::invalid_argument, "the body is empty"};
    if (request.content_type == k_transactions_type) {
        BSN_TRY(transactions, transactions_from(request.body));
        submission.transactions = std::move(transactions);
        submission.batch = true;
    } else if (request.content_type == k_json_type) {
        BSN_TRY(transactions, transaction_from_json(request.body));
        submission.transactions = std::move(transactions);
    } else {
        submission.transactions.push_back(request.body);
    }
    return submission;
}

}  // namespace

void post_transactions(Service& service, const Request& request, const Reply& reply) {
    const std::string& type = request.content_type;
    if (type != k_bytes_type && type != k_json_type && type != k_transactions_type) {
        reply([response = wrong_type(request, {k_bytes_type, k_json_type, k_transactions_type})] {
            return response;
        });
        return;
    }
    auto submission = submission_from(service, request);
    if (!submission) {
        reply([error = submission.error()] { return error_response(error); });
        return;
    }
    const std::size_t sent = submission->transactions.size();
    const auto grant = Door(service.backend(), submission->app).take(sent);
    if (grant.transactions == 0) {
        reply([over = *grant.refusal] { return refusal_response(over); });
        return;
    }
    // Of a batch the first ones go on, and each of the others is answered by the refusal.
    const std::size_t expected = grant.transactions;
    submission->transactions.resize(expected);
    auto done = [&service, reply, expected, sent, over = grant.refusal,
                 batch = submission->batch](std::vector<Answer> answers) {
        ensure(answers.size() == expected, "a chain must answer each transaction submitted");
        if (over) answers.resize(sent, over->error);
        auto shared = std::make_shared<std::vector<Answer>>(std::move(answers));
        reply([&service, batch, shared] {
            count(service, *shared);
            return batch ? batch_response(*shared) : single_response(shared->front());
        });
    };
    submission->chain->submit(std::move(submission->transactions), submission->timeout,
                              std::move(done));
}

}  // namespace bsn::gateway
