#pragma once
// What a command prints: text for people, JSON for machines, and one line on stderr when it fails.

#include "base/result.hpp"

#include <nlohmann/json.hpp>

#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bsn::cli {

/// JSON whose members keep their order, so that output is stable.
using Json = nlohmann::ordered_json;

/// The exit status of a command.
enum class Exit : int {
    done = 0,    ///< what was asked for is done
    failed = 1,  ///< refused, or it could not be done
    usage = 2,   ///< the command line is wrong
};

/// How a command ended; an error becomes the line on stderr, and exit status 1.
using Outcome = Result<Exit>;

/// Where a command prints. With --json only `json` and `json_line` reach stdout; with --quiet
/// `text` does not. One thread at a time.
class Output {
  public:
    Output(std::ostream& out, std::ostream& err) : out_(out), err_(err) {}
    void set_style(bool json, bool quiet) {
        json_ = json;
        quiet_ = quiet;
    }

    bool is_json() const { return json_; }
    /// Whether progress bars and explanations are welcome.
    bool is_chatty() const { return !json_ && !quiet_; }

    /// A line that explains; for people.
    void text(std::string_view line);
    /// A line that is the answer itself; for people, and scripts with --quiet.
    void value(std::string_view line);
    /// Name and value pairs, one a line, values aligned.
    void fields(const std::vector<std::pair<std::string, std::string>>& fields);
    /// Rows under a heading, columns aligned.
    void table(const std::vector<std::string>& heading,
               const std::vector<std::vector<std::string>>& rows);
    /// The answer for machines; printed with --json only.
    void json(const Json& value);
    /// One of many answers, on one line; printed with --json only.
    void json_line(const Json& value);
    /// Stdout itself, for data that is the same in every style.
    std::ostream& raw() { return out_; }
    /// Why the command failed, on one line of stderr; as a JSON object with --json.
    void error(const Error& error);

  private:
    std::ostream& out_;
    std::ostream& err_;
    bool json_ = false;
    bool quiet_ = false;
};

/// The text with line ends and control characters replaced by spaces (and, if it is no UTF-8, other
/// bytes by question marks), so that what others wrote cannot forge lines or steer the terminal.
std::string one_line(std::string_view text);
/// Like `one_line`, but line ends and tabs stay.
std::string printable(std::string_view text);

}  // namespace bsn::cli
