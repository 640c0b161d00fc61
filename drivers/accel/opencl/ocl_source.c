/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * What of a client's source a compiler in this process is not given: all that reads a file, since the
 * compiler's messages would show it to the client, that puts native code in place, or that writes to this
 * process's output.
 *
 * Those need a directive such as #include, or the name of one of a few operators; and the
 * operators take a string. So there may be no strings, no '#' but that of a few directives (the operators # and ## make
 * strings and names), and no other ways to write the same: digraphs, trigraphs, escapes in names. Lines that
 * end with a backslash are joined first, as a compiler does. A kernel has no use for what is lost.
 */

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "ocl_private.h"

#define NAME_LEN 64
#define END (-1)

struct scan {
	const char *at, *end;
	unsigned int line;
	const char *bad; /* what is not allowed */
	char name[NAME_LEN];
};

static bool
is_newline(int c)
{
	return c == '\n' || c == '\r';
}

/* Behind lines that are joined here. */
static const char *
joined(const struct scan *s, const char *at, unsigned int *lines)
{
	size_t n;

	while (s->end - at >= 2 && *at == '\\') {
		n = at[1] == '\n' ? 2 : s->end - at >= 3 && at[1] == '\r' && at[2] == '\n' ? 3 : 0;
		if (n == 0)
			break;
		at += n;
		(*lines)++;
	}
	return at;
}

static int
peek(const struct scan *s, unsigned int n)
{
	unsigned int ignored = 0;
	const char *at = joined(s, s->at, &ignored);

	for (; n > 0 && at < s->end; n--)
		at = joined(s, at + 1, &ignored);
	return at < s->end ? (unsigned char)*at : END;
}

static int
take(struct scan *s)
{
	int c;

	s->at = joined(s, s->at, &s->line);
	if (s->at >= s->end)
		return END;
	c = (unsigned char)*s->at++;
	s->line += c == '\n';
	return c;
}

/* A comment, if there is one here. */
static bool
skip_comment(struct scan *s)
{
	int c;

	if (peek(s, 0) != '/' || (peek(s, 1) != '/' && peek(s, 1) != '*'))
		return false;
	take(s);
	if (take(s) == '/') {
		while (peek(s, 0) != END && !is_newline(peek(s, 0)))
			take(s);
		return true;
	}
	do {
		c = take(s);
	} while (c != END && (c != '*' || peek(s, 0) != '/'));
	take(s);
	return true;
}

static bool
is_name(int c)
{
	return c != END && (isalnum(c) || c == '_' || c == '$' || c >= 0x80);
}

/* A name or a number, cut to what is compared. */
static void
take_name(struct scan *s)
{
	size_t n = 0;

	while (is_name(peek(s, 0))) {
		int c = take(s);

		if (n < sizeof(s->name) - 1)
			s->name[n++] = (char)c;
	}
	s->name[n] = '\0';
}

static void
skip_blanks(struct scan *s)
{
	for (;;) {
		int c = peek(s, 0);

		if (c == ' ' || c == '\t' || c == '\v' || c == '\f')
			take(s);
		else if (!skip_comment(s))
			return;
	}
}

static bool
one_of(const char *name, const char *const *names)
{
	for (; *names != NULL; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

/* Behind the '#' that begins a line. */
static bool
directive(struct scan *s)
{
	static const char *const allowed[] = {
		"", "define", "undef", "if", "ifdef", "ifndef", "elif", "else", "endif", "error",
		"pragma", NULL,
	};
	static const char *const pragmas[] = { "OPENCL", "unroll", NULL };

	skip_blanks(s);
	take_name(s);
	s->bad = "directive #";
	if (!one_of(s->name, allowed))
		return false;
	if (strcmp(s->name, "pragma") != 0)
		return true;
	skip_blanks(s);
	take_name(s);
	s->bad = "directive #pragma ";
	return one_of(s->name, pragmas);
}

/* Up to its end, or that of the line. */
static void
skip_character(struct scan *s)
{
	int c;

	while ((c = peek(s, 0)) != END && !is_newline(c)) {
		take(s);
		if (c == '\'')
			return;
		if (c == '\\' && !is_newline(peek(s, 0)))
			take(s);
	}
}

static bool
token(struct scan *s, bool *line_begins)
{
	static const char *const refused[] = {
		"asm", "__asm", "__asm__", "_Pragma", "__pragma", "printf", "__builtin_printf",
		"__has_include", "__has_include_next", "__has_embed", NULL,
	};
	bool begins = *line_begins;
	int c = peek(s, 0);

	*line_begins = is_newline(c);
	s->name[0] = '\0';
	if (is_name(c)) {
		take_name(s);
		s->bad = "";
		if (one_of(s->name, refused))
			return false;
		/* Compilers differ in what u8'a' and 1'000 are. */
		s->bad = "a quote directly behind ";
		return peek(s, 0) != '\'';
	}
	take(s);
	switch (c) {
	case '#':
		s->bad = "operator #";
		return begins && directive(s);
	case '"':
		s->bad = "string";
		return false;
	case '\\':
	case '\0':
	case '@':
		s->bad = "backslash, at sign or zero outside of a character";
		return false;
	case '%':
		s->bad = "digraph %:";
		return peek(s, 0) != ':';
	case '\'':
		skip_character(s);
		return true;
	default:
		return true;
	}
}

/*
 * What changes the text before it is cut to tokens: trigraphs, and a backslash with blanks behind it at the end of a
 * line, in which compilers differ.
 */
static bool
ambiguous(const char *source, size_t len)
{
	size_t i, n;

	for (i = 0; i + 1 < len; i++) {
		if (source[i] == '?' && source[i + 1] == '?')
			return true;
		if (source[i] != '\\')
			continue;
		for (n = i + 1; n < len && source[n] != '\0' && strchr(" \t\v\f", source[n]) != NULL; n++)
			;
		if (n < len && is_newline(source[n]) && n != i + 1)
			return true;
		if (n + 1 < len && source[n] == '\r' && source[n + 1] != '\n')
			return true;
	}
	return false;
}

int
ocl_source_check(const struct ocl_dev *od, const char *source, size_t len, struct ocl_text *text)
{
	struct scan s = { .at = source, .end = source + len, .line = 1 };
	bool line_begins = true;

	if (ocl_is_spirv(source, len))
		return 0;
	if (ambiguous(source, len)) {
		ocl_say(od, text, "two question marks, or a backslash with blanks behind it, are not"
			" permitted");
		return -EPERM;
	}
	for (;;) {
		skip_blanks(&s);
		if (peek(&s, 0) == END)
			return 0;
		if (!token(&s, &line_begins)) {
			ocl_say(od, text, "line %u: %s%s is not permitted", s.line, s.bad, s.name);
			return -EPERM;
		}
	}
}
