/* complain.c - configurations read, complaints shown; see complain.h. */
#include "cli/complain.h"

#include <stdio.h>

#include "cli/number.h"

sp_exit sp_complain_code(sp_status status)
{
	switch (status) {
	case SP_OK:
	case SP_E_ABSENT:
	case SP_E_IO:
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
	sp_exit code = sp_complain_code(status);
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
