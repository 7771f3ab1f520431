# The commit that is built, as a source file that defines bsn::cli::built_commit().
#
#   cmake -DSOURCE=<repository> -DOUTPUT=<file> -P BsnCommit.cmake
#
# Runs in each build, and writes only what changed, so that nothing is compiled in vain.
cmake_minimum_required(VERSION 3.25)
set(ENV{GIT_OPTIONAL_LOCKS} 0)  # looking at the repository must not lock it for others
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=12 --exclude=*
  OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed)
  set(commit "unknown")
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT
"namespace bsn::cli {
const char* built_commit();
const char* built_commit() { return \"@commit@\"; }
}  // namespace bsn::cli
" @ONLY)
