#pragma once
// One stream of transactions to an orderer, as gRPC's callbacks drive it.

#include "framework/fabric/client/connection.hpp"

#include <orderer/ab.grpc.pb.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

namespace bsn::framework::fabric {

/// Keeps itself alive until it has ended. One thread at a time writes.
class BroadcastStream final
    : public grpc::ClientBidiReactor<common::Envelope, orderer::BroadcastResponse>,
      public std::enable_shared_from_this<BroadcastStream> {
  public:
    /// All come from threads of gRPC.
    struct Handlers {
        /// The last write is done: the next one may begin.
        std::function<void(const std::shared_ptr<BroadcastStream>&)> written;
        std::function<void(const orderer::BroadcastResponse&)> answered;
        /// No further write has a chance.
        std::function<void()> failed;
        /// The last of all.
        std::function<void(const grpc::Status&)> ended;
    };

    BroadcastStream(std::shared_ptr<orderer::AtomicBroadcast::Stub> stub, Handlers handlers)
        : stub_(std::move(stub)), handlers_(std::move(handlers)) {}

    void start() {
        self_ = shared_from_this();
        stub_->async()->Broadcast(&context_, this);
        AddHold();  // for writes from outside of these callbacks
        StartRead(&response_);
        StartCall();
    }
    /// Not before the last one is written, and not after `failed`.
    void write(std::shared_ptr<const common::Envelope> envelope) {
        {
            std::lock_guard lock(mutex_);
            if (failed_) return;
            writing_ = std::move(envelope);
            AddHold();  // so that it does not end while the write begins
        }
        StartWrite(writing_.get());
        RemoveHold();
    }
    void cancel() { context_.TryCancel(); }

    void OnWriteDone(bool ok) override {
        if (!ok) return fail();
        handlers_.written(self_);
    }
    void OnReadDone(bool ok) override {
        if (!ok) return fail();
        handlers_.answered(response_);
        StartRead(&response_);
    }
    void OnDone(const grpc::Status& status) override {
        handlers_.ended(status);
        self_.reset();
    }

  private:
    void fail() {
        {
            std::lock_guard lock(mutex_);
            if (std::exchange(failed_, true)) return;
        }
        handlers_.failed();
        context_.TryCancel();
        RemoveHold();
    }

    const std::shared_ptr<orderer::AtomicBroadcast::Stub> stub_;
    const Handlers handlers_;
    grpc::ClientContext context_;
    orderer::BroadcastResponse response_;
    std::mutex mutex_;
    std::shared_ptr<const common::Envelope> writing_;
    bool failed_ = false;  ///< guarded
    std::shared_ptr<BroadcastStream> self_;
};

}  // namespace bsn::framework::fabric
