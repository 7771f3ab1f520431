#include "node/peer_order_source.hpp"

#include "base/log.hpp"

#include <fmt/format.h>
#include <grpcpp/completion_queue.h>
#include <order.grpc.pb.h>

#include <algorithm>

namespace bsn::node {
namespace {

namespace proto = ::bsn::order::v1;
using std::chrono::milliseconds;

/// Above what a block and its commit may take.
constexpr int k_max_message_bytes = 16 << 20;
constexpr auto k_submit_time = std::chrono::seconds(5);
constexpr auto k_least_pause = milliseconds(200);
constexpr auto k_longest_pause = milliseconds(2'000);

Error unavailable(const OrderServer& server, const std::string& why) {
    return {Code::unavailable, fmt::format("{} at {}: {}", server.name, server.address, why)};
}

}  // namespace

/// A call that follows. Each step is begun, and awaited for a limited time.
class PeerOrderSource::Call {
  public:
    Call(const PeerTls& tls, OrderServer server)
        : server_(std::move(server)),
          stub_(proto::Order::NewStub(connect_to_peer(tls, server_.address, k_max_message_bytes))) {
    }

    ~Call() {
        context_.TryCancel();
        if (reader_) {
            grpc::Status ended;
            reader_->Finish(&ended, this);
            take();
        }
        queue_.Shutdown();
        void* tag = nullptr;
        bool good = false;
        while (queue_.Next(&tag, &good)) {
        }
    }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    /// Ends what is awaited; any thread.
    void cancel() { context_.TryCancel(); }
    const OrderServer& server() const { return server_; }

    Status begin(std::uint64_t height, milliseconds patience) {
        proto::From from;
        from.set_height(height);
        reader_ = stub_->PrepareAsyncFollow(&context_, from, &queue_);
        reader_->StartCall(this);
        BSN_CHECK(await(patience));
        reader_->ReadInitialMetadata(this);
        BSN_CHECK(await(patience));
        return check_reached(context_, server_.id, server_.address);
    }

    Result<ordering::SourcedBlock> read(milliseconds patience) {
        proto::Ordered message;
        reader_->Read(&message, this);
        BSN_CHECK(await(patience));
        ordering::SourcedBlock sourced;
        sourced.newest = message.newest();
        sourced.block.header = to_bytes(message.block().header());
        sourced.block.commit = to_bytes(message.block().commit());
        for (const std::string& transaction : message.block().transactions()) {
            sourced.block.transactions.push_back(to_bytes(transaction));
        }
        return sourced;
    }

  private:
    bool take() {
        void* tag = nullptr;
        bool good = false;
        return queue_.Next(&tag, &good) && good;
    }

    Status await(milliseconds patience) {
        void* tag = nullptr;
        bool good = false;
        const auto until = std::chrono::system_clock::now() + patience;
        if (queue_.AsyncNext(&tag, &good, until) == grpc::CompletionQueue::TIMEOUT) {
            context_.TryCancel();
            take();  // the step has to end before its memory goes
            return unavailable(server_, "no answer in time");
        }
        if (good) return {};
        grpc::Status ended;
        reader_->Finish(&ended, this);
        take();
        reader_.reset();
        return unavailable(server_, ended.error_message());
    }

    const OrderServer server_;
    grpc::ClientContext context_;
    grpc::CompletionQueue queue_;
    std::unique_ptr<proto::Order::Stub> stub_;
    std::unique_ptr<grpc::ClientAsyncReader<proto::Ordered>> reader_;
};

/// What brings envelopes to one server.
class PeerOrderSource::Sender {
  public:
    Sender(const PeerTls& tls, OrderServer server)
        : server_(std::move(server)),
          stub_(proto::Order::NewStub(connect_to_peer(tls, server_.address, k_max_message_bytes))) {
    }

    const OrderServer& server() const { return server_; }

    /// `context` lets others end it.
    Status send(grpc::ClientContext& context, const proto::Envelopes& envelopes) {
        context.set_deadline(std::chrono::system_clock::now() + k_submit_time);
        proto::Taken taken;
        const grpc::Status ended = stub_->Submit(&context, envelopes, &taken);
        if (ended.error_code() == grpc::StatusCode::INVALID_ARGUMENT) {
            return Error{Code::invalid_argument, ended.error_message()};
        }
        if (!ended.ok()) return unavailable(server_, ended.error_message());
        return check_reached(context, server_.id, server_.address);
    }

