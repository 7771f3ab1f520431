// Writes to a key-value app with a key of one's own, or with a user's key in a city node's custody,
// and verifies the receipt.
//
//     example GENESIS KEY.pem APP URL[,URL…] call|invoke|query|events ARGUMENT…
//
//     call FUNCTION ARGUMENT           with one's own key
//     invoke USER KEY FUNCTION ARGUMENT  with a user's key; KEY names what is to happen once
//     query FUNCTION ARGUMENT
//     events HEIGHT COUNT

#include <bsn/client.hpp>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

namespace {

namespace client = bsn::client;

std::string content_of(const char* file) {
    std::stringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}

std::vector<std::string> urls_of(const char* list) {
    std::vector<std::string> urls;
    std::stringstream text(list);
    for (std::string url; std::getline(text, url, ',');) urls.push_back(url);
    return urls;
}

int failed(const bsn::Error& error) {
    std::cerr << bsn::code_name(error.code) << ": " << error.message << "\n";
    return 1;
}

int tell(client::App& app, const bsn::Result<client::Outcome>& outcome) {
    if (!outcome) return failed(outcome.error());
    std::cout << (outcome->success ? "success " : "refused ") << outcome->id << " "
              << outcome->height << " " << outcome->index << " " << outcome->error << "\n";
    auto receipt = app.receipt(outcome->id);  // believed only if it verifies
    if (!receipt) return failed(receipt.error());
    std::cout << "receipt " << receipt->trust_class << "\n";
    return outcome->success ? 0 : 2;
}

int listen(client::App& app, std::uint64_t from, std::uint64_t count) {
    auto end = app.events({.after = {}, .from = from}, [&](const client::Event& event) {
        std::cout << event.id << " " << event.name << " " << event.transaction << std::endl;
        return --count > 0;
    });
    return end ? 0 : failed(end.error());
}

int run(client::App& app, const std::vector<std::string>& words) {
    const std::string contract = "kv";
    if (words[0] == "call" && words.size() == 3) {
        return tell(app, app.call({contract, words[1], {words[2]}}));
    }
    if (words[0] == "invoke" && words.size() == 5) {
        return tell(app, app.invoke({contract, words[3], {words[4]}}, words[2], words[1]));
    }
    if (words[0] == "query" && words.size() == 3) {
        auto result = app.query({contract, words[1], {words[2]}});
        if (!result) return failed(result.error());
        std::cout << *result << "\n";
        return 0;
    }
    if (words[0] == "events" && words.size() == 3) {
        return listen(app, std::strtoull(words[1].c_str(), nullptr, 10),
                      std::strtoull(words[2].c_str(), nullptr, 10));
    }
    std::cerr << "usage: see the beginning of main.cpp\n";
    return 2;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 6) {
        std::cerr << "usage: see the beginning of main.cpp\n";
        return 2;
    }
    auto key = client::Key::from_pem(content_of(argv[2]));
    if (!key) return failed(key.error());
    auto network = client::Client::open(
        {.gateways = urls_of(argv[4]), .genesis = content_of(argv[1]), .authority = {}},
        std::move(*key));
    if (!network) return failed(network.error());
    auto app = network->app(argv[3]);
    if (!app) return failed(app.error());
    return run(*app, std::vector<std::string>(argv + 5, argv + argc));
}
