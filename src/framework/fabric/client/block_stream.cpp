#include "framework/fabric/client/block_stream.hpp"

#include "base/log.hpp"
#include "framework/fabric/client/connection.hpp"
#include "framework/fabric/client/seek.hpp"

#include <orderer/ab.grpc.pb.h>
#include <peer/events.grpc.pb.h>

namespace bsn::framework::fabric {
namespace {

using grpc::ClientContext;

Error at(const BlockSource& source, const Error& error) {
    return error.within(fmt::format("{} ({})", source.endpoint.name, source.endpoint.address));
}

template <typename Response, typename Stream>
Result<common::Block> read_one(const BlockSource& source, const std::string& channel,
                               const common::Envelope& ask, Stream stream) {
    if (stream->Write(ask)) stream->WritesDone();
    Response response;
    const bool read = stream->Read(&response);
    if (read && response.has_block()) {
        Response end;
        while (stream->Read(&end)) {
        }
        (void)stream->Finish();
        return std::move(*response.mutable_block());
    }
    const grpc::Status status = stream->Finish();
    if (!read && !status.ok()) return error_of(status, source.endpoint);
    return at(source, error_of(read ? response.status() : common::UNKNOWN, channel));
}

}  // namespace

BlockStream::BlockStream(BlockStreamOptions options, Take take)
    : options_(std::move(options)), take_(std::move(take)), next_(options_.from) {
    ensure(!options_.sources.empty(), "blocks of no source");
    thread_ = std::thread([this] { follow(); });
}

BlockStream::BlockStream(BlockStreamOptions options, TakeFiltered take)
    : options_(std::move(options)), take_filtered_(std::move(take)), next_(options_.from) {
    ensure(!options_.sources.empty(), "blocks of no source");
    thread_ = std::thread([this] { follow(); });
}

BlockStream::~BlockStream() { close(); }

void BlockStream::close() {
    {
        std::lock_guard lock(mutex_);
        if (std::exchange(closed_, true)) return;
        if (cancel_) cancel_();
    }
    wake_.notify_all();
    thread_.join();
}

void BlockStream::leave_source() {
    std::lock_guard lock(mutex_);
    if (!cancel_) return;
    leaves_ = true;
    cancel_();
}

std::size_t BlockStream::source() const {
    std::lock_guard lock(mutex_);
    return current_;
}

std::string BlockStream::trouble() const {
    std::lock_guard lock(mutex_);
    return trouble_;
}

void BlockStream::follow() {
    std::unique_lock lock(mutex_);
    while (!closed_) {
        const BlockSource& source = options_.sources[current_];
        lock.unlock();
        const Status read = read_from(source);
        lock.lock();
        cancel_ = nullptr;
        if (closed_) return;
        if (!read && !std::exchange(leaves_, false)) {
            if (trouble_.empty()) {
                log_warn("fabric", "channel={} no blocks: {}", options_.channel,
                         read.error().message);
            }
            trouble_ = read.error().message;
        }
        current_ = (current_ + 1) % options_.sources.size();
        wake_.wait_for(lock, options_.pause, [this] { return closed_; });
    }
}

Status BlockStream::read_from(const BlockSource& source) {
    auto channel = connect(source.endpoint);
    if (source.orderer) {
        auto stub = orderer::AtomicBroadcast::NewStub(channel);
        return read<orderer::DeliverResponse>(
            source, [&](ClientContext& context) { return stub->Deliver(&context); });
    }
    auto stub = protos::Deliver::NewStub(channel);
    return read<protos::DeliverResponse>(source, [&](ClientContext& context) {
        return take_filtered_ ? stub->DeliverFiltered(&context) : stub->Deliver(&context);
    });
}

template <typename Response, typename Open>
Status BlockStream::read(const BlockSource& source, Open open) {
    BSN_TRY(certificate_hash, tls_certificate_hash(source.endpoint.tls));
    // Shared with who ends the reading, who may be late.
    auto context = std::make_shared<ClientContext>();
    {
        std::lock_guard lock(mutex_);
        if (closed_) return {};
        cancel_ = [context] { context->TryCancel(); };
    }
    auto stream = open(*context);
    Status taken;
    if (stream->Write(seek_envelope(options_.channel, seek_from(next_), options_.identity,
                                    certificate_hash))) {
        Response response;
        while (taken && stream->Read(&response)) taken = take_one(response);
    }
    if (!taken) context->TryCancel();
    const grpc::Status status = stream->Finish();
    if (!taken) return at(source, taken.error());
    if (!status.ok()) return error_of(status, source.endpoint);
    return at(source, {Code::unavailable, "it has ended the stream of blocks"});
}

Status BlockStream::passed(std::uint64_t number, const Status& taken) {
    BSN_CHECK(taken);
    next_ = number + 1;
    std::lock_guard lock(mutex_);
    if (!trouble_.empty()) log_info("fabric", "channel={} blocks come again", options_.channel);
    trouble_.clear();
    return {};
}

Status BlockStream::take_one(const orderer::DeliverResponse& response) {
    if (!response.has_block()) return error_of(response.status(), options_.channel);
    const std::uint64_t number = response.block().header().number();
    if (number != next_ || !take_) {
        return Error{Code::invalid_argument,
                     fmt::format("block {} was asked for, {} came", next_, number)};
    }
    return passed(number, take_(response.block()));
}

Status BlockStream::take_one(const protos::DeliverResponse& response) {
    const bool filtered = take_filtered_ != nullptr;
    if (filtered ? !response.has_filtered_block() : !response.has_block()) {
        return error_of(response.status(), options_.channel);
    }
    const std::uint64_t number =
        filtered ? response.filtered_block().number() : response.block().header().number();
    if (number != next_) {
        return Error{Code::invalid_argument,
                     fmt::format("block {} was asked for, {} came", next_, number)};
    }
    return passed(number,
                  filtered ? take_filtered_(response.filtered_block()) : take_(response.block()));
}

Result<common::Block> fetch_block(const BlockSource& source, const std::string& channel,
                                  std::optional<std::uint64_t> height, const Identity& identity,
                                  std::chrono::milliseconds patience) {
    BSN_TRY(certificate_hash, tls_certificate_hash(source.endpoint.tls));
    const common::Envelope ask =
        seek_envelope(channel, seek_one(height), identity, certificate_hash);
    ClientContext context;
    set_patience(context, patience);
    auto connection = connect(source.endpoint);
    if (source.orderer) {
        auto stub = orderer::AtomicBroadcast::NewStub(connection);
        return read_one<orderer::DeliverResponse>(source, channel, ask, stub->Deliver(&context));
    }
    auto stub = protos::Deliver::NewStub(connection);
    return read_one<protos::DeliverResponse>(source, channel, ask, stub->Deliver(&context));
}

}  // namespace bsn::framework::fabric
