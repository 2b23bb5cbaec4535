/* replay.c - runs a fuzzer once over every file of its corpus, so that what was ever found stays found.
 *
 *     fuzz_yaml FOLDER|FILE …
 *
 * Linked with a fuzzer in ordinary builds, in the place of libFuzzer's main. A folder is read in the order of its names,
 * without its subfolders. Each input lies in a block of exactly its size, so that ASan sees one byte too far. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/assert.h"
#include "tests/fuzz/fuzz.h"

#define REPLAY_PATH_MAX 4096

static unsigned replay_count;

static void replay_fail(const char *what, const char *path)
{
	fprintf(stderr, "%s: %s: %s\n", path, what, strerror(errno));
	exit(2);
}

static void replay_file(const char *path, size_t n)
{
	SP_ASSERT(path[0] != '\0');
	uint8_t *bytes = malloc(n ? n : 1);
	if (bytes == NULL)
		replay_fail("out of memory", path);
	FILE *file = fopen(path, "rb");
	if (file == NULL || fread(bytes, 1, n, file) != n)
		replay_fail("cannot be read", path);
	fclose(file);
	printf("%s (%zu bytes)\n", path, n);
	fflush(stdout); /* the last line names the input that ended the program */
	SP_ASSERT(LLVMFuzzerTestOneInput(bytes, n) == 0);
	free(bytes);
	replay_count++;
}

static void replay_path(const char *path, int depth);

static void replay_folder(const char *path)
{
	struct dirent **names;
	int n = scandir(path, &names, NULL, alphasort);
	if (n < 0)
		replay_fail("cannot be read", path);
	for (int i = 0; i < n; i++) {
		char inside[REPLAY_PATH_MAX];
		int length = snprintf(inside, sizeof inside, "%s/%s", path, names[i]->d_name);
		SP_ASSERT(length > 0 && length < REPLAY_PATH_MAX);
		if (names[i]->d_name[0] != '.')
			replay_path(inside, 1);
		free(names[i]);
	}
	free(names);
}

static void replay_path(const char *path, int depth)
{
	struct stat about;
	if (stat(path, &about) != 0)
		replay_fail("not there", path);
	if (!S_ISDIR(about.st_mode))
		replay_file(path, (size_t)about.st_size);
	else if (depth == 0)
		replay_folder(path);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		replay_path(argv[i], 0);
	printf("%u inputs\n", replay_count);
	if (replay_count == 0)
		fprintf(stderr, "an empty corpus tests nothing: give a folder with at least one input\n");
	return replay_count > 0 ? 0 : 2;
}
