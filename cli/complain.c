/* complain.c - configurations read, complaints shown; see complain.h. */
#include "cli/complain.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/number.h"

sp_exit sp_complain_code(sp_status status, const char *path)
{
	switch (status) {
	case SP_E_IO:
		return access(path, R_OK) != 0 && errno == EACCES ? SP_EXIT_PERMISSION : SP_EXIT_IO;
	case SP_OK:
	case SP_E_ABSENT:
	case SP_E_PERMISSION:
	case SP_E_MEMORY:
		return sp_exit_of(status);
	default:
		return SP_EXIT_CONFIG;
	}
}

void sp_complain_print(const sp_complaints *complaints)
{
	char text[2 * SP_NUMBER_MAX];

	for (size_t i = 0; i < complaints->n; i++)
		fprintf(stderr, "%s\n", complaints->list[i].text);
	if (complaints->more > 0)
		fprintf(stderr, "and %s\n", sp_number_plural(complaints->more, "more complaint", text));
}

sp_exit sp_complain_read(const char *path, sp_config **config)
{
	sp_complaints complaints = {0};
	sp_status status = sp_config_read(path, config, &complaints);
	sp_exit code = sp_complain_code(status, path);
	char text[2 * SP_NUMBER_MAX];

	sp_complain_print(&complaints);
	if (code == SP_EXIT_CONFIG)
		fprintf(stderr, "setpoint: %s: refused, %s; nothing was started\n", path,
		        sp_number_plural(complaints.n + complaints.more, "complaint", text));
	else if (status != SP_OK && complaints.n == 0)
		sp_exit_with(status, NULL);
	sp_complaints_fini(&complaints);
	return code;
}
