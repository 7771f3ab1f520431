#pragma once
// The port at which the SDKs of FISCO BCOS 2.x find their groups: the channel protocol over mutual
// TLS. docs/fisco.md.

#include "base/executor.hpp"
#include "framework/fisco/groups.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace bsn::gateway::fisco {

class GroupTraffic;

/// What a server listens on, and its limits.
struct ChannelOptions {
    std::string address = "127.0.0.1";  ///< an IP address, or `localhost`
    std::uint16_t port = 0;             ///< 0: any free one
    std::string authority;              ///< PEM: only clients with a certificate of its are let in
    std::string certificate;            ///< PEM: the server's own
    std::string key;                    ///< PEM
    std::size_t max_connections = 256;
    std::size_t max_frame_bytes = 4U << 20;
    /// What waits to be taken by one client; beyond: it is disconnected.
    std::size_t max_waiting_bytes = 32U << 20;
    std::size_t max_calls = 64;       ///< of one client at once; beyond: it is not read from
    std::size_t max_topics = 256;     ///< of one client
    std::size_t max_filters = 256;    ///< of one client
    std::size_t max_messages = 4096;  ///< between clients, that wait for an answer
    std::chrono::milliseconds handshake_timeout{10'000};
    std::chrono::milliseconds idle_timeout{90'000};
    std::chrono::milliseconds message_timeout{10'000};  ///< of the answer of another client
};

/// It owns one thread, which only moves bytes: what may take time runs on `work`. Groups, `work`
/// and `traffic`, which counts what groups' clients send and get (null: nobody), outlive it.
/// `start` and `stop` are called by one thread, which is neither the server's nor of `work`; the
/// rest by any.
class ChannelServer {
  public:
    ChannelServer(ChannelOptions options, const framework::fisco::Groups& groups, Executor& work,
                  const GroupTraffic* traffic = nullptr);
    ~ChannelServer();
    ChannelServer(const ChannelServer&) = delete;
    ChannelServer& operator=(const ChannelServer&) = delete;

    /// Listens and serves from here on; the errors say what to do. Once only.
    Status start();
    /// Closes all connections and waits until nothing of the server runs. Harmless if repeated.
    void stop();

    std::uint16_t port() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace bsn::gateway::fisco
