#pragma once
// Line charts as SVG, for people who read a benchmark's result. Pure.

#include <string>
#include <utility>
#include <vector>

namespace bsn::cli {

/// One line of a chart.
struct ChartLine {
    std::string name;
    std::vector<std::pair<double, double>> points;  ///< x ascending
};

/// One chart; several stand below each other.
struct Chart {
    std::string title;
    std::string x_label;
    std::string y_label;
    std::vector<ChartLine> lines;
};

/// Round numbers from 0 to at least `highest`, at most eight of them.
std::vector<double> axis_ticks(double highest);

/// The whole file. Axes begin at 0.
std::string svg_of(const std::string& title, const std::vector<Chart>& charts);

}  // namespace bsn::cli
