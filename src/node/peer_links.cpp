#include "node/peer_links.hpp"

#include "base/log.hpp"
#include "node/peer_parcel.hpp"
#include "node/peer_tls.hpp"

#include <fmt/format.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <peer.grpc.pb.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace bsn::node {
namespace {

namespace proto = ::bsn::peer::v1;

constexpr std::size_t k_max_queued_bytes = 64U << 20;
constexpr int k_max_message_bytes = 8 << 20;
constexpr auto k_connect_again = std::chrono::milliseconds(200);

}  // namespace

/// What others call.
class PeerLinks::Service final : public proto::Peers::Service {
  public:
    explicit Service(PeerLinks& links) : links_(links) {}

    Status start() {
        grpc::ServerBuilder builder;
        builder.AddListeningPort(links_.options_.listen,
                                 peer_server_credentials(links_.options_.tls), &links_.port_);
        builder.RegisterService(this);
        for (grpc::Service* further : links_.options_.further) builder.RegisterService(further);
        builder.SetMaxReceiveMessageSize(k_max_message_bytes);
        builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                                   k_peer_keepalive_ms / 2);
        builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
        server_ = builder.BuildAndStart();
        if (server_ && links_.port_ != 0) return {};
        return Error{
            Code::unavailable,
            fmt::format("cannot listen at {} for the other city nodes; is the port in use, "
                        "or the address another machine's?",
                        links_.options_.listen)};
    }
    void stop() {
        if (server_) server_->Shutdown(std::chrono::system_clock::now());
        server_.reset();
    }

    grpc::Status Link(grpc::ServerContext* context, grpc::ServerReader<proto::Parcel>* reader,
                      proto::LinkEnd*) override {
        auto from = node_of(*context->auth_context());
        if (!from) return {grpc::StatusCode::UNAUTHENTICATED, from.error().message};
        reader->SendInitialMetadata();
        proto::Parcel parcel;
        while (reader->Read(&parcel)) {
            // Asked for each message, so that a revocation counts at once.
            if (!links_.may_talk_(*from)) {
                return {grpc::StatusCode::PERMISSION_DENIED,
                        "this network has no such city node, or has revoked it"};
            }
            auto received = from_parcel(parcel);
            if (!received) {
                log_warn("node", "message of node {} refused: {}", to_hex(*from),
                         received.error().message);
                continue;
            }
            links_.receive_(*from, received->channel, std::move(received->message));
        }
        return {};
    }

  private:
    PeerLinks& links_;
    std::unique_ptr<grpc::Server> server_;
};

/// The way to one other node.
class PeerLinks::Link {
  public:
    Link(const PeerLinks& links, const ledger::NodeId& to, const std::string& address)
        : to_(to), address_(address) {
        stub_ = proto::Peers::NewStub(
            connect_to_peer(links.options_.tls, address, k_max_message_bytes));
        thread_ = std::thread([this] { send_until_stopped(); });
    }
    ~Link() { stop(); }

    void stop() {
        {
            std::lock_guard lock(mutex_);
            stopping_ = true;
            if (context_ != nullptr) context_->TryCancel();
        }
        wake_.notify_all();
        if (thread_.joinable()) thread_.join();
    }

    void add(proto::Parcel parcel) {
        const std::size_t size = parcel.ByteSizeLong();
        {
            std::lock_guard lock(mutex_);
            if (stopping_) return;
            if (queued_bytes_ + size > k_max_queued_bytes) {
                ++dropped_;
                return;
            }
            queued_bytes_ += size;
            queue_.push_back(std::move(parcel));
        }
        wake_.notify_one();
    }
    bool connected() const { return connected_; }
    const std::string& address() const { return address_; }
    gateway::LinkStatus status() const {
        std::lock_guard lock(mutex_);
        return {to_hex(to_), {}, connected_, queued_bytes_, dropped_, address_, {}};
    }

