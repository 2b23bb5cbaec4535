/* worlds.c - see worlds.h: a kind's file, read. The kinds themselves are in a file that CMake writes (sim/scenarios/compile.cmake). */
#include "sim/market/worlds.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "controller/config/tree.h"

struct sp_world_recipe {
	sp_tree *tree;
	sp_complaints complaints;
	sp_world_group group;
	sp_spot help, shape, trace, traits, config;
};

const sp_world_kind *sp_world_kind_find(const char *name)
{
	SP_ASSERT(name != NULL);
	for (size_t i = 0; i < sp_world_n_kinds; i++)
		if (strcmp(sp_world_kinds[i].name, name) == 0)
			return &sp_world_kinds[i];
	return NULL;
}

static const char *spot_text(sp_spot spot)
{
	size_t n;

	return sp_spot_text(spot, &n);
}

static sp_spot recipe_need(sp_spot root, const char *key)
{
	sp_spot spot = sp_spot_find(root, key);

	if (!sp_spot_there(spot) && sp_spot_there(root))
		sp_say(root, "'%s' is missing", key);
	return spot;
}

static void recipe_find_group(sp_world_recipe *recipe, sp_spot spot)
{
	static const char *const groups[] = {"main", "inelastic", "notice", "reported"};

	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
		if (strcmp(spot_text(spot), groups[i]) == 0) {
			recipe->group = (sp_world_group)i;
			return;
		}
	if (sp_spot_there(spot))
		sp_say(spot, "expected main, inelastic, notice or reported");
}

static void recipe_find(sp_world_recipe *recipe)
{
	static const char *const known[] = {"help", "group", "base", "traits", "config"};
	sp_spot root = sp_tree_root(recipe->tree);

	for (size_t i = 0; i < sp_spot_count(root); i++) {
		bool found = false;
		for (size_t k = 0; k < sizeof known / sizeof *known; k++)
			found = found || strcmp(spot_text(sp_spot_key(root, i)), known[k]) == 0;
		if (!found)
			sp_say(sp_spot_key(root, i), "no such key");
	}
	recipe->help = recipe_need(root, "help");
	recipe->config = recipe_need(root, "config");
	recipe->traits = recipe_need(root, "traits");
	recipe->shape = recipe_need(recipe_need(root, "base"), "shape");
	recipe->trace = sp_spot_find(sp_spot_find(root, "base"), "trace");
	recipe_find_group(recipe, recipe_need(root, "group"));
	if (sp_spot_there(recipe->traits) && !sp_spot_is_map(recipe->traits))
		sp_say(recipe->traits, "expected KEY: VALUE pairs");
}

sp_status sp_world_recipe_open(const sp_world_kind *kind, sp_world_recipe **opened, sp_message *message)
{
	SP_ASSERT(kind != NULL && opened != NULL);
	sp_world_recipe *recipe = calloc(1, sizeof *recipe);
	if (recipe == NULL)
		return SP_E_MEMORY;
	sp_status status = sp_tree_load(kind->name, kind->text, strlen(kind->text), &recipe->complaints, &recipe->tree);
	if (status == SP_OK) {
		recipe_find(recipe);
		status = recipe->complaints.n > 0 ? SP_E_SYNTAX : SP_OK;
	}
	if (status == SP_E_SYNTAX)
		sp_message_set(message, status, "%s", recipe->complaints.n > 0 ? recipe->complaints.list[0].text : kind->name);
	if (status == SP_OK)
		*opened = recipe;
	else
		sp_world_recipe_close(recipe);
	return status;
}

void sp_world_recipe_close(sp_world_recipe *recipe)
{
	if (recipe == NULL)
		return;
	sp_tree_close(recipe->tree);
	sp_complaints_fini(&recipe->complaints);
	free(recipe);
}

sp_world_group sp_world_recipe_group(const sp_world_recipe *recipe)
{
	return recipe->group;
}

const char *sp_world_recipe_help(const sp_world_recipe *recipe)
{
	return spot_text(recipe->help);
}

const char *sp_world_recipe_shape(const sp_world_recipe *recipe)
{
	return spot_text(recipe->shape);
}

const char *sp_world_recipe_trace(const sp_world_recipe *recipe)
{
	return sp_spot_there(recipe->trace) ? spot_text(recipe->trace) : NULL;
}

const char *sp_world_recipe_config(const sp_world_recipe *recipe)
{
	return spot_text(recipe->config);
}

void sp_world_recipe_trait(const sp_world_recipe *recipe, size_t i, const char **key, const char **value)
{
	SP_ASSERT(key != NULL && value != NULL);
	*key = *value = NULL;
	if (i >= sp_spot_count(recipe->traits))
		return;
	*key = spot_text(sp_spot_key(recipe->traits, i));
	*value = spot_text(sp_spot_value(recipe->traits, i));
}
