#include "ordering/cometbft/cometbft_orderer.hpp"

#include "base/log.hpp"
#include "crypto/random.hpp"
#include "ordering/bundle.hpp"
#include "ordering/cometbft/application.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace bsn::ordering {
namespace {

/// Of envelopes in one transaction of CometBFT, beyond which the next one begins.
constexpr std::size_t k_bundle_bytes = 256U << 10;
constexpr std::uint64_t k_rpc_timeout_ms = 10'000;
constexpr auto k_try_again = std::chrono::milliseconds(200);
/// After so long without a block, those who submit are told that nothing is ordered: validators
/// make one each second, if only an empty one.
constexpr std::uint64_t k_standstill_ms = 10'000;

}  // namespace

CometbftOrderer::CometbftOrderer(CometbftOptions options, std::unique_ptr<store::AppendLog> log,
                                 OrderRules& rules, const Clock& clock)
    : options_(std::move(options)),
      rules_(rules),
      clock_(clock),
      log_({options_.id, options_.network, options_.validators}, std::move(log), rules),
      rpc_(options_.rpc, {}) {}

CometbftOrderer::~CometbftOrderer() { stop(); }

void CometbftOrderer::subscribe(OrderConsumer& consumer, std::uint64_t from) {
    ensure(!thread_.joinable(), "subscribe before start");
    log_.subscribe(consumer, from);
}

Status CometbftOrderer::start() {
    BSN_CHECK(log_.replay());
    crypto::fill_random({reinterpret_cast<std::uint8_t*>(&salt_), sizeof salt_});
    last_block_ = clock_.monotonic();
    application_ = std::make_unique<Application>(*this);
    BSN_CHECK(application_->start(options_.application_address));
    thread_ = std::thread([this] { hand_over_until_stopped(); });
    return {};
}

void CometbftOrderer::stop() {
    queue_.close();
    if (thread_.joinable()) thread_.join();
    if (application_) application_->stop();
}

Status CometbftOrderer::submit(Bytes envelope) {
    BSN_CHECK(health());
    return queue_.add(std::move(envelope));
}

Status CometbftOrderer::health() const {
    if (std::string why = options_.program_trouble(); !why.empty()) {
        return Error{Code::unavailable, "nothing is ordered: " + why};
    }
    std::lock_guard lock(mutex_);
    if (!trouble_.empty()) return Error{Code::unavailable, trouble_};
    const std::uint64_t idle_ms = clock_.monotonic() - last_block_;
    if (idle_ms > k_standstill_ms) {
        return Error{Code::unavailable,
                     fmt::format("nothing has been ordered for {} s: more than two thirds of the "
                                 "validators must run and reach one another; it goes on by itself "
                                 "once they do",
                                 idle_ms / 1000)};
    }
    return {};
}

OrdererStatus CometbftOrderer::status() const {
    OrdererStatus status;
    status.waiting_bytes = queue_.waiting_bytes();
    for (const Validator& one : log_.state().validators) status.validators.push_back(one.key);
    std::lock_guard lock(mutex_);
    for (const auto& [key, height] : double_signs_) status.double_signs.push_back({key, height});
    return status;
}

void CometbftOrderer::note_double_sign(ByteView address, std::uint64_t height) {
    std::lock_guard lock(mutex_);
    for (const Validator& one : log_.state().validators) {
        const auto hash = crypto::hash(crypto::HashId::sha256, one.key);
        if (!std::equal(address.begin(), address.end(), hash.data())) continue;
        log_error("ordering",
                  "ALARM: a validator signed two blocks at one height validator={} height={}",
                  to_hex(one.key), height);
        double_signs_[one.key] = height;
    }
}

bool CometbftOrderer::has_begun() const {
    std::lock_guard lock(mutex_);
    return has_begun_;
}

void CometbftOrderer::set_trouble(std::string trouble) {
    std::lock_guard lock(mutex_);
    if (trouble_ == trouble) return;
    if (!trouble.empty()) log_warn("ordering", "{}", trouble);
    trouble_ = std::move(trouble);
}

