#pragma once
// Where a peer or an orderer is reached.

#include <string>

namespace bsn::framework::fabric {

/// What a connection by TLS needs; PEM texts.
struct ClientTls {
    /// Who vouches for the server; empty: no TLS at all.
    std::string authority;
    /// What is shown to a server that asks for it; both or none.
    std::string certificate;
    std::string key;
    /// The name in the server's certificate, where it is not the host of the address; or empty.
    std::string server_name;
};

/// A peer or an orderer.
struct Endpoint {
    std::string name;     ///< for people: errors and the log
    std::string address;  ///< host:port
    ClientTls tls = {};
    std::string msp_id = {};  ///< of its organisation, where that matters
};

}  // namespace bsn::framework::fabric
