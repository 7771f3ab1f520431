#pragma once
// A peer and an orderer that do what a test says, on gRPC.

#include "framework/fabric/client/endpoint.hpp"

#include <fmt/format.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <orderer/ab.grpc.pb.h>
#include <peer/events.grpc.pb.h>
#include <peer/peer.grpc.pb.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <vector>

namespace bsn::framework::fabric::testing {

/// Serves on a port of its own until it goes.
class FakeServer {
  public:
    void start(const std::string& name, const std::vector<grpc::Service*>& services,
               const std::shared_ptr<grpc::ServerCredentials>& credentials =
                   grpc::InsecureServerCredentials()) {
        grpc::ServerBuilder builder;
        int port = 0;
        builder.AddListeningPort("127.0.0.1:0", credentials, &port);
        for (grpc::Service* service : services) builder.RegisterService(service);
        server_ = builder.BuildAndStart();
        endpoint_ = {name, fmt::format("127.0.0.1:{}", port)};
    }
    void stop() {
        if (server_) server_->Shutdown(std::chrono::system_clock::now());
        server_.reset();
    }
    ~FakeServer() { stop(); }
    const Endpoint& endpoint() const { return endpoint_; }

  private:
    std::unique_ptr<grpc::Server> server_;
    Endpoint endpoint_;
};

/// Blocks that grow; whoever reads waits for the next one.
class FakeBlocks {
  public:
    void add(common::Block block) {
        std::lock_guard lock(mutex_);
        blocks_.push_back(std::move(block));
        grown_.notify_all();
    }
    std::size_t size() const {
        std::lock_guard lock(mutex_);
        return blocks_.size();
    }
    /// The block of a height; waits for it while `go_on` says so.
    std::optional<common::Block> wait(std::uint64_t height, const std::function<bool()>& go_on) {
        std::unique_lock lock(mutex_);
        while (height >= blocks_.size()) {
            if (!go_on()) return std::nullopt;
            grown_.wait_for(lock, std::chrono::milliseconds(5));
        }
        return blocks_[height];
    }

    /// Answers a reader's question, as peers and orderers do.
    template <typename Response, typename Stream>
    grpc::Status serve(grpc::ServerContext* context, Stream* stream) {
        common::Envelope ask;
        if (!stream->Read(&ask)) return {};
        common::Payload payload;
        payload.ParseFromString(ask.payload());
        orderer::SeekInfo seek;
        seek.ParseFromString(payload.data());
        const bool waits = seek.behavior() == orderer::SeekInfo::BLOCK_UNTIL_READY;
        std::uint64_t next =
            seek.start().has_newest() ? size() - 1 : seek.start().specified().number();
        const std::uint64_t stop =
            seek.stop().has_newest() ? next : seek.stop().specified().number();
        Response response;
        for (; next <= stop; ++next) {
            auto block = wait(next, [&] { return waits && !context->IsCancelled(); });
            if (!block) break;
            *response.mutable_block() = *block;
            stream->Write(response);
        }
        response.set_status(next > stop ? common::SUCCESS : common::NOT_FOUND);
        stream->Write(response);
        return {};
    }

  private:
    mutable std::mutex mutex_;
    std::condition_variable grown_;
    std::vector<common::Block> blocks_;
};

/// Answers each transaction as the test's function says; like Fabric, it ends the stream after
/// whatever is not a success.
class FakeOrderer final : public orderer::AtomicBroadcast::Service {
  public:
    using Answer = std::function<common::Status(const common::Envelope&)>;
    explicit FakeOrderer(const std::string& name, Answer answer = {}) : answer_(std::move(answer)) {
        server_.start(name, {this});
    }
    ~FakeOrderer() override { stop(); }
    void stop() { server_.stop(); }
    const Endpoint& endpoint() const { return server_.endpoint(); }

    std::vector<std::string> taken() const {
        std::lock_guard lock(mutex_);
        return taken_;
    }

    FakeBlocks blocks;

    grpc::Status Broadcast(
        grpc::ServerContext*,
        grpc::ServerReaderWriter<orderer::BroadcastResponse, common::Envelope>* stream) override {
        common::Envelope envelope;
        while (stream->Read(&envelope)) {
            orderer::BroadcastResponse response;
            response.set_status(answer_ ? answer_(envelope) : common::SUCCESS);
            if (response.status() == common::UNKNOWN) return {};  // dies
            if (response.status() == common::SUCCESS) {
                std::lock_guard lock(mutex_);
                taken_.push_back(envelope.payload());
            }
            stream->Write(response);
            if (response.status() != common::SUCCESS) return {};
        }
        return {};
    }
    grpc::Status Deliver(
        grpc::ServerContext* context,
        grpc::ServerReaderWriter<orderer::DeliverResponse, common::Envelope>* stream) override {
        return blocks.serve<orderer::DeliverResponse>(context, stream);
    }

  private:
    const Answer answer_;
    mutable std::mutex mutex_;
    std::vector<std::string> taken_;
    FakeServer server_;
};

/// Answers proposals as the test's function says.
class FakePeer final : public protos::Endorser::Service, public protos::Deliver::Service {
  public:
    using Answer =
        std::function<grpc::Status(const protos::SignedProposal&, protos::ProposalResponse&)>;
    explicit FakePeer(const std::string& name, Answer answer = {}) : answer_(std::move(answer)) {
        server_.start(name, {static_cast<protos::Endorser::Service*>(this),
                             static_cast<protos::Deliver::Service*>(this)});
    }
    ~FakePeer() override { stop(); }
    void stop() { server_.stop(); }
    const Endpoint& endpoint() const { return server_.endpoint(); }

    FakeBlocks blocks;

    grpc::Status ProcessProposal(grpc::ServerContext*, const protos::SignedProposal* proposal,
                                 protos::ProposalResponse* response) override {
        return answer_ ? answer_(*proposal, *response) : grpc::Status();
    }
    grpc::Status Deliver(
        grpc::ServerContext* context,
        grpc::ServerReaderWriter<protos::DeliverResponse, common::Envelope>* stream) override {
        return blocks.serve<protos::DeliverResponse>(context, stream);
    }

  private:
    const Answer answer_;
    FakeServer server_;
};

}  // namespace bsn::framework::fabric::testing
