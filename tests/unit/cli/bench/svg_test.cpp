#include "cli/bench/svg.hpp"

#include <gtest/gtest.h>

#include <string>

namespace bsn::cli {
namespace {

std::size_t occurrences(const std::string& text, std::string_view part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++count;
    }
    return count;
}

TEST(Svg, TicksAreRoundAndReachTheHighest) {
    EXPECT_EQ(axis_ticks(7), (std::vector<double>{0, 1, 2, 3, 4, 5, 6, 7}));
    EXPECT_EQ(axis_ticks(10), (std::vector<double>{0, 2, 4, 6, 8, 10}));
    EXPECT_EQ(axis_ticks(7'498), (std::vector<double>{0, 2000, 4000, 6000, 8000}));
    EXPECT_EQ(axis_ticks(0), (std::vector<double>{0, 1}));
    for (double highest : {1e-4, 0.3, 1.0, 9.99, 12'345.6, 5e8}) {
        std::vector<double> ticks = axis_ticks(highest);
        EXPECT_LE(ticks.size(), 8U) << highest;
        EXPECT_GE(ticks.size(), 3U) << highest;
        EXPECT_GE(ticks.back(), highest * (1 - 1e-9)) << highest;
        EXPECT_LT(ticks[ticks.size() - 2], highest) << highest;
    }
}

TEST(Svg, DrawsEachPointWhereItBelongs) {
    std::string svg = svg_of("T", {{"C", "x", "y", {{"line", {{0, 0}, {5, 10}, {10, 5}}}}}});
    // The area is 76 to 740 across, and 66 (10) to 290 (0) down.
    EXPECT_NE(svg.find("points=\"76.0,290.0 408.0,66.0 740.0,178.0\""), std::string::npos) << svg;
    EXPECT_EQ(occurrences(svg, "<circle"), 3U);
    EXPECT_EQ(occurrences(svg, "<polyline"), 1U);
    EXPECT_EQ(occurrences(svg, "<svg"), 1U);
    EXPECT_TRUE(svg.ends_with("</svg>\n"));
}

TEST(Svg, PutsChartsBelowEachOther) {
    Chart chart{"C", "x", "y", {{"a", {{1, 1}}}, {"b", {{1, 2}}}}};
    std::string one = svg_of("T", {chart});
    std::string two = svg_of("T", {chart, chart});
    EXPECT_NE(one.find("height=\"336\""), std::string::npos);
    EXPECT_NE(two.find("height=\"636\""), std::string::npos);
    EXPECT_EQ(occurrences(two, "<polyline"), 4U);
}

TEST(Svg, NamesCannotBreakTheFile) {
    std::string svg = svg_of("a<b>&\"", {{"<script>", "x", "y", {{"</svg>", {}}}}});
    EXPECT_EQ(svg.find("<script>"), std::string::npos);
    EXPECT_EQ(occurrences(svg, "</svg>"), 1U);
    EXPECT_NE(svg.find("a&lt;b&gt;&amp;&quot;"), std::string::npos);
}

}  // namespace
}  // namespace bsn::cli
