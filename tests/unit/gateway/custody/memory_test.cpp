// Keys in custody leave nothing in the process's memory when they go.
//
// The test must not have the key in its own memory, or it would find that. So it has the key
// exported under a passphrase, lets openssl decrypt it in another process, and gets the digits from
// there in disguise: g to v for 0 to f. What it compares with is never the key itself.
#include "custody_fixture.hpp"

#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <unistd.h>

namespace bsn::testing {
namespace {

using crypto::SuiteId;

constexpr std::size_t k_key = 32;
constexpr std::uint8_t k_mask = 0xA5;
constexpr const char* k_passphrase = "correct horse battery";
const gateway::CustodyUse k_use{"transaction", "owner by http"};

/// A key's bytes, each XOR `k_mask`.
using Masked = std::array<std::uint8_t, k_key>;

std::string output_of(const std::string& command) {
    std::string text;
    FILE* pipe = ::popen(command.c_str(), "r");
    ensure(pipe != nullptr, "a shell runs");
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) text += static_cast<char>(c);
    ::pclose(pipe);
    return text;
}

/// The private key of an encrypted PEM text.
Masked masked_key(const TemporaryFolder& folder, const std::string& pem) {
    std::ofstream(folder / "key.pem") << pem;
    const std::string digits = output_of(
        "openssl pkey -in " + (folder / "key.pem").string() + " -passin 'pass:" + k_passphrase +
        "' -text -noout | sed -n '/^priv:/,/^pub:/{//!p}' | tr -d ' :\\n' | tr 0-9a-f g-v");
    Masked masked{};
    if (digits.size() < 2 * k_key) {
        ADD_FAILURE() << "openssl does not show the key";
        return masked;
    }
    const std::size_t begin = digits.size() - 2 * k_key;  // there may be a zero byte before
    for (std::size_t i = 0; i < k_key; ++i) {
        masked[i] = static_cast<std::uint8_t>(
            ((digits[begin + 2 * i] - 'g') << 4 | (digits[begin + 2 * i + 1] - 'g')) ^ k_mask);
    }
    return masked;
}

bool is_at(const std::uint8_t* place, const Masked& key) {
    for (std::size_t i = 0; i < k_key; ++i) {
        if ((place[i] ^ k_mask) != key[i]) return false;
    }
    return true;
}

/// How often the key is in the memory that this process may write, in either order of its bytes.
std::size_t times_in_memory(const Masked& key) {
    const Masked reversed = [&] {
        Masked other = key;
        std::reverse(other.begin(), other.end());
        return other;
    }();
    static std::array<std::uint8_t, (1U << 20) + k_key> buffer;
    const int memory = ::open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    ensure(memory >= 0, "a process may read its own memory");
    std::size_t found = 0;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
        std::array<char, 5> rights{};
        if (std::sscanf(line.c_str(), "%lx-%lx %4s", &begin, &end, rights.data()) != 3) continue;
        if (rights[0] != 'r' || rights[1] != 'w') continue;
        while (begin + k_key <= end) {
            const std::size_t wanted = std::min<std::uint64_t>(buffer.size(), end - begin);
            const ssize_t got = ::pread(memory, buffer.data(), wanted, static_cast<off_t>(begin));
            if (got < static_cast<ssize_t>(k_key)) break;  // of devices, or gone meanwhile
            const std::size_t last = static_cast<std::size_t>(got) - k_key;
            for (std::size_t at = 0; at <= last; ++at) {
                found += is_at(buffer.data() + at, key) || is_at(buffer.data() + at, reversed);
            }
            begin += last + 1;
        }
    }
    ::close(memory);
    std::fill(buffer.begin(), buffer.end(), 0);  // what it held is no find of the next search
    return found;
}

class CustodyMemory : public CustodyTest, public ::testing::WithParamInterface<SuiteId> {
  protected:
    std::string exported(const gateway::CustodyUser& user) {
        auto asked = custody->ask_export(user, "owner");
        EXPECT_TRUE(asked.ok());
        auto pem = custody->export_key(user, asked->challenge, k_passphrase, "owner",
                                       [] { return Status(); });
        EXPECT_TRUE(pem.ok()) << pem.error().message;
        return pem ? *pem : std::string();
    }
    /// Signs so often that whatever is made for a key is made.
    void sign(const gateway::CustodyUser& user, int times) {
        for (int i = 0; i < times; ++i) {
            auto signer = custody->signer(user, k_use);
            ASSERT_TRUE(signer.ok());
            (void)(*signer)->sign(to_bytes("payment " + std::to_string(i)));
        }
    }
    TemporaryFolder folder;
};

TEST_P(CustodyMemory, HasNothingOfAKeyThatIsGone) {
    open();
    const auto user = user_named("alice");
    ASSERT_TRUE(custody->find_or_create(user, GetParam()).ok());
    sign(user, 20);
    const Masked key = masked_key(folder, exported(user));
    sign(user, 1);
    // While it is in use it is somewhere, or this search would find nothing at all. Our own SM2
    // keeps keys as residues of another form.
    if (GetParam() != SuiteId::sm2) {
        EXPECT_GT(times_in_memory(key), 0U);
    }
    ASSERT_TRUE(custody->destroy(user, {"migration", "owner"}).ok());
    EXPECT_EQ(times_in_memory(key), 0U) << "destroyed, and still there";
}

TEST_P(CustodyMemory, HasNothingOfKeysOfACustodyThatIsClosed) {
    open();
    const auto user = user_named("bob");
    ASSERT_TRUE(custody->find_or_create(user, GetParam()).ok());
    const Masked key = masked_key(folder, exported(user));
    open();  // reads it from the vault
    sign(user, 5);
    custody.reset();
    EXPECT_EQ(times_in_memory(key), 0U);
}

INSTANTIATE_TEST_SUITE_P(AllSuites, CustodyMemory,
                         ::testing::Values(SuiteId::secp256r1, SuiteId::secp256k1, SuiteId::sm2),
                         [](const auto& suite) {
                             return std::string(crypto::suite_name(suite.param));
                         });

}  // namespace
}  // namespace bsn::testing
