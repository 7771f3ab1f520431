// bsn_wire: a network between network namespaces of one machine, with delay, loss and cuts.
//
//     bsn_wire DEVICE NAMESPACE=ADDRESS...        (NAMESPACE -: the one it was started in)
//
// It makes a TUN device in each namespace and carries IPv4 packets from one to the other. What
// TCP then sees is a real line: packets come late or not at all, and nobody is told. Many kernels
// lack netem, which could do the same.
//
// On stdin it takes commands, each answered by a line `ok` or `error ...`; it ends with stdin:
//
//     delay FROM TO MS            from one address to another, one way; * : all
//     lose FROM TO PERCENT        100: nothing arrives
//     count                       answers `ok CARRIED LOST`, packets since the start

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <iostream>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <map>
#include <poll.h>
#include <queue>
#include <random>
#include <sched.h>
#include <sstream>
#include <stdexcept>
#include <string>
#include <sys/ioctl.h>
#include <tuple>
#include <unistd.h>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t k_largest_packet = 65536;
constexpr std::size_t k_addresses_end = 20;  // of an IPv4 header
constexpr std::size_t k_source = 12;
constexpr std::size_t k_destination = 16;
/// On their way at most; beyond, packets are lost as in a router whose memory is full.
constexpr std::size_t k_most_bytes = 256U << 20;

[[noreturn]] void fail(const std::string& what) {
    throw std::runtime_error(what + ": " + std::strerror(errno));
}

/// A namespace's end of the wire.
struct End {
    std::string address;
    int device = -1;
};

/// Makes the device in a namespace, and comes back.
int open_device(const std::string& name, const std::string& space) {
    const int home = ::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (space != "-") {
        const std::string path = "/run/netns/" + space;
        const int other = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        if (other < 0) fail(path);
        if (::setns(other, CLONE_NEWNET) != 0) fail("cannot enter " + path);
        ::close(other);
    }
    const int device = ::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (device < 0) fail("/dev/net/tun");
    ifreq request{};
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    name.copy(request.ifr_name, IFNAMSIZ - 1);
    if (::ioctl(device, TUNSETIFF, &request) != 0) fail("cannot make the device " + name);
    if (::setns(home, CLONE_NEWNET) != 0) fail("cannot come back");
    ::close(home);
    return device;
}

/// One direction between two ends.
struct Line {
    Clock::duration delay{0};
    double loss = 0;  ///< share of packets
};

/// A packet on its way.
struct Packet {
    Clock::time_point due;
    std::uint64_t number = 0;  ///< those due at the same time keep their order
    std::size_t to = 0;
    Bytes content;

    bool operator<(const Packet& other) const {  // the first one due is the greatest
        return std::tie(other.due, other.number) < std::tie(due, number);
    }
};

class Wire {
  public:
    explicit Wire(std::vector<End> ends) : ends_(std::move(ends)) {
        lines_.assign(ends_.size(), std::vector<Line>(ends_.size()));
        for (std::size_t i = 0; i < ends_.size(); ++i) {
            in_addr address{};
            if (::inet_pton(AF_INET, ends_[i].address.c_str(), &address) != 1) {
                throw std::runtime_error(ends_[i].address + " is no address");
            }
            places_[address.s_addr] = i;
        }
    }

    void run() {
        std::vector<pollfd> watched;
        for (const End& end : ends_) watched.push_back({end.device, POLLIN, 0});
        watched.push_back({STDIN_FILENO, POLLIN, 0});
        for (;;) {
            const timespec wait = until_next();
            ::ppoll(watched.data(), watched.size(), under_way_.empty() ? nullptr : &wait, nullptr);
            for (std::size_t i = 0; i < ends_.size(); ++i) {
                if ((watched[i].revents & POLLIN) != 0) take_from(i);
            }
            hand_over();
            if ((watched.back().revents & (POLLIN | POLLHUP)) != 0 && !obey()) return;
        }
    }

  private:
    timespec until_next() const {
        if (under_way_.empty()) return {};
        const auto left = std::max(under_way_.top().due - Clock::now(), Clock::duration{0});
        const auto nanos = std::chrono::nanoseconds(left).count();
        return {nanos / 1'000'000'000, nanos % 1'000'000'000};
    }

