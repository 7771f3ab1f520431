#include "node/cometbft_engine.hpp"

#include "net/listening.hpp"
#include "node/backup_manifest.hpp"
#include "node/cometbft_home.hpp"
#include "node/cometbft_program.hpp"
#include "node/cometbft_rpc.hpp"
#include "node/node_metrics.hpp"

#include <fmt/format.h>

#include <csignal>

namespace bsn::node {
namespace fs = std::filesystem;

CometbftEngine::CometbftEngine(EngineSurroundings surroundings)
    : surroundings_(std::move(surroundings)) {}

std::string CometbftEngine::application_address() const {
    return "unix://" + (home() / "app.sock").string();
}

Status CometbftEngine::open() {
    BSN_CHECK(check());
    make_process();
    return make_orderer();
}

Status CometbftEngine::check() {
    const NodeSettings& settings = surroundings_.settings;
    BSN_TRY(identity, load_cometbft_keys(home()));
    BSN_CHECK(check_validator_key(surroundings_.genesis, surroundings_.own, identity, home()));
    validator_ = std::move(identity.validator);
    program_ = settings.cometbft;
    if (program_.empty()) {
        BSN_TRY(found, find_cometbft());
        program_ = found;
    }
    BSN_CHECK(check_cometbft(program_));
    BSN_CHECK(net::check_can_listen(settings.ordering_listen));
    return net::check_can_listen(settings.ordering_rpc);
}

void CometbftEngine::make_process() {
    SupervisedOptions options{"cometbft",
                              {program_.string(), "start", "--home", home().string()},
                              home() / "cometbft.log"};
    // Asked to end, it waits for us now and then, for ever, with its ports in use. A crash does it
    // no harm.
    options.orphan_signal = SIGKILL;
    process_ = std::make_unique<SupervisedProcess>(std::move(options));
}

Status CometbftEngine::make_orderer() {
    const ledger::Genesis& genesis = surroundings_.genesis;
    BSN_TRY(log, open_order_log(surroundings_));
    BSN_TRY(rpc, net::parse_endpoint("http://" + surroundings_.settings.ordering_rpc));
    orderer_ = std::make_unique<ordering::CometbftOrderer>(
        ordering::CometbftOptions{genesis.orderer, genesis.network(), genesis_validators(genesis),
                                  application_address(), rpc,
                                  [this] { return process_->trouble(); }},
        std::move(log), surroundings_.rules, surroundings_.clock);
    service_ = std::make_unique<OrderService>(*orderer_, rpc, surroundings_.may_talk);
    orderer_->subscribe(*service_, 0);
    return {};
}

Status CometbftEngine::check_signed_state() const {
    const fs::path file = home() / "data" / k_signed_state_name;
    if (orderer_->height() == 0 || fs::exists(file)) return {};
    return Error{Code::corrupted,
                 fmt::format("{} is missing, which says what this validator has signed: bring it "
                             "back, or restore the node with `bsn node restore`",
                             file.string())};
}

Status CometbftEngine::start() {
    BSN_CHECK(orderer_->start());
    BSN_CHECK(check_signed_state());
    const NodeSettings& own = surroundings_.settings;
    CometbftSettings settings;
    settings.name = own.folder.filename().string();
    settings.application = application_address();
    settings.rpc_listen = own.ordering_rpc;
    settings.p2p_listen = own.ordering_listen;
    settings.peers = others_;
    BSN_CHECK(write_cometbft_files(home(), surroundings_.genesis, settings));
    BSN_CHECK(process_->start());
    BSN_TRY(rpc, net::parse_endpoint("http://" + own.ordering_rpc));
    rpc_ = std::make_unique<net::HttpConnection>(rpc, "");
    dialer_ = std::make_unique<CometbftDialer>(rpc, settings.peers);
    return {};
}

void CometbftEngine::set_neighbours(const Neighbours& neighbours) {
    others_ = neighbours.engines();
    if (dialer_) dialer_->set_peers(others_);
}

void CometbftEngine::stop() {
    dialer_.reset();
    if (service_) service_->stop();
    if (process_) process_->stop();
    if (orderer_) orderer_->stop();
}

bool CometbftEngine::is_level() { return rpc_ && cometbft_is_level(*rpc_); }

void CometbftEngine::complete(gateway::OrderingStatus& status) const {
    for (const Bytes& key : orderer_->status().validators) {
        if (key == validator_) status.is_validator = true;
    }
    status.engine_restarts = process_->restarts();
    if (auto pid = process_->pid()) status.engine_memory_bytes = resident_memory(*pid);
    if (status.trouble.empty()) status.trouble = process_->trouble();
}

}  // namespace bsn::node
