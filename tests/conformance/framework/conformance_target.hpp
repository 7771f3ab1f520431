#pragma once
// What an adapter brings so that the conformance suite can run against its framework. The suite
// itself knows nothing but `framework/chain.hpp` and this file.
//
// An adapter adds one file: a class that implements `ConformanceTarget`, and
//
//     INSTANTIATE_TEST_SUITE_P(my_framework, FrameworkConformance,
//                              ::testing::Values(NamedTarget{"my_framework", make_my_target}),
//                              name_of_target);

#include "crypto/private_key.hpp"
#include "framework/chain.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace bsn::framework::conformance {

/// A call as transactions of the framework show it.
struct ShownCall {
    std::string contract;
    std::string function;
    std::vector<Bytes> arguments;
};

/// A chain on one or more nodes, on which
/// - the contracts `kv` and `evidence` are deployed: those of that type, or what does the same for
///   `set`, `get`, `deposit` and `find`;
/// - `writer` may call all functions, `reader` only those that read; `stranger` is nobody.
/// Everything that the getters hand out is good until the next `restart`.
class ConformanceTarget {
  public:
    virtual ~ConformanceTarget() = default;

    virtual std::size_t nodes() const = 0;
    virtual Framework& framework(std::size_t node) = 0;
    /// What `open_chain` is given.
    virtual Bytes channel() const = 0;

    virtual const Signer& writer() const = 0;
    virtual const Signer& reader() const = 0;
    virtual const Signer& stranger() const = 0;

    /// The arguments of `kv.set`, which succeeds once for each key.
    virtual std::vector<std::string> arguments_of_set(const std::string& key,
                                                      const std::string& value) const {
        return {R"({"baseKey":")" + key + R"(","baseValue":")" + value + R"("})"};
    }
    /// How a transaction shows the call that it was made for.
    virtual ShownCall shown(const Invocation& call) const {
        return {call.contract, call.function, call.arguments};
    }
    /// How an event names its contract.
    virtual std::string emitter(const std::string& contract) const { return contract; }

    /// Stops all nodes without a warning to the chain, and starts them from what they stored.
    virtual void restart() = 0;
    /// How many restarts one test may take.
    virtual int restarts() const { return 3; }

    /// What `verify` is given by someone who trusts this chain; and by someone who trusts another.
    virtual Bytes trusted_state() = 0;
    virtual Bytes foreign_trusted_state() = 0;
    /// What `update` is given: a header that continues the trusted state. None while the chain has
    /// made none.
    virtual std::optional<Bytes> header() { return std::nullopt; }

    /// Deploys a further contract `papers`, of the same code as `evidence`; false if contracts of
    /// a running chain stay as they are.
    virtual bool deploy_papers() { return false; }
};

struct NamedTarget {
    std::string name;
    std::function<std::unique_ptr<ConformanceTarget>()> make;
    /// One target for all tests of the suite, rather than a fresh one for each: of frameworks that
    /// take long to start.
    bool shared = false;
    /// What this machine lacks for it; empty or not set: nothing.
    std::function<std::string()> missing = {};
};

inline std::ostream& operator<<(std::ostream& out, const NamedTarget& target) {
    return out << target.name;
}

/// Signs with a key in memory.
class KeySigner final : public Signer {
  public:
    KeySigner(crypto::PrivateKey key, Bytes participant)
        : key_(std::move(key)), participant_(std::move(participant)) {}

    const crypto::PublicKey& public_key() const override { return key_.public_key(); }
    Bytes participant() const override { return participant_; }
    crypto::Signature sign(ByteView message) const override { return key_.sign(message); }

  private:
    const crypto::PrivateKey key_;
    const Bytes participant_;
};

/// For what a target needs to be made.
inline void require(const Status& status) {
    if (!status) throw std::runtime_error(status.error().message);
}

template <typename Value>
Value required(Result<Value> result) {
    if (!result) throw std::runtime_error(result.error().message);
    return std::move(result).value();
}

}  // namespace bsn::framework::conformance
