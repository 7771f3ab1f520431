#pragma once
// What one seed makes of a run: the network's shape and what is to go wrong.

#include "crypto/suite.hpp"
#include "sim/random.hpp"

#include <string>

namespace bsn::sim {

struct Plan {
    std::size_t nodes = 3;
    std::size_t operators = 1;
    std::uint16_t approvals = 1;
    std::size_t byzantine = 0;  ///< nodes that lie, at most what the quorum allows
    crypto::SuiteId suite = crypto::SuiteId::secp256r1;  ///< of the apps
    bool second_app = false;                             ///< on some of the nodes only
    std::size_t actions = 0;                             ///< of clients, while things go wrong
    std::uint64_t seconds = 0;                           ///< that things go wrong

    // What goes wrong; each run has some of it.
    bool crashes = false;
    bool lossy = false;       ///< messages are lost, repeated, late
    bool partitions = false;  ///< also one-way
    bool bad_order = false;   ///< the orderer loses, repeats, is late, away
    bool order_crashes = false;
    bool bad_disks = false;  ///< slow, full, failing
    bool bit_flips = false;
    bool wipes = false;         ///< a node loses its disk
    bool lost_batches = false;  ///< all disks at once lose batches that they had synced
    bool clock_jumps = false;
    bool slow_nodes = false;
    bool lifecycle = false;    ///< suspensions, upgrades, roles, keys, members
    bool revocations = false;  ///< a node is revoked
    std::size_t moves = 0;     ///< times that an app goes to other nodes
    bool early = false;        ///< all of that from the first moment on

    static Plan of(std::uint64_t seed);
    std::string describe() const;
};

}  // namespace bsn::sim