Status CometbftOrderer::check(ByteView transaction, std::uint64_t height) const {
    BSN_TRY(envelopes, decode_bundle(transaction));
    for (const Bytes& bytes : envelopes) {
        BSN_TRY(envelope, ledger::Envelope::decode(bytes));
        BSN_CHECK(rules_.check(envelope, height));
    }
    return {};
}

std::pair<std::uint64_t, ledger::Hash> CometbftOrderer::last_committed() {
    std::lock_guard commit_ended(committing_);
    return {log_.height(), log_.state().app_hash};
}

Result<AgreedState> CometbftOrderer::decide(std::uint64_t height, UnixMillis time,
                                            const std::vector<Bytes>& transactions) {
    BSN_CHECK(rules_.await_executed(height - 1));
    std::lock_guard commit_ended(committing_);
    std::lock_guard lock(mutex_);
    BSN_TRY(decided, log_.decide(height, time, transactions));
    decided_ = std::move(decided);
    return decided_->state;
}

Status CometbftOrderer::commit() {
    std::lock_guard committing(committing_);
    std::unique_lock lock(mutex_);
    if (!decided_) return Error{Code::internal, "CometBFT commits what it has not decided"};
    const DecidedHeight decided = std::move(*decided_);
    decided_.reset();
    lock.unlock();
    BSN_CHECK(log_.keep(decided, [this](const std::string& trouble) {
        set_trouble(trouble);
        return !trouble.empty() && queue_.closed_within(k_try_again);
    }));
    lock.lock();
    last_block_ = clock_.monotonic();
    has_begun_ = true;
    lock.unlock();
    log_.deliver(decided);
    return {};
}

void CometbftOrderer::hand_over_until_stopped() {
    for (;;) {
        std::vector<Bytes> envelopes = queue_.take(k_bundle_bytes);
        if (envelopes.empty()) return;
        std::erase_if(envelopes, [this](const Bytes& bytes) {
            auto envelope = ledger::Envelope::decode(bytes);
            Status good = envelope ? rules_.check(*envelope, height() + 1) : envelope.error();
            if (!good) log_warn("ordering", "envelope not submitted: {}", good.error().message);
            return !good;
        });
        if (!envelopes.empty()) hand_over(envelopes);
    }
}

void CometbftOrderer::hand_over(const std::vector<Bytes>& envelopes) {
    Status taken = broadcast(encode_bundle(envelopes, ++salt_));
    if (taken) return;
    log_warn("ordering", "{} envelopes not taken: {}", envelopes.size(), taken.error().message);
}

Status CometbftOrderer::broadcast(ByteView transaction) {
    const nlohmann::json call{{"jsonrpc", "2.0"},
                              {"id", 1},
                              {"method", "broadcast_tx_sync"},
                              {"params", {{"tx", to_base64(transaction)}}}};
    const std::string body = call.dump();
    for (;;) {
        auto answer = rpc_.send({.method = "POST",
                                 .target = "/",
                                 .content_type = "application/json",
                                 .body = as_bytes(body),
                                 .authorization = {},
                                 .last_event_id = {}},
                                k_rpc_timeout_ms);
        if (!answer) {
            set_trouble("nothing is ordered: CometBFT does not answer (" + answer.error().message +
                        ")");
            if (queue_.closed_within(k_try_again)) return answer.error();
            continue;
        }
        set_trouble({});
        auto parsed = nlohmann::json::parse(answer->text(), nullptr, false);
        if (!parsed.is_object()) return Error{Code::internal, "CometBFT's answer is no JSON"};
        if (parsed.contains("error")) {
            return Error{Code::unavailable, parsed["error"].dump()};
        }
        const auto& result = parsed["result"];
        if (result.value("code", 0) == 0) return {};
        return Error{Code::invalid_argument, result.value("log", "")};
    }
}

}  // namespace bsn::ordering
