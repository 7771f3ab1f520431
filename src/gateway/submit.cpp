// Writing: transactions that clients made and signed, one or many.
//
// Signatures are checked once, by the chain. Before that, a glance at who is said to have signed
// keeps strangers from taking what the app may send; whoever passes it and turns out to be none
// afterwards gets nothing of the app's either: what was taken is given back.
#include "base/codec.hpp"
#include "framework/naming.hpp"
#include "framework/transaction_limits.hpp"
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

/// A submission. What is refused is not handed to its chain.
struct Submission {
    framework::Chain* chain = nullptr;
    std::shared_ptr<const registry::App> app;  ///< none: the permission chain
    std::vector<Bytes> transactions;
    /// Why a transaction is refused, by its place; the others go on in their order.
    std::map<std::size_t, Error> refusals;
    std::uint64_t strangers = 0;  ///< refused as nobody's who may call
    std::uint64_t timeout = 0;    ///< in milliseconds
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

/// Whether who is said to have signed a transaction may send it, by this node's view: without
/// looking at the signature, which the chain does once and for all.
class Glance {
  public:
    Glance(const Backend& backend, const Submission& submission)
        : backend_(backend),
          submission_(submission),
          naming_(dynamic_cast<const framework::Naming*>(submission.chain)) {}

    Status operator()(ByteView transaction) {
        if (naming_ == nullptr) return {};
        BSN_TRY(named, naming_->named_call(transaction));
        if (!named) return {};
        // Many in a batch are of the same participant and function.
        if (known_ && equal(known_->participant, named->participant) &&
            known_->contract == named->contract && known_->function == named->function) {
            return status_;
        }
        known_ = *named;
        status_ = judge(*named);
        return status_;
    }

  private:
    Status judge(const framework::NamedCall& named) const {
        BSN_TRY(participant, ledger::ParticipantId::from(named.participant));
        const registry::App& app = *submission_.app;
        auto member = app.members.find(participant);
        if (member == app.members.end() ||
            member->second.state != registry::MembershipState::approved) {
            return Error{Code::forbidden,
                         fmt::format("participant {} is no member of app {}; join it first",
                                     to_hex(participant), app.record.name)};
        }
        const registry::Caller caller{participant, {}};
        return backend_.may_call(app, &caller, named.contract, named.function);
    }

    const Backend& backend_;
    const Submission& submission_;
    const framework::Naming* const naming_;      ///< null: its transactions name nobody
    std::optional<framework::NamedCall> known_;  ///< of the submission's bytes
    Status status_;
};

/// Refuses what nobody of the app has sent, before it takes anything that the app may have.
void turn_strangers_away(const Backend& backend, Submission& submission) {
    if (!submission.app) return;
    Glance glance(backend, submission);
    for (std::size_t i = 0; i < submission.transactions.size(); ++i) {
        if (Status may = glance(submission.transactions[i]); !may) {
            submission.refusals.emplace(i, may.error());
            ++submission.strangers;
        }
    }
}

/// Lets the first ones go on that the app may send now.
void hold_back(Submission& submission, std::uint64_t granted, const Error& why) {
    for (std::size_t i = 0; i < submission.transactions.size(); ++i) {
        if (submission.refusals.contains(i)) continue;
        if (granted == 0) {
            submission.refusals.emplace(i, why);
        } else {
            --granted;
        }
    }
}

/// Those that go on.
std::vector<Bytes> take_good(Submission& submission) {
    if (submission.refusals.empty()) return std::move(submission.transactions);
    std::vector<Bytes> good;
    for (std::size_t i = 0; i < submission.transactions.size(); ++i) {
        if (!submission.refusals.contains(i)) {
            good.push_back(std::move(submission.transactions[i]));
        }
    }
    return good;
}

/// Puts refusals between the chain's answers, where their transactions stood.
std::vector<Answer> all_answers(std::vector<Answer> answers,
                                const std::map<std::size_t, Error>& refusals) {
    if (refusals.empty()) return answers;
    std::vector<Answer> all;
    all.reserve(answers.size() + refusals.size());
    auto refusal = refusals.begin();
    auto answer = answers.begin();
    while (refusal != refusals.end() || answer != answers.end()) {
        if (refusal != refusals.end() && refusal->first == all.size()) {
            all.emplace_back(refusal->second);
            ++refusal;
        } else {
            all.push_back(std::move(*answer));
            ++answer;
        }
    }
    return all;
}

/// What the app pays for of what the chain answered.
struct Charge {
    std::uint64_t free = 0;       ///< transactions that it does not pay for
    std::uint64_t strangers = 0;  ///< of these, what was refused as nobody's who may call
    std::uint64_t bytes = 0;      ///< of the others
};

/// Whoever has a transaction that is on the chain can send it again, so it costs once. `before`:
/// the height when these were sent.
Charge charge_for(const std::vector<Answer>& answers, const std::vector<std::uint32_t>& sizes,
                  std::uint64_t before) {
    Charge charge;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        const Answer& answer = answers[i];
        const bool stranger = !answer && framework::is_not_of_app(answer.error().code);
        if (stranger) ++charge.strangers;
        if (stranger || (answer && answer->height <= before)) {
            ++charge.free;
        } else {
            charge.bytes += sizes[i];
        }
    }
    return charge;
}

void submit(Service& service, Submission submission,
            const std::function<void(std::uint64_t)>& note_strangers, const Reply& reply) {
    turn_strangers_away(service.backend(), submission);
    note_strangers(submission.strangers);
    const std::uint64_t wanted = submission.transactions.size() - submission.strangers;
    const Door door(service.backend(), submission.app);
    const auto grant = door.take(wanted, Asker::unknown);
    if (grant.refusal && submission.strangers + grant.transactions == 0) {
        reply([over = *grant.refusal] { return refusal_response(over); });
        return;
    }
    // Of a batch the first ones go on, and each of the others is answered by the refusal.
    if (grant.refusal) hold_back(submission, grant.transactions, grant.refusal->error);
    std::vector<Bytes> good = take_good(submission);
    std::vector<std::uint32_t> sizes;
    sizes.reserve(good.size());
    for (const Bytes& one : good) sizes.push_back(static_cast<std::uint32_t>(one.size()));
    auto done = [&service, reply, door, grant, wanted, note_strangers, sizes = std::move(sizes),
                 before = submission.app ? submission.chain->height() : 0,
                 refusals = std::move(submission.refusals), batch = submission.batch,
                 metered = submission.app != nullptr](std::vector<Answer> answers) {
        ensure(answers.size() == sizes.size(), "a chain must answer each transaction submitted");
        const Charge charge = metered ? charge_for(answers, sizes, before) : Charge();
        door.settle(grant, charge.free, wanted - grant.transactions);
        note_strangers(charge.strangers);
        auto shared =
            std::make_shared<std::vector<Answer>>(all_answers(std::move(answers), refusals));
        reply([&service, batch, shared, bytes = charge.bytes] {
            count(service, *shared);
            Response response = batch ? batch_response(*shared) : single_response(shared->front());
            response.charged_bytes = bytes;
            return response;
        });
    };
    if (good.empty()) return done({});
    submission.chain->submit(std::move(good), submission.timeout, std::move(done));
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
    if (auto over = service.turn_stranger_away(request)) {
        reply([over = *over] { return refusal_response(over); });
        return;
    }
    auto note_strangers = service.strangers_of(request);
    auto submission = submission_from(service, request);
    if (!submission) {
        note_strangers(1);
        reply([error = submission.error()] { return error_response(error); });
        return;
    }
    submit(service, std::move(*submission), std::move(note_strangers), reply);
}

}  // namespace bsn::gateway
