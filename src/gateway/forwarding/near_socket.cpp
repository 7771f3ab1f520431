// The asking end: a WebSocket of a client of ours, of which another node does the work.
#include "base/codec.hpp"
#include "gateway/errors.hpp"
#include "gateway/event_text.hpp"
#include "gateway/forwarding/far_socket.hpp"
#include "gateway/forwarding/forward.hpp"
#include "gateway/forwarding/forwarder.hpp"
#include "gateway/json.hpp"

namespace bsn::gateway {
namespace {

/// How long another node may work on one message.
constexpr std::uint64_t k_message_ms = 70'000;

/// Events that come in frames, a part for each message.
class FarMessages final : public BodyStream, public std::enable_shared_from_this<FarMessages> {
  public:
    explicit FarMessages(std::shared_ptr<BodyStream> inner) : inner_(std::move(inner)) {}

    void next(Done done) override {
        done_ = std::move(done);
        go_on();
    }
    std::string heartbeat() override {
        std::lock_guard lock(mutex_);
        return height_text(EventForm::messages, height_);
    }

  private:
    void go_on() {
        auto frame = frames_.take();
        if (frame) return give(std::move(*frame));
        if (ended_) return answer({.last = true, .broken = true});
        inner_->next([weak = weak_from_this()](const Part& part) {
            if (auto self = weak.lock()) self->take(part);
        });
    }

    void take(const Part& part) {
        const bool good = !part.broken && frames_.add(part.bytes);
        ended_ = part.last || !good;
        go_on();
    }

    void give(FrameReader::Frame frame) {
        const Json json = Json::parse(frame.text, nullptr, false);
        if (json.is_object() && json.contains("height") && json["height"].is_number_unsigned()) {
            std::lock_guard lock(mutex_);
            height_ = json["height"].get<std::uint64_t>();
        }
        answer({std::move(frame.text), frame.kind == FrameReader::Kind::last});
    }

    void answer(Part part) {
        // `done` may lead to the next call of `next` before it returns.
        Done done = std::exchange(done_, nullptr);
        done(std::move(part));
    }

    const std::shared_ptr<BodyStream> inner_;
    FrameReader frames_;
    bool ended_ = false;
    Done done_;
    mutable std::mutex mutex_;  ///< guards the next
    std::optional<std::uint64_t> height_;
};

/// Moves messages from another node to a client. What comes is worked on as work, one part after
/// the other.
class Pump : public std::enable_shared_from_this<Pump> {
  public:
    Pump(Forwarder& forwarder, std::shared_ptr<const Work> work, std::shared_ptr<BodyStream> body,
         framework::ClientRpc::Send send)
        : forwarder_(forwarder),
          work_(std::move(work)),
          body_(std::move(body)),
          send_(std::move(send)) {}

    void read() {
        body_->next([weak = weak_from_this(), work = work_](BodyStream::Part part) {
            auto shared = std::make_shared<BodyStream::Part>(std::move(part));
            work->run([weak, shared] {
                if (auto self = weak.lock()) self->take(*shared);
            });
        });
    }

    void send_on(std::string message, std::function<void()> taken) {
        std::optional<Peer> peer;
        {
            std::lock_guard lock(mutex_);
            peer = peer_;
            if (!peer && !ended_) {  // it has not said yet who it is
                first_ = {std::move(message), std::move(taken)};
                return;
            }
        }
        if (peer) forward(*peer, std::move(message), std::move(taken));
    }

    void when_ended(std::function<void()> then) {
        {
            std::lock_guard lock(mutex_);
            if (!ended_) {
                when_ended_ = std::move(then);
                return;
            }
        }
        then();
    }

  private:
    struct Peer {
        ledger::NodeId node;
        std::string id;
    };
    struct First {
        std::string message;
        std::function<void()> taken;
    };

    void take(const BodyStream::Part& part) {
        if (part.broken || !frames_.add(part.bytes)) return end();
        while (auto frame = frames_.take()) {
            if (frame->kind != FrameReader::Kind::opened) {
                send_(std::move(frame->text));
            } else if (!opened(frame->text)) {
                return end();
            }
        }
        if (part.last) return end();
        read();
    }

