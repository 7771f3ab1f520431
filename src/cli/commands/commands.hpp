#pragma once
// How commands are declared: each group of them has a file here, which adds its commands to the
// table and says what each does.

#include "cli/context.hpp"

#include <CLI/CLI.hpp>

#include <functional>

namespace bsn::cli {

/// What a command does once its line is parsed.
using Handler = std::function<Outcome(Context&)>;

/// The table of commands. A handler runs after the whole line was understood.
class Commands {
  public:
    explicit Commands(CLI::App& root) : root_(root) {}

    /// A word that only leads to others, such as `app`.
    CLI::App* group(const std::string& name, const std::string& description);
    /// A command; `parent` null: directly below `bsn`. The example stands at the end of its help.
    CLI::App* add(CLI::App* parent, const std::string& name, const std::string& description,
                  const std::string& example);
    /// What the command does.
    void on(CLI::App* command, Handler handler);

    /// The handler of the command that was parsed; null if the line named none.
    const Handler* chosen() const { return chosen_ ? &chosen_ : nullptr; }

  private:
    CLI::App& root_;
    Handler chosen_;
};

/// The values of a positional option that may be given several times, exactly as typed. (CLI11's
/// own conversion takes `[1,2]` and `{}` for lists.)
inline std::vector<std::string> texts_of(const CLI::Option* option) { return option->results(); }

void add_network_commands(Commands& commands);        // up, down
void add_network_setup_commands(Commands& commands);  // network …
void add_network_member_commands(Commands& commands, CLI::App* group);
void add_node_leave_command(Commands& commands, CLI::App* group);     // node leave
void add_node_commands(Commands& commands);                           // node …
void add_node_backup_commands(Commands& commands, CLI::App* group);   // node backup, node restore
void add_node_rebuild_command(Commands& commands, CLI::App* group);   // node rebuild-channel
void add_status_command(Commands& commands);                          // status
void add_app_commands(Commands& commands);                            // app …
void add_authorize_command(Commands& commands);                       // authorize
void add_call_commands(Commands& commands);                           // call, query
void add_contract_commands(Commands& commands);                       // contract …
void add_evidence_commands(Commands& commands);                       // evidence …
void add_receipt_commands(Commands& commands);                        // receipt …
void add_ledger_commands(Commands& commands);                         // ledger …
void add_event_commands(Commands& commands);                          // event …
void add_key_commands(Commands& commands);                            // key …
void add_custody_commands(Commands& commands);                        // custody …
void add_node_custody_commands(Commands& commands, CLI::App* group);  // node custody …
void add_fisco_commands(Commands& commands);                          // fisco …
void add_fabric_commands(Commands& commands);                         // fabric …
void add_chaincode_commands(Commands& commands);                      // chaincode …
void add_framework_commands(Commands& commands);                      // framework …
void add_bench_commands(Commands& commands);                          // bench …
void add_bench_evm_command(Commands& commands, CLI::App* group);      // bench evm
void add_bench_gateway_command(Commands& commands, CLI::App* group);  // bench gateway
void add_bench_crypto_command(Commands& commands, CLI::App* group);   // bench crypto
void add_bench_fabric_command(Commands& commands, CLI::App* group);   // bench fabric

}  // namespace bsn::cli
