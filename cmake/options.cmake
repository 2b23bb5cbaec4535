# How everything is compiled: one standard, strict warnings, no contraction of floating point (promise P7:
# the same inputs give the same bytes on every x86-64), and the instrumented builds that the presets choose.
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON) # __int128 for money, argp for the command
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
	set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()

option(SETPOINT_WERROR "treat warnings as errors" OFF)
option(SETPOINT_FUZZ "build the fuzzers (clang)" OFF)
option(SETPOINT_COVERAGE "count the lines that tests run" OFF)
option(SETPOINT_SOAK "tests run their full counts" OFF)
option(SETPOINT_FAILPOINTS "let tests kill the program at named places (base/failpoint.h)" OFF)
set(SETPOINT_SANITIZE "" CACHE STRING "sanitizers, e.g. address,undefined")

add_compile_definitions(_GNU_SOURCE)
add_compile_options(
	-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef
	-Wpointer-arith -Wwrite-strings -Wconversion -Wno-sign-conversion -Wimplicit-fallthrough
	-ffp-contract=off -fno-fast-math -fno-strict-aliasing
	# one section a function and a table: tests/house/purity.py reads from them who can reach whom
	-ffunction-sections -fdata-sections)
if(SETPOINT_WERROR)
	add_compile_options(-Werror)
endif()
if(SETPOINT_FUZZ)
	# every room counts the branches it takes; only the fuzzers themselves bring libFuzzer's main (tests/fuzz)
	add_compile_options(-fsanitize=fuzzer-no-link)
	add_link_options(-fsanitize=fuzzer-no-link)
endif()
if(SETPOINT_SANITIZE)
	add_compile_options(-fsanitize=${SETPOINT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
	add_link_options(-fsanitize=${SETPOINT_SANITIZE})
endif()
if(SETPOINT_FAILPOINTS)
	add_compile_definitions(SETPOINT_FAILPOINTS)
endif()
if(SETPOINT_COVERAGE)
	add_compile_options(--coverage -O0)
	add_link_options(--coverage)
endif()
