#pragma once
// An answer of the published protocol, as JSON:
//
//     {"header": {"code": 0, "msg": "处理成功"}, "mac": "<base64>", "body": {…}}

#include "gateway/published/mac.hpp"

namespace bsn::gateway::published {

/// The text of every success, as the original's gateway has it: "processed successfully".
inline constexpr std::string_view k_success = "处理成功";
inline constexpr int k_failed = -1;

/// Text and signature of an answer. `key`: the gateway's, of the app's suite; null: the mac is
/// empty, as clients with a key of another gateway built in want it.
class AnswerWriter {
  public:
    explicit AnswerWriter(const crypto::PrivateKey* key) : key_(key) {}

    /// A body that is not of the endpoint's shape is a bug and throws.
    std::string success(const Endpoint& endpoint, const Json& body) const;
    /// The code is -1 for all of them, and the body null.
    std::string failure(const Error& error) const;
    /// What another gateway answered, signed by this one. An error if it is no such answer.
    Result<std::string> again(const Endpoint& endpoint, std::string_view answer) const;

  private:
    std::string written(int code, std::string_view message, const Json& body,
                        std::string_view signed_body) const;
    const crypto::PrivateKey* key_;
};

/// What the mac of a success signs.
std::string signed_answer(const Endpoint& endpoint, const Json& body);

}  // namespace bsn::gateway::published
