#pragma once
// Reading `text/event-stream`.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace bsn::api {

/// One event of a stream.
struct ServerEvent {
    std::string id;
    std::string name;
    std::string data;
};

/// Takes a stream in pieces of any size, and hands on what is complete.
class ServerEventReader {
  public:
    using Take = std::function<bool(const ServerEvent&)>;

    /// `take` answers false to end the reading.
    explicit ServerEventReader(Take take) : take_(std::move(take)) {}

    /// False once `take` wanted no more, or a line is beyond all bounds.
    bool feed(std::string_view piece);

  private:
    bool line(std::string_view text);

    Take take_;
    std::string pending_;
    ServerEvent event_;
};

}  // namespace bsn::api
