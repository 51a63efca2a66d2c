/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json-scan.h"

#include <errno.h>
#include <string.h>

/* One pass over a text. */
struct pass {
	const char *text;
	size_t length, i;
	enum kf_json_mode mode;
	const char *wrong;
	bool twice, incomplete, no_memory;
};

/* The value that json-c has for the place where the pass is. Not known: there is no tree, or not this part of it. */
struct node {
	bool known;
	struct json_object *value; /* NULL: null */
};

/* The members of an object or an array, one after the other, on json-c's side. */
struct members {
	struct node parent;
	bool object;
	size_t count;
	struct json_object_iterator next, end; /* of a known object */
};

static int scan_value(struct pass *pass, struct node node, int depth);

/* The byte where the pass is, or -1 at the end. */
static int peek(const struct pass *pass)
{
	return pass->i < pass->length ? (unsigned char)pass->text[pass->i] : -1;
}

static int fail(struct pass *pass, const char *wrong)
{
	pass->wrong = pass->i < pass->length ? wrong : "it ends too early";
	return -EINVAL;
}

static void skip_blanks(struct pass *pass)
{
	pass->i = kf_json_blanks_end(pass->text, pass->length, pass->i);
}

/* Is json-c's value here known and of this type? If it is known and of another type, a part of the tree is missing. */
static bool agrees(struct pass *pass, struct node node, enum json_type type)
{
	bool same = node.known && json_object_is_type(node.value, type);

	pass->incomplete |= node.known && !same;
	return same;
}

/* Would json-c print this integer differently? It has an int64_t for negative and a uint64_t for other numbers. */
static bool is_odd_integer(const char *digits, size_t length)
{
	static const char lowest[] = "-9223372036854775808", highest[] = "18446744073709551615";
	const char *limit = digits[0] == '-' ? lowest : highest;
	size_t limit_length = strlen(limit);

	if (length == 2 && memcmp(digits, "-0", 2) == 0)
		return true;
	return length > limit_length || (length == limit_length && memcmp(digits, limit, length) > 0);
}

/* json-c itself keeps the text of a number with a fraction or an exponent. */
static bool has_kept(struct json_object *number, const char *text, size_t length)
{
	const char *kept = json_object_get_userdata(number);

	return kept && strlen(kept) == length && memcmp(kept, text, length) == 0;
}

/* Makes json-c print VALUE with the text it was read from. */
static void keep_text(struct pass *pass, struct json_object *value, const char *text, size_t length)
{
	char *copy = strndup(text, length);

	if (copy)
		json_object_set_serializer(value, json_object_userdata_to_json_string, copy, json_object_free_userdata);
	else
		pass->no_memory = true;
}

static int scan_number(struct pass *pass, struct node node)
{
	bool integer;
	const char *text = pass->text + pass->i;
	size_t end = kf_json_number_end(pass->text, pass->length, pass->i, pass->mode, &integer);
	size_t length = end - pass->i;

	if (!end)
		return fail(pass, "a number is malformed");
	if (agrees(pass, node, integer ? json_type_int : json_type_double) &&
	    (integer ? is_odd_integer(text, length) : !has_kept(node.value, text, length)))
		keep_text(pass, node.value, text, length);
	pass->i = end;
	return 0;
}

static int scan_word(struct pass *pass, const char *word)
{
	for (; *word; word++, pass->i++)
		if (peek(pass) != *word)
			return fail(pass, "a word is not true, false or null");
	return 0;
}

static int scan_text(struct pass *pass, struct kf_json_string *ret)
{
	size_t end = kf_json_string_end(pass->text, pass->length, pass->i, pass->mode, ret);

	if (!end)
		return fail(pass, ret->wrong);
	pass->i = end;
	return 0;
}

static int scan_string(struct pass *pass, struct node node)
{
	struct kf_json_string string;
	int r = scan_text(pass, &string);

	if (r == 0 && agrees(pass, node, json_type_string))
		pass->incomplete |= (size_t)json_object_get_string_len(node.value) != string.bytes;
	return r;
}

/* A key and its colon. READ is the key that json-c has (NULL: not known), which ends at its first NUL. */
static int scan_key(struct pass *pass, const char *read)
{
	bool quoted = peek(pass) == '"' || (peek(pass) == '\'' && pass->mode == KF_JSON_RELAXED);
	size_t start = pass->i;
	struct kf_json_string key;
	int r = quoted ? scan_text(pass, &key) : fail(pass, "a key in double quotes is missing");

	if (r < 0)
		return r;
	if (key.nul && pass->mode == KF_JSON_STRICT) {
		pass->i = start;
		return fail(pass, "a key has a NUL in it");
	}
	pass->incomplete |= read && strlen(read) != key.bytes;
	skip_blanks(pass);
	if (peek(pass) != ':')
		return fail(pass, "a colon is missing");
	pass->i++;
	return 0;
}

