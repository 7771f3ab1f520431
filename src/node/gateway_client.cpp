// The calling end. The request is sent once the other end has shown who it is; so a call that fails
// before that has certainly done nothing.
#include "node/gateway_links.hpp"
#include "node/gateway_pieces.hpp"

#include <grpcpp/alarm.h>

#include <algorithm>
#include <chrono>

namespace bsn::node {
namespace {

namespace proto = ::bsn::gateway::v1;
using gateway::BodyStream;

/// How long another node may take to show who it is.
constexpr std::uint64_t k_open_ms = 3'000;
/// Of an answer that is no stream.
constexpr std::size_t k_max_answer_bytes = 64U << 20;

std::chrono::system_clock::time_point in(std::uint64_t milliseconds) {
    return std::chrono::system_clock::now() + std::chrono::milliseconds(milliseconds);
}

/// The last comment line of a part of an event stream: what may be said again while nothing comes.
std::string last_comment(const std::string& part) {
    std::size_t from = part.rfind("\n: ");
    if (from != std::string::npos) {
        ++from;
    } else if (part.starts_with(": ")) {
        from = 0;
    } else {
        return {};
    }
    const std::size_t end = part.find("\n\n", from);
    return end == std::string::npos ? std::string() : part.substr(from, end + 2 - from);
}

/// What a reader of events may be told while nothing comes.
class Heartbeat {
  public:
    explicit Heartbeat(bool events) : text_(events ? ": waiting\n\n" : "") {}
    std::string text() const {
        std::lock_guard lock(mutex_);
        return text_;
    }
    void note(const std::string& part) {
        std::lock_guard lock(mutex_);
        if (text_.empty()) return;
        if (std::string comment = last_comment(part); !comment.empty()) text_ = std::move(comment);
    }

  private:
    mutable std::mutex mutex_;
    std::string text_;
};

}  // namespace

/// Counts the calls that are there. gRPC must not lose its last connection in a thread of its own,
/// where a call ends, so those outlive all calls.
class GatewayClient::Use {
  public:
    explicit Use(GatewayClient& client) : client_(client) { ++client_.uses_; }
    ~Use() {
        std::lock_guard lock(client_.mutex_);
        if (--client_.uses_ == 0) client_.ended_.notify_all();
    }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

  private:
    GatewayClient& client_;
};

class GatewayClient::Call final
    : public grpc::ClientBidiReactor<proto::RequestPiece, proto::AnswerPiece>,
      public std::enable_shared_from_this<Call> {
  public:
    Call(GatewayClient& client, std::shared_ptr<Way> way, const ledger::NodeId& node,
         std::shared_ptr<const gateway::Request> request, Done done)
        : use_(client),
          client_(client),
          way_(std::move(way)),
          node_(node),
          request_(std::move(request)),
          done_(std::move(done)) {}

    void start(std::uint64_t timeout_ms);
    /// Ends the call, if it goes on still.
    void abort(const std::string& why);

    // What the reader of a stream does, one after the other.
    void read_part(BodyStream::Done taken);
    void drop();

    void OnReadInitialMetadataDone(bool ok) override;
    void OnWriteDone(bool ok) override;
    void OnReadDone(bool ok) override;
    void OnDone(const grpc::Status& status) override;

  private:
    void write_next();
    void take_head();
    void end_within(grpc::Alarm& alarm, std::uint64_t milliseconds, const char* why);
    /// No more reads are begun from outside.
    void release();

    const Use use_;  // first: it ends last
    GatewayClient& client_;
    const std::shared_ptr<Way> way_;
    const ledger::NodeId node_;
    const std::shared_ptr<const gateway::Request> request_;
    std::uint64_t timeout_ms_ = 0;
    grpc::ClientContext context_;
    grpc::Alarm opening_;
    grpc::Alarm answering_;
    proto::RequestPiece sent_;
    std::size_t written_ = 0;  ///< bytes of the body
    proto::AnswerPiece received_;
    std::optional<gateway::Response> answer_;
    bool streams_ = false;

    std::mutex mutex_;  ///< guards what follows
    Done done_;         ///< until it is called
    std::string why_;   ///< it was ended
    bool started_ = false;
    bool begun_ = false;
    bool released_ = false;
    bool over_ = false;  ///< gRPC is done with it
    BodyStream::Done taken_;
};

/// A body that comes from another node.
class GatewayClient::Body final : public BodyStream {
  public:
    Body(std::shared_ptr<Call> call, bool events)
        : call_(std::move(call)), heartbeat_(std::make_shared<Heartbeat>(events)) {}
    ~Body() override { call_->drop(); }

