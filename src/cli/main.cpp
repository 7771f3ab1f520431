#include "cli/run.hpp"

int main(int argc, char** argv) { return bsn::cli::run(argc, argv); }
