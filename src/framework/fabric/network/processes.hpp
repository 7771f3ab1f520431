#pragma once
// A city node's peer and orderer of Fabric, as processes beside it.

#include "framework/fabric/network/health_watch.hpp"
#include "framework/fabric/network/ports.hpp"
#include "framework/fabric/network/releases.hpp"
#include "framework/fabric/network/settings.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bsn::framework::fabric {

/// A peer or orderer that has been started.
struct ProgramState {
    std::string_view program;  ///< `peer` or `orderer`
    std::string_view release;  ///< the name of its line
    std::optional<pid_t> pid;  ///< none: it does not run
    std::size_t restarts = 0;
    std::string trouble;  ///< how it ended, or that it hangs; empty while it is well
};

/// They end with this process, however that ends, and are started again when they end themselves
/// or hang. One thread starts and stops; any may ask.
class Processes {
  public:
    ~Processes();
    Processes(const Processes&) = delete;
    Processes& operator=(const Processes&) = delete;

    /// For programs of a line of releases. `folder`: of the node's Fabric; `organisation` outlives
    /// it. Chooses the ports.
    static Result<std::unique_ptr<Processes>> make(const std::filesystem::path& folder,
                                                   const std::string& host, Ports& ports,
                                                   const OwnOrganisation& organisation,
                                                   const ReleaseLine& line);

    const ProgramPlace& peer() const { return peer_; }
    const ProgramPlace& orderer() const { return orderer_; }

    /// Writes the settings and starts what does not run yet; `not_found` without the programs.
    Status start_peer(const FabricPrograms& programs);
    Status start_orderer(const FabricPrograms& programs);
    /// Asks both to end, then waits.
    void stop();

    /// What is wrong with one of them; empty: both are well, or were not started. By that thread.
    std::string trouble() const;
    /// Of those that were started. By that thread, too.
    std::vector<ProgramState> states() const;
    /// Whether it answers that it is well; `unavailable` with the reason otherwise. Asks it, which
    /// may take a moment.
    Status check_peer() const;
    Status check_orderer() const;

  private:
    struct Running;

    Processes(std::filesystem::path folder, const OwnOrganisation& organisation,
              const ReleaseLine& line);
    /// What `peer` or `orderer` of this line is called here.
    std::string own(std::string_view program) const {
        return std::string(program).append(line_.suffix);
    }
    static Status check(const char* name, const std::unique_ptr<Running>& running);

    const std::filesystem::path folder_;
    const OwnOrganisation& organisation_;
    const ReleaseLine& line_;
    ProgramPlace peer_;
    ProgramPlace orderer_;
    std::unique_ptr<Running> peer_running_;
    std::unique_ptr<Running> orderer_running_;
};

}  // namespace bsn::framework::fabric