    bool opened(std::string_view text) {
        Reader reader(as_bytes(text));
        const auto node = reader.fixed<ledger::NodeId>();
        const auto id = reader.fixed<ledger::Nonce>();
        if (!reader.finish("name of a WebSocket")) return false;
        std::optional<First> first;
        Peer peer{node, to_hex(id)};
        {
            std::lock_guard lock(mutex_);
            peer_ = peer;
            first = std::exchange(first_, std::nullopt);
        }
        if (first) forward(peer, std::move(first->message), std::move(first->taken));
        return true;
    }

    void forward(const Peer& peer, std::string message, std::function<void()> taken) {
        auto request = std::make_shared<Request>();
        request->method = k_message_method;
        request->target = peer.id;
        request->body = to_bytes(message);
        forwarder_.forward(peer.node, std::move(request), k_message_ms,
                           [weak = weak_from_this(), taken = std::move(taken)](Forwarded came) {
                               if (came.answer && came.answer->status == 200) return taken();
                               if (auto self = weak.lock()) self->end();
                           });
    }

    void end() {
        std::function<void()> then;
        {
            std::lock_guard lock(mutex_);
            if (std::exchange(ended_, true)) return;
            then = std::move(when_ended_);
        }
        if (then) then();
    }

    Forwarder& forwarder_;
    const std::shared_ptr<const Work> work_;
    const std::shared_ptr<BodyStream> body_;
    const framework::ClientRpc::Send send_;
    FrameReader frames_;

    std::mutex mutex_;  ///< guards what follows
    std::optional<Peer> peer_;
    std::optional<First> first_;  ///< a message that waits until it is known where to
    bool ended_ = false;
    std::function<void()> when_ended_;
};

class FarConnection final : public FarRpcConnection {
  public:
    explicit FarConnection(std::shared_ptr<Pump> pump) : pump_(std::move(pump)) {}
    void receive(std::string message) override {
        pump_->send_on(std::move(message), [] {});
    }
    void receive_then(std::string message, std::function<void()> taken) override {
        pump_->send_on(std::move(message), std::move(taken));
    }
    void when_ended(std::function<void()> then) override { pump_->when_ended(std::move(then)); }

  private:
    const std::shared_ptr<Pump> pump_;
};

/// The RPC of a chain on another node, for one connection.
class FarRpc final : public framework::ClientRpc {
  public:
    FarRpc(Forwarder& forwarder, std::shared_ptr<const Work> work, std::shared_ptr<BodyStream> body)
        : forwarder_(forwarder), work_(std::move(work)), body_(std::move(body)) {}

    void answer(std::string, Reply reply) override { reply({}); }
    std::unique_ptr<framework::RpcConnection> connect(Send send) override {
        auto pump = std::make_shared<Pump>(forwarder_, work_, std::exchange(body_, nullptr),
                                           std::move(send));
        pump->read();
        return std::make_unique<FarConnection>(std::move(pump));
    }

  private:
    Forwarder& forwarder_;
    const std::shared_ptr<const Work> work_;
    std::shared_ptr<BodyStream> body_;
};

SocketOpening opening_of(Service& service, Response answer, bool rpc) {
    if (!answer.stream) return answer;  // refused
    if (!rpc) {
        return Response{.stream = std::make_shared<FarMessages>(std::move(answer.stream))};
    }
    auto place = service.rpc_connections().take();
    if (!place) return rpc_error_response(place.error());
    return RpcOpening{std::make_shared<FarRpc>(*service.backend().forwarder(),
                                               service.shared_work(), std::move(answer.stream)),
                      *place, &service.work()};
}

}  // namespace

void open_socket_elsewhere(Service& service, Way way, const Request& request, bool rpc,
                           const SocketOpened& opened, const std::function<void()>& here) {
    auto sent = std::make_shared<Request>(request);
    sent->method = k_socket_method;
    sent->origin.clear();  // which pages may call is for the node that they reach
    sent->answer_nonce.reset();
    auto answered = [&service, work = service.shared_work(), rpc, opened](Result<Response> came) {
        auto shared = std::make_shared<Result<Response>>(std::move(came));
        work->run([&service, shared, rpc, opened] {
            if (*shared) return opened(opening_of(service, std::move(**shared), rpc));
            opened(rpc ? rpc_error_response(shared->error()) : error_response(shared->error()));
        });
    };
    hand_on(service, std::move(way), std::move(sent),
            {answered, [work = service.shared_work(), here] { work->run(here); }});
}

}  // namespace bsn::gateway
