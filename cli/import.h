/* import.h - `setpoint signal import`: what others keep, as signals. */
#ifndef SP_CLI_IMPORT_H
#define SP_CLI_IMPORT_H

int sp_import_run(int argc, char **argv);

#endif