    void take_from(std::size_t from) {
        Bytes packet(k_largest_packet);
        for (;;) {
            const ssize_t size = ::read(ends_[from].device, packet.data(), packet.size());
            if (size < static_cast<ssize_t>(k_addresses_end)) return;  // no more, or no IPv4
            if (packet[0] >> 4 != 4) continue;
            std::uint32_t source = 0;
            std::uint32_t destination = 0;
            std::memcpy(&source, &packet[k_source], sizeof source);
            std::memcpy(&destination, &packet[k_destination], sizeof destination);
            auto to = places_.find(destination);
            if (to == places_.end() || source == destination) continue;
            const Line& line = lines_[from][to->second];
            const auto length = static_cast<std::size_t>(size);
            if (chance_(random_) < line.loss || bytes_ + length > k_most_bytes) {
                ++lost_;
                continue;
            }
            ++carried_;
            bytes_ += length;
            under_way_.push({Clock::now() + line.delay, next_number_++, to->second,
                             Bytes(packet.data(), packet.data() + length)});
        }
    }

    void hand_over() {
        const auto now = Clock::now();
        while (!under_way_.empty() && under_way_.top().due <= now) {
            const Packet& packet = under_way_.top();
            // A device that takes no more loses the packet, as any other does.
            [[maybe_unused]] const ssize_t written =
                ::write(ends_[packet.to].device, packet.content.data(), packet.content.size());
            bytes_ -= packet.content.size();
            under_way_.pop();
        }
    }

    /// Takes what stands on stdin; false at its end.
    bool obey() {
        char part[4096];
        const ssize_t size = ::read(STDIN_FILENO, part, sizeof part);
        if (size <= 0) return false;
        input_.append(part, static_cast<std::size_t>(size));
        for (std::size_t end = input_.find('\n'); end != std::string::npos;
             end = input_.find('\n')) {
            std::cout << answer(input_.substr(0, end)) << std::endl;
            input_.erase(0, end + 1);
        }
        return true;
    }

    std::string answer(const std::string& command) {
        std::istringstream words(command);
        std::string what;
        std::string from;
        std::string to;
        double value = 0;
        words >> what;
        if (what == "count") {
            return "ok " + std::to_string(carried_) + " " + std::to_string(lost_);
        }
        if ((what != "delay" && what != "lose") || !(words >> from >> to >> value) || value < 0) {
            return "error unknown: " + command;
        }
        std::size_t changed = 0;
        for (std::size_t a = 0; a < ends_.size(); ++a) {
            for (std::size_t b = 0; b < ends_.size(); ++b) {
                if ((from != "*" && from != ends_[a].address) ||
                    (to != "*" && to != ends_[b].address)) {
                    continue;
                }
                if (what == "lose") lines_[a][b].loss = value / 100;
                if (what == "delay") {
                    lines_[a][b].delay = std::chrono::duration_cast<Clock::duration>(
                        std::chrono::duration<double, std::milli>(value));
                }
                ++changed;
            }
        }
        return changed > 0 ? "ok" : "error no such addresses: " + command;
    }

    const std::vector<End> ends_;
    std::map<std::uint32_t, std::size_t> places_;  ///< of addresses as they stand in packets
    std::vector<std::vector<Line>> lines_;         ///< from, to
    std::priority_queue<Packet> under_way_;
    std::size_t bytes_ = 0;
    std::uint64_t next_number_ = 0;
    std::uint64_t carried_ = 0;
    std::uint64_t lost_ = 0;
    std::minstd_rand random_{1};
    std::uniform_real_distribution<double> chance_{0, 1};
    std::string input_;
};

}  // namespace

int main(int count, char** words) try {
    if (count < 3) throw std::runtime_error("usage: bsn_wire DEVICE NAMESPACE=ADDRESS...");
    std::vector<End> ends;
    for (int i = 2; i < count; ++i) {
        const std::string word = words[i];
        const std::size_t sign = word.find('=');
        if (sign == std::string::npos) throw std::runtime_error(word + ": no '='");
        ends.push_back({word.substr(sign + 1), open_device(words[1], word.substr(0, sign))});
    }
    Wire wire(std::move(ends));
    std::cout << "ok" << std::endl;  // the devices are there
    wire.run();
    return 0;
} catch (const std::exception& error) {
    std::cout << "error " << error.what() << std::endl;
    return 1;
}