    void next(Done done) override {
        call_->read_part([beat = heartbeat_, done = std::move(done)](Part part) {
            beat->note(part.bytes);
            done(std::move(part));
        });
    }
    std::string heartbeat() override { return heartbeat_->text(); }

  private:
    const std::shared_ptr<Call> call_;
    const std::shared_ptr<Heartbeat> heartbeat_;  ///< a part may come when this has gone
};

void GatewayClient::Call::start(std::uint64_t timeout_ms) {
    timeout_ms_ = timeout_ms;
    way_->stub->async()->Answer(&context_, this);
    AddHold();  // for reads that are begun by whoever takes the body
    end_within(opening_, std::min(k_open_ms, timeout_ms), "it did not take the call in time");
    StartRead(&received_);
    StartCall();
    bool aborted = false;
    {
        std::lock_guard lock(mutex_);
        started_ = true;
        aborted = !why_.empty();
    }
    if (aborted) release();
}

void GatewayClient::Call::abort(const std::string& why) {
    bool started = false;
    {
        std::lock_guard lock(mutex_);
        if (over_) return;
        if (why_.empty()) why_ = why;
        started = started_;
    }
    context_.TryCancel();
    if (started) release();
}

void GatewayClient::Call::release() {
    {
        std::lock_guard lock(mutex_);
        if (std::exchange(released_, true)) return;
    }
    RemoveHold();
}

void GatewayClient::Call::end_within(grpc::Alarm& alarm, std::uint64_t milliseconds,
                                     const char* why) {
    alarm.Set(in(milliseconds), [weak = weak_from_this(), why](bool rang) {
        auto self = rang ? weak.lock() : nullptr;
        if (self) self->abort(why);
    });
}

void GatewayClient::Call::OnReadInitialMetadataDone(bool ok) {
    opening_.Cancel();
    if (!ok) return;
    Status reached = check_reached(context_, node_, way_->address);
    if (!reached) return abort(reached.error().message);
    {
        std::lock_guard lock(mutex_);
        if (!why_.empty()) return;
        begun_ = true;
    }
    end_within(answering_, timeout_ms_, "it did not answer in time");
    *sent_.mutable_head() = head_of(*request_);
    write_next();
}

void GatewayClient::Call::write_next() {
    const ByteView rest = ByteView(request_->body).subspan(written_);
    const std::size_t size = std::min(rest.size(), k_piece_bytes);
    sent_.set_body(std::string(as_text(rest.first(size))));
    written_ += size;
    sent_.set_last(written_ == request_->body.size());
    StartWrite(&sent_);
}

void GatewayClient::Call::OnWriteDone(bool ok) {
    if (!ok || sent_.last()) return;
    sent_.clear_head();
    write_next();
}

void GatewayClient::Call::take_head() {
    auto head = std::make_shared<const proto::AnswerHead>(received_.head());
    streams_ = head->stream();
    answer_ = from_head(std::move(head));
    if (!streams_) return;
    answering_.Cancel();
    const bool events = answer_->content_type == gateway::k_events_type;
    answer_->stream = std::make_shared<Body>(shared_from_this(), events);
    Done done;
    {
        std::lock_guard lock(mutex_);
        done = std::exchange(done_, nullptr);
    }
    if (done) done({std::move(*answer_), true});
}

void GatewayClient::Call::OnReadDone(bool ok) {
    if (!ok) return release();
    if (received_.has_head() && !answer_) {
        take_head();
        if (streams_) return;  // the next read is the reader's
    }
    if (!answer_) return abort("it does not speak as a gateway does");
    if (streams_) {
        BodyStream::Done taken;
        {
            std::lock_guard lock(mutex_);
            taken = std::exchange(taken_, nullptr);
        }
        if (taken) taken({std::move(*received_.mutable_body())});
        return;
    }
    answer_->body += received_.body();
    if (answer_->body.size() > k_max_answer_bytes) return abort("its answer is too long");
    StartRead(&received_);
}

void GatewayClient::Call::read_part(BodyStream::Done taken) {
    bool over = false;
    {
        std::lock_guard lock(mutex_);
        over = over_;
        if (!over) taken_ = std::move(taken);
        if (!over && released_) return;  // the end is about to come
        if (!over) AddHold();
    }
    if (over) return taken({.last = true, .broken = true});
    StartRead(&received_);
    RemoveHold();
}

void GatewayClient::Call::drop() {
    {
        std::lock_guard lock(mutex_);
        taken_ = nullptr;
    }
    abort("its reader has gone");
}

void GatewayClient::Call::OnDone(const grpc::Status& status) {
    opening_.Cancel();
    answering_.Cancel();
    Done done;
    BodyStream::Done taken;
    std::string why;
    bool begun = false;
    {
        std::lock_guard lock(mutex_);
        over_ = true;
        done = std::exchange(done_, nullptr);
        taken = std::exchange(taken_, nullptr);
        why = why_.empty() ? status.error_message() : why_;
        const auto code = status.error_code();
        const bool refused = code == grpc::StatusCode::PERMISSION_DENIED ||
                             code == grpc::StatusCode::UNAUTHENTICATED ||
                             code == grpc::StatusCode::RESOURCE_EXHAUSTED;
        begun = begun_ && !refused;
    }
    if (taken) taken({.last = true, .broken = !status.ok()});
    if (done && status.ok() && answer_) {
        done({std::move(*answer_), true});
    } else if (done) {
        done({Error{Code::unavailable, why.empty() ? "it gave no answer" : why}, begun});
    }
    client_.forget(shared_from_this());
}

void GatewayClient::forward(const ledger::NodeId& node,
                            std::shared_ptr<const gateway::Request> request,
                            std::uint64_t timeout_ms, Done done) {
    const std::string address = address_of_(node);
    if (address.empty()) {
        return done({Error{Code::unavailable, "its address is not known"}, false});
    }
    if (auto call = begin(node, address, std::move(request), done)) return call->start(timeout_ms);
    done({Error{Code::unavailable, "this node stops"}, false});
}

std::shared_ptr<GatewayClient::Call> GatewayClient::begin(
    const ledger::NodeId& node, const std::string& address,
    std::shared_ptr<const gateway::Request> request, Done done) {
    std::lock_guard lock(mutex_);
    if (stopped_) return nullptr;
    std::shared_ptr<Way>& way = ways_[node];
    if (!way || way->address != address) {
        way = std::make_shared<Way>(Way{
            address, proto::Gateway::NewStub(connect_to_peer(tls_, address, k_max_piece_message))});
    }
    auto call = std::make_shared<Call>(*this, way, node, std::move(request), std::move(done));
    calls_.insert(call);
    return call;
}

void GatewayClient::forget(const std::shared_ptr<Call>& call) {
    std::lock_guard lock(mutex_);
    calls_.erase(call);
    if (calls_.empty()) ended_.notify_all();
}

GatewayClient::~GatewayClient() {
    stop();
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return uses_ == 0; });
}

void GatewayClient::stop() {
    std::set<std::shared_ptr<Call>> calls;
    {
        std::lock_guard lock(mutex_);
        stopped_ = true;
        calls = calls_;
    }
    for (const auto& call : calls) call->abort("this node stops");
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return calls_.empty(); });
}

}  // namespace bsn::node
