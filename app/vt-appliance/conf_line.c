/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Where in a JSON text a value stands. jansson keeps no lines of what it has parsed, so
 * the text, known to be valid by then, is walked once more.
 */

#include <stdbool.h>
#include <string.h>

#include "conf.h"

struct walk {
	const char *at;
	unsigned int line;
};

static void
step(struct walk *w)
{
	if (*w->at == '\n')
		w->line++;
	if (*w->at != '\0')
		w->at++;
}

static void
space(struct walk *w)
{
	while (*w->at == ' ' || *w->at == '\t' || *w->at == '\r' || *w->at == '\n')
		step(w);
}

/* Over a string; true if it is the key. */
static bool
string(struct walk *w, const char *key)
{
	const char *start = w->at + 1;
	size_t len;

	step(w);
	while (*w->at != '"' && *w->at != '\0') {
		if (*w->at == '\\')
			step(w);
		step(w);
	}
	len = (size_t)(w->at - start);
	step(w);
	return key != NULL && strlen(key) == len && strncmp(start, key, len) == 0;
}

/* Over a value; returns the line of what path leads to, 0 if it is not in here. */
static unsigned int
value(struct walk *w, const struct vt_conf_step *path, unsigned int nb)
{
	unsigned int line, found = 0;
	const bool object = *w->at == '{';
	size_t index = 0;
	bool here;

	line = w->line;
	if (*w->at == '"') {
		string(w, NULL);
	} else if (object || *w->at == '[') {
		step(w);
		for (space(w); *w->at != '}' && *w->at != ']' && *w->at != '\0'; space(w)) {
			if (object) {
				line = w->line;
				here = string(w, nb != 0 ? path->key : NULL);
				space(w);
				step(w); /* the colon */
				space(w);
			} else {
				line = w->line;
				here = nb != 0 && path->key == NULL && path->index == index++;
			}
			if (here && nb == 1 && found == 0)
				found = line;
			line = value(w, here ? path + 1 : NULL, here ? nb - 1 : 0);
			if (here && nb > 1 && found == 0)
				found = line;
			space(w);
			if (*w->at == ',')
				step(w);
		}
		step(w);
		return found;
	} else {
		while (*w->at != '\0' && strchr(",]} \t\r\n", *w->at) == NULL)
			step(w);
	}
	return nb == 0 ? line : 0;
}

unsigned int
vt_conf_line(const char *text, const struct vt_conf_step *path, unsigned int nb)
{
	struct walk w = { .at = text, .line = 1 };

	space(&w);
	return nb == 0 ? w.line : value(&w, path, nb);
}
