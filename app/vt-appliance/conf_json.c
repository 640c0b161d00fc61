/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * The configuration file: a JSON object with the same keys as the command line,
 *
 *     { "pollers": 1, "idle": "adaptive",
 *       "domains": [ { "name": "web", "clients": 2, "arena": "64M" } ],
 *       "accels": [ "cpu,workers=2" ] }
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <rte_string_fns.h>

#include "conf.h"

#define MAX_FILE (1 << 20)

struct reader {
	struct vt_conf *conf;
	const char *file;
	char *text;
};

/* Put FILE:LINE: and the key before what conf->error says. */
static int
located(struct reader *r, const struct vt_conf_step *path, unsigned int nb)
{
	char why[VT_CONF_ERROR];
	unsigned int line;

	/* A key that the text spells with escapes is not found: then the object around it. */
	while ((line = vt_conf_line(r->text, path, nb)) == 0 && nb > 0)
		nb--;
	rte_strscpy(why, r->conf->error, sizeof(why));
	return vt_conf_fail(r->conf, "%s:%u: %.400s", r->file, line, why);
}

static const char *
type_name(const json_t *v)
{
	switch (json_typeof(v)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "an array";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
		return "an integer";
	case JSON_REAL:
		return "a real number";
	case JSON_TRUE:
	case JSON_FALSE:
		return "a boolean";
	default:
		return "null";
	}
}

/* The value as text for vt_conf_set(), if its JSON type is what the setting takes. */
static int
as_text(struct vt_conf *conf, const char *key, int kind, const json_t *v, char *buf, size_t len)
{
	static const char * const wanted[] = {
		[VT_CONF_STRING] = "a string", [VT_CONF_NUMBER] = "an integer",
		[VT_CONF_SIZE] = "an integer or a string such as \"64M\"",
		[VT_CONF_BOOL] = "a boolean",
	};

	if (json_is_string(v) && (kind == VT_CONF_STRING || kind == VT_CONF_SIZE)) {
		if (rte_strscpy(buf, json_string_value(v), len) < 0)
			return vt_conf_fail(conf, "%s: the string is too long", key);
	} else if (json_is_integer(v) && (kind == VT_CONF_NUMBER || kind == VT_CONF_SIZE)) {
		snprintf(buf, len, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	} else if (json_is_boolean(v) && kind == VT_CONF_BOOL) {
		snprintf(buf, len, "%s", json_is_true(v) ? "yes" : "no");
	} else {
		return vt_conf_fail(conf, "%s: is %s, must be %s", key, type_name(v), wanted[kind]);
	}
	return 0;
}

static int
set(struct reader *r, struct vt_conf_domain *d, const char *key, const json_t *v,
		const struct vt_conf_step *path, unsigned int nb)
{
	char buf[512];
	int kind = vt_conf_kind(d != NULL, key);
	int ret = 0;

	if (kind >= 0)
		ret = as_text(r->conf, key, kind, v, buf, sizeof(buf));
	if (ret == 0)
		ret = vt_conf_set(r->conf, d, key, kind >= 0 ? buf : "");
	return ret != 0 ? located(r, path, nb) : 0;
}

static int
read_domain(struct reader *r, const json_t *obj, size_t index)
{
	struct vt_conf_step path[3] = { { .key = "domains" }, { .index = index }, { 0 } };
	const json_t *name = json_object_get(obj, "name");
	struct vt_conf_domain *d;
	const char *key;
	json_t *v;
	int ret;

	if (!json_is_object(obj)) {
		vt_conf_fail(r->conf, "domains: an entry is %s, must be an object", type_name(obj));
		return located(r, path, 2);
	}
	path[2].key = "name";
	if (!json_is_string(name)) {
		vt_conf_fail(r->conf, "name: %s", name == NULL ? "is missing" : "must be a string");
		return located(r, path, name == NULL ? 2 : 3);
	}
	d = vt_conf_domain_add(r->conf, json_string_value(name));
	if (d == NULL)
		return located(r, path, 3);
	json_object_foreach((json_t *)(uintptr_t)obj, key, v) {
		path[2].key = key;
		if (strcmp(key, "name") == 0)
			continue;
		ret = set(r, d, key, v, path, 3);
		if (ret != 0)
			return ret;
	}
	return vt_conf_domain_unique(r->conf, d, &path[2].key) != 0 ? located(r, path, 3) : 0;
}

static int
read_accel(struct reader *r, const json_t *v, size_t index)
{
	const struct vt_conf_step path[2] = { { .key = "accels" }, { .index = index } };

	if (!json_is_string(v)) {
		vt_conf_fail(r->conf, "accels: an entry is %s, must be a string", type_name(v));
		return located(r, path, 2);
	}
	return vt_conf_accel_add(r->conf, json_string_value(v)) != 0 ? located(r, path, 2) : 0;
}

static int
read_root(struct reader *r, json_t *root)
{
	const char *key;
	size_t i;
	json_t *v;
	int ret = 0;

	if (!json_is_object(root)) {
		vt_conf_fail(r->conf, "the file is %s, must be an object", type_name(root));
		return located(r, NULL, 0);
	}
	json_object_foreach(root, key, v) {
		const struct vt_conf_step path = { .key = key };
		const bool domains = strcmp(key, "domains") == 0;

		if (!domains && strcmp(key, "accels") != 0) {
			ret = set(r, NULL, key, v, &path, 1);
		} else if (!json_is_array(v)) {
			vt_conf_fail(r->conf, "%s: is %s, must be an array", key, type_name(v));
			ret = located(r, &path, 1);
		} else {
			for (i = 0; ret == 0 && i < json_array_size(v); i++)
				ret = domains ? read_domain(r, json_array_get(v, i), i) :
					read_accel(r, json_array_get(v, i), i);
		}
		if (ret != 0)
			return ret;
	}
	return 0;
}

static int
load_text(struct reader *r)
{
	FILE *f = fopen(r->file, "r");
	size_t len;

	if (f == NULL)
		return vt_conf_fail(r->conf, "%s: %s", r->file, strerror(errno));
	r->text = calloc(1, MAX_FILE + 1);
	len = r->text == NULL ? 0 : fread(r->text, 1, MAX_FILE, f);
	if (r->text == NULL || ferror(f) || len == MAX_FILE) {
		fclose(f);
		return vt_conf_fail(r->conf, "%s: cannot be read, or is larger than %u bytes",
			r->file, MAX_FILE);
	}
	fclose(f);
	return 0;
}

int
vt_conf_file(struct vt_conf *conf, const char *file)
{
	struct reader r = { .conf = conf, .file = file };
	json_error_t err;
	json_t *root;
	int ret;

	ret = load_text(&r);
	if (ret == 0) {
		root = json_loads(r.text, JSON_REJECT_DUPLICATES, &err);
		if (root == NULL)
			ret = vt_conf_fail(conf, "%s:%d: column %d: %s", file, err.line, err.column,
				err.text);
		else
			ret = read_root(&r, root);
		json_decref(root);
	}
	free(r.text);
	return ret;
}
