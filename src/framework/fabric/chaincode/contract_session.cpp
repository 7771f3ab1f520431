#include "framework/fabric/chaincode/contract_session.hpp"

#include "base/log.hpp"
#include "framework/fabric/chaincode/contract_call.hpp"

#include <fmt/format.h>
#include <peer/chaincode.pb.h>

#include <optional>

namespace bsn::framework::fabric {

using protos::ChaincodeMessage;

/// One question at a time is on its way, so that an answer needs no number.
class ContractSession::Call final : public PeerDialogue {
  public:
    Call(ContractSession& session, ChaincodeMessage request)
        : session_(session), request_(std::move(request)) {}

    const ChaincodeMessage& request() const { return request_; }

    Result<std::string> ask(protos::ChaincodeMessage_Type type, std::string payload) override {
        ChaincodeMessage question;
        question.set_type(type);
        question.set_txid(request_.txid());
        question.set_channel_id(request_.channel_id());
        question.set_payload(std::move(payload));
        {
            std::lock_guard lock(session_.mutex_);
            if (session_.closed_) return gone();
            waits_ = true;
            answer_.reset();
        }
        session_.send(question);
        std::unique_lock lock(session_.mutex_);
        wake_.wait_for(lock, session_.limits_.patience,
                       [this] { return answer_ || session_.closed_; });
        waits_ = false;
        if (!answer_) return session_.closed_ ? gone() : silent();
        if (answer_->type() == ChaincodeMessage::RESPONSE) {
            return std::move(*answer_->mutable_payload());
        }
        return Error{Code::unavailable, "the peer refuses: " + answer_->payload()};
    }

    /// The session's lock is held.
    void take(ChaincodeMessage answer) {
        if (waits_) answer_ = std::move(answer);
        wake_.notify_one();
    }
    void wake() { wake_.notify_one(); }

  private:
    static Error gone() { return {Code::unavailable, "the peer has ended the connection"}; }
    Error silent() const {
        return {Code::unavailable, fmt::format("the peer did not answer within {} ms",
                                               session_.limits_.patience.count())};
    }

    ContractSession& session_;
    const ChaincodeMessage request_;
    std::condition_variable wake_;
    bool waits_ = false;
    std::optional<ChaincodeMessage> answer_;
};

ContractSession::ContractSession(const contract::Contract& contract, Executor& pool, Send send,
                                 SessionLimits limits)
    : contract_(contract), pool_(pool), send_(std::move(send)), limits_(limits) {}

ContractSession::~ContractSession() { close(); }

void ContractSession::introduce(const std::string& package_id) {
    protos::ChaincodeID id;
    id.set_name(package_id);
    ChaincodeMessage message;
    message.set_type(ChaincodeMessage::REGISTER);
    message.set_payload(id.SerializeAsString());
    send(message);
}

void ContractSession::send(const ChaincodeMessage& message) {
    std::lock_guard lock(sending_);
    send_(message);
}

void ContractSession::receive(ChaincodeMessage message) {
    switch (message.type()) {
        case ChaincodeMessage::TRANSACTION: begin_call(std::move(message)); return;
        case ChaincodeMessage::INIT: send(answer_init(message)); return;
        case ChaincodeMessage::KEEPALIVE: send(message); return;
        case ChaincodeMessage::RESPONSE:
        case ChaincodeMessage::ERROR: {
            std::lock_guard lock(mutex_);
            auto call = calls_.find({message.channel_id(), message.txid()});
            if (call == calls_.end()) return;  // it waits no longer
            call->second->take(std::move(message));
            return;
        }
        case ChaincodeMessage::REGISTERED:
        case ChaincodeMessage::READY: return;
        default:
            log_warn("fabric", "a peer's message of type {} is passed over",
                     static_cast<int>(message.type()));
    }
}

void ContractSession::begin_call(ChaincodeMessage request) {
    Call* call = nullptr;
    std::string refusal;
    {
        std::lock_guard lock(mutex_);
        if (closed_) return;
        std::pair key{request.channel_id(), request.txid()};
        if (calls_.size() >= limits_.calls) {
            refusal = fmt::format("{} calls are on their way: try again later", calls_.size());
        } else if (calls_.contains(key)) {
            refusal = "this transaction is on its way already";
        } else {
            auto made = std::make_unique<Call>(*this, request);
            call = made.get();
            calls_.emplace(std::move(key), std::move(made));
            ++running_;
        }
    }
    if (call == nullptr) {
        send(refuse_call(request, refusal));
        return;
    }
    pool_.post([this, call] { run(*call); });
}

void ContractSession::run(Call& call) {
    const ChaincodeMessage answer = run_call(contract_, call.request(), call);
    {
        // Before the answer goes: after it, the peer may send the same transaction again.
        std::lock_guard lock(mutex_);
        calls_.erase({answer.channel_id(), answer.txid()});
    }
    send(answer);
    std::lock_guard lock(mutex_);
    --running_;
    ended_.notify_all();
}

void ContractSession::close() {
    std::unique_lock lock(mutex_);
    closed_ = true;
    for (auto& [key, call] : calls_) call->wake();
    ended_.wait(lock, [this] { return running_ == 0; });
}

}  // namespace bsn::framework::fabric
