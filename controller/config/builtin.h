/* builtin.h - the defaults that every configuration starts from, written as a configuration. */
#ifndef SP_CONFIG_BUILTIN_H
#define SP_CONFIG_BUILTIN_H

#define SP_BUILTIN_NAME "built-in"

/* A YAML text: estimators, defaults and the built-in profiles; read by the same code as a file. */
extern const char sp_builtin_text[];

#endif
