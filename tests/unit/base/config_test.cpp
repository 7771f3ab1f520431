#include "base/config.hpp"

#include "base/files.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

namespace bsn {
namespace {

YamlNode parse(std::string_view text) { return parse_yaml(text, "app.yaml").value(); }

/// The message of a text that is refused as a whole.
std::string refusal(std::string_view text) {
    auto parsed = parse_yaml(text, "app.yaml");
    return parsed ? "it was accepted" : parsed.error().message;
}

std::string mistake(const YamlNode& node) {
    Status status = node.finish();
    return status ? "no mistake" : status.error().message;
}

TEST(ConfigTest, ReadsAWholeFile) {
    YamlNode root = parse(
        "# an app\n"
        "name: evidence\n"
        "version: 1.10\n"
        "quoted: \"true\"\n"
        "peers: 3\n"
        "open: true\n"
        "interval: 250ms\n"
        "cache: 64MB\n"
        "framework: ledger\n"
        "tags: [one, 'two', 3]\n"
        "limits: {rate: 100}\n"
        "nodes:\n"
        "  - city: Hangzhou\n"
        "    weight: 2\n"
        "  - city: 北京\n");
    EXPECT_EQ(root.text("name"), "evidence");
    EXPECT_EQ(root.text("version"), "1.10");
    EXPECT_EQ(root.text("quoted"), "true");
    EXPECT_EQ(root.number("peers", 1, 7), 3U);
    EXPECT_TRUE(root.flag_or("open", false));
    EXPECT_EQ(root.duration_or("interval", 0), 250U);
    EXPECT_EQ(root.size_or("cache", 0), 64U << 20);
    EXPECT_EQ(root.choice("framework", {"fabric", "ledger"}), "ledger");
    EXPECT_EQ(root.texts("tags"), (std::vector<std::string>{"one", "two", "3"}));
    EXPECT_EQ(root.map("limits").number("rate"), 100U);
    std::vector<YamlNode> nodes = root.list("nodes");
    ASSERT_EQ(nodes.size(), 2U);
    EXPECT_EQ(nodes[0].text("city"), "Hangzhou");
    EXPECT_EQ(nodes[0].number_or("weight", 1), 2U);
    EXPECT_EQ(nodes[1].text("city"), "北京");
    EXPECT_EQ(nodes[1].number_or("weight", 1), 1U);
    EXPECT_EQ(mistake(root), "no mistake");
}

TEST(ConfigTest, WhatIsNotThereHasItsDefault) {
    YamlNode root = parse("{}");
    EXPECT_EQ(root.text_or("a", "x"), "x");
    EXPECT_EQ(root.optional_text("b"), std::nullopt);
    EXPECT_EQ(root.choice_or("c", {"y", "z"}, "z"), "z");
    EXPECT_EQ(root.number_or("d", 5), 5U);
    EXPECT_TRUE(root.flag_or("e", true));
    EXPECT_EQ(root.duration_or("f", 7), 7U);
    EXPECT_EQ(root.size_or("g", 8), 8U);
    EXPECT_FALSE(root.optional_map("h"));
    EXPECT_TRUE(root.list("i").empty());
    EXPECT_TRUE(root.texts("j").empty());
    EXPECT_FALSE(root.has("k"));
    EXPECT_EQ(mistake(root), "no mistake");
}

TEST(ConfigTest, UnknownKeysAreNamedWithTheirLineAndTheKnownOnes) {
    YamlNode root = parse("name: x\nnodes:\n  - city: y\n    town: z\n");
    root.text("name");
    root.text_or("owner", "");
    for (YamlNode& node : root.list("nodes")) node.text("city");
    EXPECT_EQ(mistake(root), "app.yaml:4: nodes[0].town: unknown key; known here: city");

    YamlNode flat = parse("name: x\ncolour: y\n");
    flat.text("name");
    flat.text_or("owner", "");
    EXPECT_EQ(mistake(flat), "app.yaml:2: colour: unknown key; known here: name, owner");
}

TEST(ConfigTest, AMappingThatNobodyOpenedIsUnknownInside) {
    YamlNode root = parse("limits:\n  rate: 1\n");
    EXPECT_TRUE(root.has("limits"));
    EXPECT_EQ(mistake(root), "app.yaml:1: limits: unknown key; known here: ");
}

TEST(ConfigTest, MissingKeysAreNamed) {
    YamlNode root = parse("a: 1\nlimits:\n  rate: 1\n");
    root.text("name");
    EXPECT_EQ(mistake(root), "app.yaml:1: name: this key is missing");

    YamlNode inner = parse("a: 1\nlimits:\n  rate: 1\n");
    inner.map("limits").number("burst");
    EXPECT_EQ(mistake(inner), "app.yaml:3: limits.burst: this key is missing");

    YamlNode absent = parse("a: 1\n");
    absent.map("limits").number("burst");
    EXPECT_EQ(mistake(absent), "app.yaml:1: limits: this key is missing");
}

TEST(ConfigTest, TheFirstMistakeIsTold) {
    YamlNode root = parse("a: x\nb: y\n");
    root.number("b");
    root.number("a");
    EXPECT_EQ(mistake(root), "app.yaml:2: b: 'y' is not a whole number of at least 0");
}

struct WrongCase {
    std::string_view text;
    void (*read)(YamlNode&);
    std::string_view message;
};

TEST(ConfigTest, WrongValuesAreNamed) {
    const WrongCase k_cases[] = {
        {"k: [1]", [](YamlNode& n) { n.text("k"); }, "a text is expected here, this is a list"},
        {"k: {}", [](YamlNode& n) { n.text("k"); }, "a text is expected here, this is a mapping"},
        {"k:", [](YamlNode& n) { n.text("k"); }, "a text is expected here, this is nothing"},
        {"k: ~", [](YamlNode& n) { n.text("k"); }, "a text is expected here, this is nothing"},
        {"k: null", [](YamlNode& n) { n.text_or("k", "x"); },
         "a text is expected here, this is nothing"},
        {"k: ''", [](YamlNode& n) { n.text("k"); }, "this text must not be empty"},
        {"k: 8", [](YamlNode& n) { n.number("k", 1, 7); }, "'8' is not a whole number from 1 to 7"},
        {"k: 0", [](YamlNode& n) { n.number("k", 1, 7); }, "'0' is not a whole number from 1 to 7"},
        {"k: -1", [](YamlNode& n) { n.number("k"); }, "'-1' is not a whole number of at least 0"},
        {"k: 0x10", [](YamlNode& n) { n.number("k"); },
         "'0x10' is not a whole number of at least 0"},
        {"k: 010", [](YamlNode& n) { n.number("k"); }, "'010' is not a whole number of at least 0"},
        {"k: 1.0", [](YamlNode& n) { n.number("k"); }, "'1.0' is not a whole number of at least 0"},
        {"k: \"1\"", [](YamlNode& n) { n.number("k"); }, "'1' is not a whole number of at least 0"},
        {"k: 99999999999999999999", [](YamlNode& n) { n.number("k"); },
         "'99999999999999999999' is not a whole number of at least 0"},
        {"k: yes", [](YamlNode& n) { n.flag_or("k", false); }, "'yes' is neither true nor false"},
        {"k: 'true'", [](YamlNode& n) { n.flag_or("k", false); },
         "'true' is neither true nor false"},
        {"k: 5", [](YamlNode& n) { n.duration_or("k", 0); },
         "'5' is not a duration, such as 250ms, 2s, 5m, 1h or 7d"},
        {"k: 5 s", [](YamlNode& n) { n.duration_or("k", 0); },
         "'5 s' is not a duration, such as 250ms, 2s, 5m, 1h or 7d"},
        {"k: 99999999999999999d", [](YamlNode& n) { n.duration_or("k", 0); },
         "'99999999999999999d' is not a duration, such as 250ms, 2s, 5m, 1h or 7d"},
        {"k: 5MiB", [](YamlNode& n) { n.size_or("k", 0); },
         "'5MiB' is not a size, such as 512B, 64KB, 16MB or 1GB"},
        {"k: red",
         [](YamlNode& n) {
             n.choice("k", {"blue", "green"});
         },
         "'red' is none of: blue, green"},
        {"k: x", [](YamlNode& n) { n.map("k"); }, "a mapping is expected here, this is a text"},
        {"k: x", [](YamlNode& n) { n.list("k"); }, "a list is expected here, this is a text"},
        {"k: {}", [](YamlNode& n) { n.texts("k"); }, "a list is expected here, this is a mapping"},
    };
    for (const WrongCase& wrong : k_cases) {
        YamlNode root = parse(wrong.text);
        wrong.read(root);
        EXPECT_EQ(mistake(root), "app.yaml:1: k: " + std::string(wrong.message)) << wrong.text;
    }
}

TEST(ConfigTest, WrongListElementsAreNamed) {
    YamlNode root = parse("k:\n  - a: 1\n  - x\n");
    root.list("k");
    EXPECT_EQ(mistake(root), "app.yaml:3: k[1]: a mapping is expected here, this is a text");
    YamlNode texts = parse("k:\n  - a\n  - ~\n");
    texts.texts("k");
    EXPECT_EQ(mistake(texts), "app.yaml:3: k[1]: a text is expected here, this is nothing");
}

TEST(ConfigTest, ACallersMistakeHasItsPlaceToo) {
    YamlNode root = parse("nodes:\n  - city: Atlantis\n");
    for (YamlNode& node : root.list("nodes")) {
        std::string city = node.text("city");
        node.fail("city", "there is no such city");
    }
    EXPECT_EQ(mistake(root), "app.yaml:2: nodes[0].city: there is no such city");
    EXPECT_EQ(root.list("nodes")[0].where("city"), "app.yaml:2: nodes[0].city");
}

TEST(ConfigTest, FreeKeysCanBeListed) {
    YamlNode root = parse("b: 1\na: 2\n");
    EXPECT_EQ(root.keys(), (std::vector<std::string>{"b", "a"}));
}

TEST(ConfigTest, TextsOfTheFileAreRefusedWithTheirLine) {
    EXPECT_EQ(refusal(""), "app.yaml:1: the file is empty");
    EXPECT_EQ(refusal("# only a comment\n"), "app.yaml:1: the file is empty");
    EXPECT_EQ(refusal("- a\n"),
              "app.yaml:1: the file must hold a mapping (key: value), this is a list");
    EXPECT_EQ(refusal("a: 1\nb: 2\na: 3\n"), "app.yaml:3: key 'a' stands twice, first in line 1");
    EXPECT_EQ(refusal("a: &x 1\n"),
              "app.yaml:1: anchors (&name) are not taken here; repeat the value");
    EXPECT_EQ(refusal("a: 1\nb: *x\n").substr(0, 11), "app.yaml:2:");
    EXPECT_EQ(refusal("a: !!int 1\n").substr(0, 19), "app.yaml:1: tags (t");
    EXPECT_EQ(refusal("[a]: 1\n"), "app.yaml:1: a key must be a text");
    EXPECT_EQ(refusal("'': 1\n"), "app.yaml:1: a key must not be empty");
    EXPECT_EQ(refusal("a: 1\n---\nb: 2\n"),
              "app.yaml:1: the file holds more than one document (---)");
    EXPECT_EQ(refusal("a: [1\n").find("not YAML") == std::string::npos, false);
    EXPECT_EQ(refusal("a: 1\n\tb: 2\n").substr(0, 9), "app.yaml:");
}

TEST(ConfigTest, BombsAreRefused) {
    std::string deep = std::string(5000, '[') + std::string(5000, ']');
    EXPECT_NE(refusal("a: " + deep).find("nested deeper"), std::string::npos) << refusal(deep);
    std::string wide;
    for (int i = 0; i < 10'000; ++i) wide += "k" + std::to_string(i) + ": 1\n";
    EXPECT_NE(refusal(wide).find("keys in one mapping"), std::string::npos);
    EXPECT_NE(refusal("a: &a [x]\nb: &b [*a,*a]\n").find("anchors"), std::string::npos);
}

TEST(ConfigTest, TextsThatAreNotUtf8AreRefused) {
    YamlNode root = parse("k: \"\\xff\"\n");
    EXPECT_EQ(root.text("k"), "\xc3\xbf") << "an escape names a code point";
    auto raw = parse_yaml("k: \xff\xfe\n", "app.yaml");
    if (raw) {
        raw->text("k");
        EXPECT_NE(mistake(*raw), "no mistake");
    }
}

TEST(ConfigTest, LoadsFiles) {
    TemporaryFolder folder;
    ASSERT_TRUE(write_file_atomically(folder / "c.yaml", as_bytes("a: 1\n")));
    EXPECT_EQ(load_yaml(folder / "c.yaml")->number("a"), 1U);
    EXPECT_EQ(load_yaml(folder / "none.yaml").error().code, Code::not_found);
    ASSERT_TRUE(write_file_atomically(folder / "big.yaml", Bytes(k_max_config_bytes + 1, 'a')));
    EXPECT_EQ(load_yaml(folder / "big.yaml").error().code, Code::too_large);
}

}  // namespace
}  // namespace bsn