static struct members members_of(struct pass *pass, struct node node, bool object)
{
	struct members members = { .object = object };

	if (!agrees(pass, node, object ? json_type_object : json_type_array))
		return members;
	members.parent = node;
	if (object) {
		members.next = json_object_iter_begin(node.value);
		members.end = json_object_iter_end(node.value);
	}
	return members;
}

/* The next member as json-c has it, and in an object its key. */
static struct node next_of(struct members *members, const char **ret_key)
{
	struct json_object *parent = members->parent.value;
	size_t i = members->count++;

	if (!members->parent.known)
		return (struct node){ .known = false };
	if (!members->object)
		return (struct node){ .known = i < json_object_array_length(parent),
				      .value = json_object_array_get_idx(parent, i) };
	if (json_object_iter_equal(&members->next, &members->end))
		return (struct node){ .known = false };

	struct node node = { .known = true, .value = json_object_iter_peek_value(&members->next) };

	*ret_key = json_object_iter_peek_name(&members->next);
	json_object_iter_next(&members->next);
	return node;
}

static int scan_member(struct pass *pass, struct members *members, int depth)
{
	const char *key = NULL;
	struct node node = next_of(members, &key);
	int r = members->object ? scan_key(pass, key) : 0;

	return r < 0 ? r : scan_value(pass, node, depth);
}

/* As many members in the text as in the tree? json-c has one for a repeated key. */
static void compare_count(struct pass *pass, const struct members *members)
{
	if (members->parent.known && members->object)
		pass->twice |= members->count != (size_t)json_object_object_length(members->parent.value);
	else if (members->parent.known)
		pass->incomplete |= members->count != json_object_array_length(members->parent.value);
}

/* The members up to the closing bracket, at least one. */
static int scan_list(struct pass *pass, struct members *members, int depth)
{
	for (;;) {
		int r = scan_member(pass, members, depth);

		if (r < 0)
			return r;
		skip_blanks(pass);
		if (peek(pass) != ',')
			return 0;
		pass->i++;
		skip_blanks(pass);
	}
}

/* An object or an array, from its bracket on. */
static int scan_members(struct pass *pass, struct node node, int depth)
{
	bool object = peek(pass) == '{';
	struct members members = members_of(pass, node, object);
	int end = object ? '}' : ']', r = 0;

	pass->i++;
	skip_blanks(pass);
	if (peek(pass) != end)
		r = scan_list(pass, &members, depth - 1);
	if (r == 0 && peek(pass) != end)
		r = fail(pass, object ? "a comma or } is missing" : "a comma or ] is missing");
	if (r < 0)
		return r;
	pass->i++;
	compare_count(pass, &members);
	return 0;
}

/* A number or, in RELAXED, the word that json-c takes for one. */
static int scan_other(struct pass *pass, struct node node)
{
	static const char *const words[] = { "NaN", "Infinity", "-Infinity" };
	const char *text = pass->text + pass->i;

	for (size_t i = 0; pass->mode == KF_JSON_RELAXED && i < sizeof words / sizeof *words; i++)
		if (pass->length - pass->i >= strlen(words[i]) && memcmp(text, words[i], strlen(words[i])) == 0)
			return scan_word(pass, words[i]);
	if (peek(pass) == '-' || (peek(pass) >= '0' && peek(pass) <= '9'))
		return scan_number(pass, node);
	return fail(pass, "a value is missing");
}

static int scan_value(struct pass *pass, struct node node, int depth)
{
	skip_blanks(pass);
	if (depth <= 0)
		return fail(pass, "it is nested too deep");
	switch (peek(pass)) {
	case '{':
	case '[':
		return scan_members(pass, node, depth);
	case '"':
		return scan_string(pass, node);
	case 't':
		(void)agrees(pass, node, json_type_boolean);
		return scan_word(pass, "true");
	case 'f':
		(void)agrees(pass, node, json_type_boolean);
		return scan_word(pass, "false");
	case 'n':
		(void)agrees(pass, node, json_type_null);
		return scan_word(pass, "null");
	default:
		return scan_other(pass, node);
	}
}

int kf_json_scan(const char *text, size_t length, enum kf_json_mode mode, bool compare, struct json_object *tree,
		 struct kf_json_scan *ret)
{
	struct pass pass = { .text = text, .length = length, .mode = mode };
	int r = scan_value(&pass, (struct node){ .known = compare, .value = tree }, KF_JSON_DEPTH_MAX);

	if (r == 0)
		skip_blanks(&pass);
	if (r == 0 && pass.i < length)
		r = fail(&pass, "something follows the document");
	if (r < 0) {
		*ret = (struct kf_json_scan){ .wrong = pass.wrong, .offset = pass.i };
		return r;
	}
	/* After a repeated key, text and tree do not go together. */
	if (pass.twice)
		return -EEXIST;
	return pass.incomplete || pass.no_memory ? -ENOMEM : 0;
}
