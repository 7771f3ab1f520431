#pragma once
// Signatures hold random numbers. In the simulator these come from the run's seed as well, so that
// the same seed yields the same bytes.

#include <cstdint>
#include <random>

namespace bsn::sim {

/// From here on, OpenSSL's generator in this process is ours, and begins with this seed. Worthless
/// for anything but simulation.
void seed_openssl(std::uint64_t seed);

/// While it lives, random numbers are taken apart from the run's: for what is made once for several
/// runs, so that the first of them is like the others.
class ApartFromRun {
  public:
    ApartFromRun();
    ~ApartFromRun();
    ApartFromRun(const ApartFromRun&) = delete;
    ApartFromRun& operator=(const ApartFromRun&) = delete;

  private:
    const std::mt19937_64 before_;
};

}  // namespace bsn::sim