  private:
    void send_until_stopped() {
        while (!stopped_within(std::chrono::milliseconds(0))) {
            grpc::ClientContext context;
            context.set_wait_for_ready(true);
            set_context(&context);
            proto::LinkEnd end;
            auto writer = stub_->Link(&context, &end);
            writer->WaitForInitialMetadata();
            Status right = check_reached(context, to_, address_);
            if (right) {
                connected_ = true;
                while (auto parcel = next()) {
                    if (!writer->Write(*parcel)) break;
                }
            } else {
                context.TryCancel();
            }
            writer->WritesDone();
            grpc::Status ended = writer->Finish();
            set_context(nullptr);
            connected_ = false;
            tell(right ? ended.error_message() : right.error().message);
            if (stopped_within(k_connect_again)) return;
        }
    }

    /// The next parcel; none: it is to stop.
    std::optional<proto::Parcel> next() {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
        if (stopping_) return std::nullopt;
        proto::Parcel parcel = std::move(queue_.front());
        queue_.pop_front();
        queued_bytes_ -= parcel.ByteSizeLong();
        return parcel;
    }

    void set_context(grpc::ClientContext* context) {
        std::lock_guard lock(mutex_);
        context_ = context;
        if (stopping_ && context != nullptr) context->TryCancel();
    }
    bool stopped_within(std::chrono::milliseconds time) {
        std::unique_lock lock(mutex_);
        return wake_.wait_for(lock, time, [this] { return stopping_; });
    }
    void tell(const std::string& why) {
        if (why == told_) return;
        told_ = why;
        log_warn("node", "connection to node {} at {} ended: {}", to_hex(to_), address_, why);
    }

    const ledger::NodeId to_;
    const std::string address_;
    std::unique_ptr<proto::Peers::Stub> stub_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<proto::Parcel> queue_;
    std::size_t queued_bytes_ = 0;
    std::uint64_t dropped_ = 0;
    bool stopping_ = false;
    grpc::ClientContext* context_ = nullptr;
    std::atomic<bool> connected_{false};
    std::string told_;
    std::thread thread_;  // last: it uses the others
};

PeerLinks::PeerLinks(PeerLinkOptions options, Receive receive, MayTalk may_talk)
    : options_(std::move(options)),
      receive_(std::move(receive)),
      may_talk_(std::move(may_talk)),
      service_(std::make_unique<Service>(*this)) {}

PeerLinks::~PeerLinks() { stop(); }

Status PeerLinks::start() {
    BSN_CHECK(service_->start());
    set_addresses(options_.addresses);
    return {};
}

void PeerLinks::set_addresses(const std::map<ledger::NodeId, std::string>& addresses) {
    std::vector<std::unique_ptr<Link>> dropped;  // end without the lock: that may take a moment
    std::unique_lock lock(links_mutex_);
    for (auto at = links_.begin(); at != links_.end();) {
        const auto wanted = addresses.find(at->first);
        if (wanted != addresses.end() && wanted->second == at->second->address()) {
            ++at;
            continue;
        }
        dropped.push_back(std::move(at->second));
        at = links_.erase(at);
    }
    for (const auto& [node, address] : addresses) {
        if (node == options_.own || links_.contains(node)) continue;
        links_.emplace(node, std::make_unique<Link>(*this, node, address));
    }
    lock.unlock();
}

void PeerLinks::stop() {
    service_->stop();
    // They stay: tasks of the pool may still want to send.
    std::shared_lock lock(links_mutex_);
    for (auto& [node, link] : links_) link->stop();
}

void PeerLinks::send(const ledger::NodeId& to, const ledger::ChannelId& channel,
                     ordering::Message message) {
    std::shared_lock lock(links_mutex_);
    auto found = links_.find(to);
    if (found != links_.end()) found->second->add(to_parcel(channel, message));
}

std::vector<gateway::LinkStatus> PeerLinks::status() const {
    std::vector<gateway::LinkStatus> all;
    std::shared_lock lock(links_mutex_);
    all.reserve(links_.size());
    for (const auto& [node, link] : links_) all.push_back(link->status());
    return all;
}

bool PeerLinks::connected(const ledger::NodeId& to) const {
    std::shared_lock lock(links_mutex_);
    auto found = links_.find(to);
    return found != links_.end() && found->second->connected();
}

}  // namespace bsn::node
