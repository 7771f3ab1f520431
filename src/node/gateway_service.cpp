// The called end. A call is in one of these states, and goes from one to the next:
//
//   reading (pieces of the request come) → answering (the node works on it)
//     → writing (a piece of the answer is on its way) ⇄ making (a stream makes its next part) →
//     ended
//
// It may end in each of them. gRPC's reactions come one at a time, but answers come from elsewhere,
// so the state is guarded; no operation is begun under the lock, since its reaction may come before
// it returns.
#include "base/log.hpp"
#include "node/gateway_links.hpp"
#include "node/gateway_pieces.hpp"

#include <algorithm>

namespace bsn::node {
namespace {

namespace proto = ::bsn::gateway::v1;
using Reactor = grpc::ServerBidiReactor<proto::RequestPiece, proto::AnswerPiece>;

/// As large as the bodies that the HTTP API takes.
constexpr std::size_t k_max_body_bytes = 16U << 20;
constexpr std::size_t k_max_receiving_bytes = 256U << 20;
constexpr std::size_t k_most_calls = 4096;

grpc::Status too_many(const char* why) { return {grpc::StatusCode::RESOURCE_EXHAUSTED, why}; }

}  // namespace

class GatewayService::Call final : public Reactor, public std::enable_shared_from_this<Call> {
  public:
    explicit Call(GatewayService& service) : service_(service) { ++service_.calls_; }
    ~Call() override {
        give_back_bytes();
        --service_.calls_;
    }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    void begin(const grpc::Status& allowed) {
        self_ = shared_from_this();
        if (!allowed.ok()) return end(allowed);
        StartSendInitialMetadata();
        StartRead(&received_);
    }

    void OnReadDone(bool ok) override {
        if (!ok) return end({grpc::StatusCode::CANCELLED, "the request ended early"});
        if (received_.has_head()) request_ = from_head(received_.head());
        if (grpc::Status taken = take_body(); !taken.ok()) return end(taken);
        if (!received_.last()) return StartRead(&received_);
        give_back_bytes();
        service_.answer_(std::move(request_),
                         [self = shared_from_this()](const gateway::MakeResponse& make) {
                             self->begin_answer(make());
                         });
    }
    void OnWriteDone(bool ok) override {
        {
            std::lock_guard lock(mutex_);
            writing_ = false;
        }
        if (!ok) return end({grpc::StatusCode::CANCELLED, "the caller takes no more"});
        go_on();
    }
    void OnCancel() override {
        {
            std::lock_guard lock(mutex_);
            if (writing_) return;  // that ends first
        }
        end({grpc::StatusCode::CANCELLED, "the caller has gone"});
    }
    void OnDone() override { self_.reset(); }

  private:
    grpc::Status take_body() {
        const std::string& piece = received_.body();
        if (request_.body.size() + piece.size() > k_max_body_bytes) {
            return too_many("the body is longer than a gateway takes");
        }
        counted_bytes_ += piece.size();
        if (service_.receiving_bytes_.fetch_add(piece.size()) + piece.size() >
            k_max_receiving_bytes) {
            return too_many("too many large requests at once; try again");
        }
        const ByteView bytes = as_bytes(piece);
        request_.body.insert(request_.body.end(), bytes.begin(), bytes.end());
        return {};
    }
    void give_back_bytes() {
        service_.receiving_bytes_.fetch_sub(std::exchange(counted_bytes_, 0));
    }

    void begin_answer(gateway::Response response) {
        {
            std::lock_guard lock(mutex_);
            if (ended_) return;
            *sent_.mutable_head() = head_of(response);
            has_head_ = true;
            rest_ = std::move(response.body);
            stream_ = std::move(response.stream);
            last_ = stream_ == nullptr;
        }
        go_on();
    }

    /// Writes the next piece, has it made, or ends. Called when none is on its way.
    void go_on() {
        std::shared_ptr<gateway::BodyStream> stream;
        {
            std::lock_guard lock(mutex_);
            if (ended_) return;
            writing_ = has_head_ || !rest_.empty();
            if (writing_) {
                next_piece();
            } else if (!last_) {
                stream = stream_;
            }
        }
        if (stream) {
            return stream->next([weak = weak_from_this()](const gateway::BodyStream::Part& part) {
                if (auto self = weak.lock()) self->take_part(part);
            });
        }
        bool writes = false;
        {
            std::lock_guard lock(mutex_);
            writes = writing_;
        }
        if (writes) return StartWrite(&sent_);
        end(grpc::Status::OK);
    }

    void next_piece() {
        if (!std::exchange(has_head_, false)) sent_.clear_head();
        if (rest_.size() <= k_piece_bytes) {
            sent_.set_body(std::move(rest_));
            rest_.clear();
        } else {
            sent_.set_body(rest_.substr(0, k_piece_bytes));
            rest_.erase(0, k_piece_bytes);
        }
    }

    void take_part(const gateway::BodyStream::Part& part) {
        if (part.broken) return end({grpc::StatusCode::ABORTED, "the answer broke off"});
        {
            std::lock_guard lock(mutex_);
            if (ended_) return;
            rest_ = part.bytes;
            last_ = part.last;
        }
        go_on();
    }

    void end(const grpc::Status& status) {
        std::shared_ptr<gateway::BodyStream> dropped;  // ends without the lock
        {
            std::lock_guard lock(mutex_);
            if (std::exchange(ended_, true)) return;
            dropped = std::move(stream_);
        }
        Finish(status);
    }

    GatewayService& service_;
    std::shared_ptr<Call> self_;  ///< until gRPC is done with it
    proto::RequestPiece received_;
    gateway::Request request_;
    std::size_t counted_bytes_ = 0;

    std::mutex mutex_;  ///< guards what follows
    bool ended_ = false;
    bool writing_ = false;
    bool has_head_ = false;  ///< it is to be sent
    std::string rest_;       ///< of the body, to be sent
    bool last_ = false;      ///< nothing comes after the rest
    std::shared_ptr<gateway::BodyStream> stream_;
    proto::AnswerPiece sent_;
};

Reactor* GatewayService::Answer(grpc::CallbackServerContext* context) {
    auto from = node_of(*context->auth_context());
    grpc::Status allowed;
    if (!from) {
        allowed = {grpc::StatusCode::UNAUTHENTICATED, from.error().message};
    } else if (!may_talk_(*from)) {
        allowed = {grpc::StatusCode::PERMISSION_DENIED,
                   "this network has no such city node, or has revoked it"};
    } else if (calls_ >= k_most_calls) {
        allowed = too_many("this node answers enough requests of others");
    }
    auto call = std::make_shared<Call>(*this);
    call->begin(allowed);
    return call.get();
}

}  // namespace bsn::node