  private:
    const OrderServer server_;
    std::unique_ptr<proto::Order::Stub> stub_;
};

PeerOrderSource::PeerOrderSource(PeerOrderOptions options) : options_(std::move(options)) {}

PeerOrderSource::~PeerOrderSource() = default;

Result<OrderServer> PeerOrderSource::server_at(std::size_t turn) const {
    const std::vector<OrderServer> servers = options_.servers();
    if (servers.empty()) {
        return Error{Code::unavailable,
                     "no city node that is known here serves the order: a node "
                     "with `ordering` must be among the `nodes` of node.yaml"};
    }
    const std::size_t own = FixedBytesHash()(options_.own);
    return servers[(own % servers.size() + turn) % servers.size()];
}

bool PeerOrderSource::stopped_within(milliseconds time) {
    std::unique_lock lock(mutex_);
    return wake_.wait_for(lock, time, [this] { return stopping_; });
}

Status PeerOrderSource::open(std::uint64_t height) {
    const std::size_t count = std::max<std::size_t>(1, options_.servers().size());
    const std::size_t rounds = std::min<std::size_t>(failures_ / count, 8);
    const milliseconds pause = std::min(k_least_pause * (1 << rounds), k_longest_pause);
    // The others are tried at once, and all of them again only after a while.
    const bool all_failed = failures_ > 0 && failures_ % count == 0;
    if (stopped_within(all_failed ? pause : milliseconds(0))) {
        return Error{Code::unavailable, "this node stops"};
    }
    BSN_TRY(server, server_at(turn_));
    auto call = std::make_unique<Call>(options_.tls, server);
    {
        std::lock_guard lock(mutex_);
        call_ = std::move(call);
        if (stopping_) call_->cancel();
    }
    BSN_CHECK(call_->begin(height, options_.silence));
    std::lock_guard lock(mutex_);
    followed_ = server.name;
    log_info("ordering", "following {} at {} from height {}", server.name, server.address, height);
    return {};
}

void PeerOrderSource::leave() {
    std::unique_ptr<Call> left;
    {
        std::lock_guard lock(mutex_);
        left = std::move(call_);
        followed_.clear();
    }
    ++turn_;
    ++failures_;
}

Result<ordering::SourcedBlock> PeerOrderSource::next(std::uint64_t height) {
    if (call_ && next_height_ != height) leave();
    if (!call_) {
        if (Status opened = open(height); !opened) {
            leave();
            return opened.error();
        }
    } else {
        failures_ = 0;  // the block before was right
    }
    next_height_ = height + 1;
    auto read = call_->read(options_.silence);
    if (!read) leave();
    return read;
}

void PeerOrderSource::distrust() { leave(); }

Status PeerOrderSource::submit(const std::vector<Bytes>& envelopes) {
    proto::Envelopes message;
    for (const Bytes& envelope : envelopes) message.add_envelopes(to_text(envelope));
    // First to the one that is followed, then to those after it.
    const std::size_t first = turn_;
    const std::size_t count = std::max<std::size_t>(1, options_.servers().size());
    Status sent;
    for (std::size_t i = 0; i < count; ++i) {
        BSN_TRY(server, server_at(first + i));
        if (!sender_ || sender_->server().id != server.id) {
            sender_ = std::make_unique<Sender>(options_.tls, server);
        }
        grpc::ClientContext context;
        set_sending(&context);
        sent = sender_->send(context, message);
        set_sending(nullptr);
        if (sent || sent.error().code == Code::invalid_argument) break;
        sender_.reset();
        if (stopped_within(milliseconds(0))) break;
    }
    return sent;
}

void PeerOrderSource::set_sending(grpc::ClientContext* context) {
    std::lock_guard lock(mutex_);
    sending_ = context;
    if (stopping_ && context != nullptr) context->TryCancel();
}

std::string PeerOrderSource::followed() const {
    std::lock_guard lock(mutex_);
    return followed_;
}

void PeerOrderSource::stop() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
        if (call_) call_->cancel();
        if (sending_ != nullptr) sending_->TryCancel();
    }
    wake_.notify_all();
}

}  // namespace bsn::node
