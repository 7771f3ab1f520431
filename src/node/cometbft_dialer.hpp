#pragma once
// Keeps a node's CometBFT connected to those of the other nodes.

#include "net/http_client.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace bsn::node {

/// CometBFT by itself tries a lost neighbour ever more rarely, after a day no more, and one whose
/// name could not be resolved when it started not at all. So whoever is missing is dialled from
/// here, again and again. A thread of its own.
class CometbftDialer {
  public:
    /// `peers` are `ID@HOST:PORT`s; `rpc` is where CometBFT is asked, with `rpc.unsafe` set.
    CometbftDialer(net::Endpoint rpc, std::vector<std::string> peers,
                   std::chrono::milliseconds pause = std::chrono::seconds(10));
    ~CometbftDialer();
    CometbftDialer(const CometbftDialer&) = delete;
    CometbftDialer& operator=(const CometbftDialer&) = delete;

    /// From now on these are to be connected. Any thread.
    void set_peers(std::vector<std::string> peers);

  private:
    void dial_until_stopped();
    /// Those of them without a connection; none if CometBFT does not answer.
    std::vector<std::string> missing(const std::vector<std::string>& peers);

    net::HttpConnection rpc_;
    const std::chrono::milliseconds pause_;
    std::mutex mutex_;
    std::vector<std::string> peers_;
    std::condition_variable wake_;
    bool changed_ = false;  ///< the peers have, since they were last dialled
    bool stopping_ = false;
    std::thread thread_;  // last: it uses the others
};

}  // namespace bsn::node
