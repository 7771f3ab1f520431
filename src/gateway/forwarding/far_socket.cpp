// The answering end: a WebSocket of another node's client.
#include "gateway/forwarding/far_socket.hpp"

#include "base/codec.hpp"
#include "crypto/random.hpp"
#include "gateway/errors.hpp"
#include "gateway/router.hpp"

#include <map>

namespace bsn::gateway {
namespace {

constexpr std::size_t k_head_bytes = 5;
/// A message is a page of events, or an answer of JSON-RPC.
constexpr std::size_t k_most_frame_bytes = 128U << 20;
/// What is put together in one piece of a body.
constexpr std::size_t k_piece_bytes = 1U << 20;

/// Each part of a stream in a frame.
class FramedStream final : public BodyStream {
  public:
    explicit FramedStream(std::shared_ptr<BodyStream> inner) : inner_(std::move(inner)) {}

    void next(Done done) override {
        inner_->next([done = std::move(done)](Part part) {
            if (!part.broken) {
                part.bytes = FrameReader::framed(
                    part.last ? FrameReader::Kind::last : FrameReader::Kind::message, part.bytes);
            }
            done(std::move(part));
        });
    }

  private:
    const std::shared_ptr<BodyStream> inner_;
};

}  // namespace

std::string FrameReader::framed(Kind kind, std::string_view text) {
    Writer writer(k_head_bytes + text.size());
    writer.u8(static_cast<std::uint8_t>(kind));
    writer.u32(static_cast<std::uint32_t>(text.size()));
    writer.raw(as_bytes(text));
    return std::string(as_text(writer.view()));
}

bool FrameReader::add(std::string_view piece) {
    if (begin_ != 0) bytes_.erase(0, std::exchange(begin_, 0));
    bytes_ += piece;
    return bytes_.size() <= k_most_frame_bytes;
}

std::optional<FrameReader::Frame> FrameReader::take() {
    Reader reader(as_bytes(std::string_view(bytes_).substr(begin_)));
    if (reader.remaining() < k_head_bytes) return std::nullopt;
    const auto kind = static_cast<Kind>(reader.u8());
    const std::uint32_t size = reader.u32();
    if (reader.remaining() < size) return std::nullopt;
    begin_ += k_head_bytes + size;
    return Frame{kind, std::string(as_text(reader.raw(size)))};
}

struct FarSockets::Open {
    std::mutex mutex;
    std::map<std::string, std::weak_ptr<End>> ends;  ///< by id, hexadecimal
};

/// A client's connection to a chain's RPC, whose messages to the client are this body.
class FarSockets::End final : public BodyStream, public std::enable_shared_from_this<End> {
  public:
    End(RpcOpening opening, std::size_t most_waiting, std::shared_ptr<Open> open, std::string id)
        : opening_(std::move(opening)),
          most_waiting_(most_waiting),
          open_(std::move(open)),
          id_(std::move(id)) {}
    ~End() override {
        connection_.reset();
        std::lock_guard lock(open_->mutex);
        open_->ends.erase(id_);
    }
    End(const End&) = delete;
    End& operator=(const End&) = delete;

    /// False if this RPC has no connections.
    bool connect(std::string first) {
        put(std::move(first));
        connection_ = opening_.rpc->connect([weak = weak_from_this()](std::string_view text) {
            auto self = weak.lock();
            if (self && !text.empty()) {
                self->put(FrameReader::framed(FrameReader::Kind::message, text));
            }
        });
        return connection_ != nullptr;
    }
    void receive(std::string message) {
        std::lock_guard lock(receiving_);
        connection_->receive(std::move(message));
    }

    void next(Done done) override {
        std::optional<Part> part;
        {
            std::lock_guard lock(mutex_);
            part = ready();
            if (!part) done_ = std::move(done);
        }
        if (part) done(std::move(*part));
    }

  private:
    void put(std::string frame) {
        Done done;
        std::optional<Part> part;
        {
            std::lock_guard lock(mutex_);
            waiting_ += frame.size();
            frames_.push_back(std::move(frame));
            full_ = full_ || waiting_ > most_waiting_;
            if (!done_) return;
            part = ready();
            done = std::exchange(done_, nullptr);
        }
        done(std::move(*part));
    }

    /// With the lock.
    std::optional<Part> ready() {
        if (full_) return Part{.last = true, .broken = true};
        if (frames_.empty()) return std::nullopt;
        Part part;
        while (!frames_.empty() && part.bytes.size() < k_piece_bytes) {
            part.bytes += frames_.front();
            frames_.pop_front();
        }
        waiting_ -= part.bytes.size();
        return part;
    }

    const RpcOpening opening_;
    const std::size_t most_waiting_;
    const std::shared_ptr<Open> open_;
    const std::string id_;
    std::unique_ptr<framework::RpcConnection> connection_;
    std::mutex receiving_;  ///< one message at a time

    std::mutex mutex_;  ///< guards what follows
    std::deque<std::string> frames_;
    std::size_t waiting_ = 0;  ///< bytes of these
    bool full_ = false;
    Done done_;  ///< set while a part is asked for
};

FarSockets::FarSockets() : open_(std::make_shared<Open>()) {}

Response FarSockets::answer(Service& service, Request request) {
    return request.method == k_message_method ? take(request) : open(service, std::move(request));
}

Response FarSockets::open(Service& service, Request request) {
    request.method = "GET";  // which the client has signed
    SocketOpening opening = open_socket_here(service, std::move(request));
    if (auto* response = std::get_if<Response>(&opening)) {
        if (!response->stream) return std::move(*response);
        return {.content_type = k_bytes_type,
                .stream = std::make_shared<FramedStream>(std::move(response->stream))};
    }
    const ordering::NodeIdentity* own = service.backend().identity();
    if (own == nullptr) {
        return error_response({Code::unavailable, "this city node has no identity"});
    }
    const auto random = crypto::random_value<ledger::Nonce>();
    const std::string id = to_hex(random);
    auto end = std::make_shared<End>(std::move(std::get<RpcOpening>(opening)),
                                     service.rpc().max_waiting_bytes, open_, id);
    {
        std::lock_guard lock(open_->mutex);
        open_->ends.emplace(id, end);
    }
    Writer first;
    first.raw(own->id());
    first.raw(random);
    if (!end->connect(FrameReader::framed(FrameReader::Kind::opened, as_text(first.view())))) {
        return error_response({Code::not_found, "this JSON-RPC has no WebSockets"});
    }
    return {.content_type = k_bytes_type, .stream = std::move(end)};
}

Response FarSockets::take(const Request& request) {
    std::shared_ptr<End> end;
    {
        std::lock_guard lock(open_->mutex);
        const auto found = open_->ends.find(request.target);
        if (found != open_->ends.end()) end = found->second.lock();
    }
    if (!end) return error_response({Code::not_found, "no such WebSocket is open here"});
    end->receive(to_text(request.body));
    return {};
}

}  // namespace bsn::gateway
