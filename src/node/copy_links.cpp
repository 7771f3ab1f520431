#include "node/copy_links.hpp"

#include "base/log.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::node {
namespace {

namespace proto = ::bsn::peer::v1;

constexpr std::size_t k_piece_bytes = 1U << 20;
constexpr int k_max_message_bytes = 2 << 20;
/// Each holds a thread, and the state as it was when it began.
constexpr int k_most_at_once = 2;

/// Gathers small pieces and cuts large ones.
class PieceWriter {
  public:
    explicit PieceWriter(grpc::ServerWriter<proto::CopyPiece>& writer) : writer_(writer) {}

    Status add(ByteView bytes) {
        while (!bytes.empty()) {
            std::string& piece = *piece_.mutable_bytes();
            const std::size_t taken = std::min(bytes.size(), k_piece_bytes - piece.size());
            piece.append(as_text(bytes.first(taken)));
            bytes = bytes.subspan(taken);
            if (piece.size() == k_piece_bytes) BSN_CHECK(flush());
        }
        return {};
    }
    Status flush() {
        if (piece_.bytes().empty()) return {};
        const bool written = writer_.Write(piece_);
        piece_.Clear();
        if (written) return {};
        return Error{Code::unavailable, "the other node takes no more"};
    }

  private:
    grpc::ServerWriter<proto::CopyPiece>& writer_;
    proto::CopyPiece piece_;
};

grpc::StatusCode code_of(const Error& error) {
    switch (error.code) {
        case Code::forbidden: return grpc::StatusCode::PERMISSION_DENIED;
        case Code::unavailable: return grpc::StatusCode::UNAVAILABLE;
        default: return grpc::StatusCode::INTERNAL;
    }
}

/// One more of those that are served, while it lives.
class Served {
  public:
    explicit Served(std::atomic<int>& count) : count_(count), number_(++count) {}
    ~Served() { --count_; }
    Served(const Served&) = delete;
    Served& operator=(const Served&) = delete;
    int number() const { return number_; }

  private:
    std::atomic<int>& count_;
    const int number_;
};

}  // namespace

grpc::Status CopyService::Read(grpc::ServerContext* context, const proto::CopyRequest* request,
                               grpc::ServerWriter<proto::CopyPiece>* writer) {
    auto to = node_of(*context->auth_context());
    if (!to) return {grpc::StatusCode::UNAUTHENTICATED, to.error().message};
    auto channel = ledger::ChannelId::from(as_bytes(request->channel()));
    if (!channel) return {grpc::StatusCode::INVALID_ARGUMENT, channel.error().message};
    const Served served(served_);
    if (served.number() > k_most_at_once) {
        return {grpc::StatusCode::RESOURCE_EXHAUSTED, "other nodes take copies; ask again later"};
    }
    PieceWriter pieces(*writer);
    Status written = write_(*to, *channel, [&](ByteView bytes) { return pieces.add(bytes); });
    if (written) written = pieces.flush();
    if (written) return {};
    log_warn("node", "copy of channel {} for node {} ended: {}", to_hex(*channel), to_hex(*to),
             written.error().message);
    return {code_of(written.error()), written.error().message};
}

/// Known to the client for as long as it lives.
class CopyClient::Stoppable {
  public:
    Stoppable(CopyClient& client, grpc::ClientContext& context)
        : client_(client), context_(context) {
        std::lock_guard lock(client_.mutex_);
        client_.calls_.insert(&context_);
        if (client_.stopped_) context_.TryCancel();
    }
    ~Stoppable() {
        std::lock_guard lock(client_.mutex_);
        client_.calls_.erase(&context_);
    }
    Stoppable(const Stoppable&) = delete;
    Stoppable& operator=(const Stoppable&) = delete;

  private:
    CopyClient& client_;
    grpc::ClientContext& context_;
};

Status CopyClient::read_copy(const ledger::NodeId& from, const ledger::ChannelId& channel,
                             const peer::CopySink& sink) {
    const std::string address = address_of_(from);
    if (address.empty()) return Error{Code::unavailable, "its address is not known"};
    auto stub = proto::Copies::NewStub(connect_to_peer(tls_, address, k_max_message_bytes));
    grpc::ClientContext context;
    const Stoppable stoppable(*this, context);
    proto::CopyRequest request;
    request.set_channel(std::string(as_text(channel)));
    auto reader = stub->Read(&context, request);
    reader->WaitForInitialMetadata();
    Status taken = check_reached(context, from, address);
    proto::CopyPiece piece;
    while (taken && reader->Read(&piece)) taken = sink(as_bytes(piece.bytes()));
    if (!taken) context.TryCancel();
    const grpc::Status ended = reader->Finish();
    if (!ended.ok() && (taken.ok() || taken.error().code == Code::unavailable)) {
        return Error{Code::unavailable, ended.error_message()};
    }
    return taken;
}

void CopyClient::stop_copies() {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    for (grpc::ClientContext* call : calls_) call->TryCancel();
}

}  // namespace bsn::node
