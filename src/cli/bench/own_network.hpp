#pragma once
// A network that a benchmark starts for itself, and removes when it has ended.

#include "base/supervised_process.hpp"
#include "cli/context.hpp"
#include "node/local_network.hpp"
#include "node/stop_signals.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace bsn::cli {

/// Lies in a temporary folder, at ports that nobody uses. It ends with this process, however that
/// ends; its folder is left behind only if the process is killed. SIGINT and SIGTERM remove it, and
/// then end the process.
class OwnNetwork {
  public:
    struct Shape {
        std::size_t nodes = 3;
        std::string ordering = "embedded";
        /// In this process, so that its nodes can be looked into; with embedded ordering only.
        bool hosted = false;
    };
    /// Returns once all nodes are healthy.
    static Result<std::unique_ptr<OwnNetwork>> start(Context& user, const Shape& shape);
    ~OwnNetwork();
    OwnNetwork(const OwnNetwork&) = delete;
    OwnNetwork& operator=(const OwnNetwork&) = delete;

    /// Acts as its operator.
    Context& context() { return *context_; }
    /// An error if the network ended meanwhile and was started again: then nothing measured counts.
    Status check() const;
    /// The nodes, of a hosted network.
    node::HostedNetwork& hosted() { return *hosted_; }
    /// The process that it runs in, unless it is hosted; `not_found` while there is none.
    Result<pid_t> pid() const;

  private:
    explicit OwnNetwork(std::filesystem::path folder) : folder_(std::move(folder)) {}
    Status run(Context& user, const Shape& shape);
    Status wait_until_healthy(std::size_t nodes, bool is_chatty) const;
    void end_with_a_signal();
    void remove();

    const std::filesystem::path folder_;
    node::StopSignals signals_;  // before all threads, so that none of them takes a signal
    std::optional<Context> context_;
    std::mutex mutex_;                             ///< of what is removed
    std::unique_ptr<SupervisedProcess> process_;   ///< null: it is hosted
    std::unique_ptr<node::HostedNetwork> hosted_;  ///< null: it is a process of its own
    std::atomic<bool> leaving_{false};
    std::thread guard_;
};

}  // namespace bsn::cli
