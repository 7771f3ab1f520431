#pragma once
// Which events a registration is about.

#include "framework/chain.hpp"
#include "gateway/published/event_registrations.hpp"

#include <memory>

namespace bsn::gateway {

/// Names of events, by a regular expression as Perl has them, which may match anywhere in the name.
/// Matching is bounded: an expression that takes too many steps on a name does not match it.
class EventPattern {
  public:
    /// The most bytes of an expression, and of a name that is looked at.
    static constexpr std::size_t k_most = 256;

    /// `invalid_argument`, saying why, for what is no such expression.
    static Result<EventPattern> compile(const std::string& expression);
    bool matches(std::string_view name) const;

  private:
    struct Compiled;
    std::shared_ptr<const Compiled> compiled_;
};

/// Immutable; any thread.
class EventSelection {
  public:
    static Result<EventSelection> of(const published::EventRegistration& registration);
    bool has(const framework::Event& event) const;

  private:
    std::string contract_;  ///< as chains name it: of FISCO BCOS 40 hexadecimal digits
    std::optional<EventPattern> pattern_;
};

/// An address of FISCO BCOS as chains name it: 40 hexadecimal digits, small. `invalid_argument` for
/// what is none.
Result<std::string> contract_of_address(std::string_view address);

}  // namespace bsn::gateway
