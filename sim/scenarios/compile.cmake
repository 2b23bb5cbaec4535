# compile_scenarios(OUT NAME…) - the files NAME.yaml of this folder as a C table in the order given: the program needs no path to them.
function(compile_scenarios out)
	set(texts "")
	set(rows "")
	foreach(name IN LISTS ARGN)
		set(file ${CMAKE_CURRENT_SOURCE_DIR}/scenarios/${name}.yaml)
		set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
		file(READ ${file} bytes HEX)
		string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
		string(APPEND texts "static const char world_${name}[] = {${bytes}0};\n")
		string(APPEND rows "\t{\"${name}\", world_${name}},\n")
	endforeach()
	file(CONFIGURE OUTPUT ${out} @ONLY CONTENT "/* Written by CMake from sim/scenarios; not to be edited. */
#include \"sim/market/worlds.h\"

${texts}
const sp_world_kind sp_world_kinds[] = {
${rows}};
const size_t sp_world_n_kinds = sizeof sp_world_kinds / sizeof *sp_world_kinds;
")
endfunction()
