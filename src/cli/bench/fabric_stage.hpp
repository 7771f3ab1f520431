#pragma once
// A network with an app for evidence, on Fabric or on our own ledger, that a benchmark loads by one
// path after the other.

#include "cli/bench/fabric_report.hpp"
#include "cli/bench/own_network.hpp"
#include "cli/bench/stage.hpp"

namespace bsn::cli {

/// A closed loop of deposits.
struct RecordLoad {
    std::size_t in_flight = 1;  ///< transactions
    std::size_t batch = 1;      ///< records in a transaction
    std::size_t metadata_bytes = 64;
    double warmup_s = 2;
    double duration_s = 10;
};

/// One thread.
class RecordStage {
  public:
    struct Shape {
        std::size_t nodes = 3;
        std::string ordering = "embedded";
        bool fabric = false;      ///< the app is a channel of Fabric
        std::string node_client;  ///< the program of the official client; may be empty
    };
    RecordStage(Context& user, Shape shape) : user_(user), shape_(std::move(shape)) {}

    /// Starts the network and publishes the app; returns once records can come.
    Status prepare();
    /// By a path that leads to this network.
    Result<PathFigure> measure(RecordPath path, const RecordLoad& load);
    /// Versions and settings of what was measured.
    void tell_of(FabricFigures& figures) const;
    /// An error if the network ended meanwhile.
    Status check() const { return own_->check(); }

  private:
    struct Moment;
    Moment now() const;
    PathCosts costs_since(const Moment& begin, std::uint64_t records) const;
    Result<PathFigure> measure_own(RecordPath path, const RecordLoad& load);
    Result<PathFigure> measure_node_client(const RecordLoad& load);
    Result<Json> task_of(const RecordLoad& load);
    Status await_first_record();

    Context& user_;
    const Shape shape_;
    std::unique_ptr<OwnNetwork> own_;
    std::optional<BenchStage> stage_;
    std::map<std::string, std::string> versions_;
};

}  // namespace bsn::cli
