#pragma once
// What one peer asks of a contract server, on one stream.

#include "base/executor.hpp"
#include "contract/contract.hpp"
#include "framework/fabric/chaincode/peer_state.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace bsn::framework::fabric {

struct SessionLimits {
    /// Calls that run or wait at once; further ones are refused. As many as a peer itself takes at
    /// once by default (its limit `endorserService`), so that it is the peer that refuses.
    std::size_t calls = 2500;
    /// How long a call waits for one answer of the peer.
    std::chrono::milliseconds patience{60'000};
};

/// Takes the peer's messages and runs its calls, many at once, on threads of a pool. A call that
/// waits for the peer keeps its thread. `receive` is of one thread, the stream's reader.
class ContractSession {
  public:
    /// Sends one message; called by one thread at a time. It may fail silently once the stream
    /// ended.
    using Send = std::function<void(const protos::ChaincodeMessage&)>;

    /// All three outlive it.
    ContractSession(const contract::Contract& contract, Executor& pool, Send send,
                    SessionLimits limits = {});
    /// As `close`.
    ~ContractSession();
    ContractSession(const ContractSession&) = delete;
    ContractSession& operator=(const ContractSession&) = delete;

    /// Tells the peer who answers here: the package id that it knows the chaincode by.
    void introduce(const std::string& package_id);
    void receive(protos::ChaincodeMessage message);
    /// The stream has ended: calls that wait fail. Returns once none runs any more.
    void close();

  private:
    class Call;

    void begin_call(protos::ChaincodeMessage request);
    void run(Call& call);
    void send(const protos::ChaincodeMessage& message);

    const contract::Contract& contract_;
    Executor& pool_;
    const Send send_;
    const SessionLimits limits_;
    std::mutex sending_;
    std::mutex mutex_;  ///< guards what follows
    std::condition_variable ended_;
    /// Calls that are not answered yet, by channel and transaction.
    std::map<std::pair<std::string, std::string>, std::unique_ptr<Call>> calls_;
    std::size_t running_ = 0;  ///< those, and those whose answer is being sent
    bool closed_ = false;
};

}  // namespace bsn::framework::fabric
