/* SPDX-License-Identifier: Apache-2.0 */
/* json-c without memory: malloc(3) and its like are ours here, for the library too, and fail when they are told to. */
#include <signal.h>
#include <sys/wait.h>

#include "fixtures.h"

/* glibc's own, under the names that stay its. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

/* The number of allocations that go well until one fails, or until all fail. */
static volatile size_t left = SIZE_MAX; /* volatile: compilers know that malloc(3) looks at no variable of ours */
static volatile bool for_good;

/* ASan does not come up beside another. gcc and clang have different ways to tell. */
#ifdef __has_feature
#define HAS_ASAN __has_feature(address_sanitizer)
#elif defined __SANITIZE_ADDRESS__
#define HAS_ASAN 1
#else
#define HAS_ASAN 0
#endif

#if !HAS_ASAN
static bool fails(void)
{
	if (left == 0 && for_good)
		return true;
	return left != SIZE_MAX && left-- == 0;
}

static void *out_of_memory(void)
{
	errno = ENOMEM;
	return NULL;
}

void *malloc(size_t size)
{
	return fails() ? out_of_memory() : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails() ? out_of_memory() : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return fails() ? out_of_memory() : __libc_realloc(old, size);
}
#endif

/* Sanitizers and valgrind have a malloc(3) of their own. */
static bool is_ours(void)
{
	void *volatile block;

	left = 0;
	block = malloc(1);
	left = SIZE_MAX;
	free(block);
	return !block;
}

static char long_text[400];

/* Strings that printers and parsers have no room for from the start, in each place that strings have. */
static char *long_spec(void)
{
	static const char escapes[] = "\\n\\u00e4\\ud83d\\ude00\\u20ac\\\\\\u001f";
	char *text;

	memset(long_text, 'x', sizeof long_text - 1);
	memcpy(long_text + 40, escapes, sizeof escapes - 1);
	assert_true(asprintf(&text,
			     "{\"annotations\":{\"short\":\"nono-runc\",\"%s\":\"%s\"},\"args\":[\"%s\",1e400,-7]}",
			     long_text, long_text, long_text) > 0);
	return text;
}

static int parse(const char *text, struct json_object **ret, struct kf_error *err)
{
	return kf_json_parse(text, strlen(text), "it", KF_JSON_STRICT, ret, err);
}

/* The same document without escapes that have more than one spelling. */
static char *printed(const char *text)
{
	struct json_object *object = NULL;
	struct kf_error err = { 0 };

	expect_success("with memory", parse(text, &object, &err), &err);

	char *copy = strdup(json_text(object));

	assert_non_null(copy);
	(void)json_object_put(object);
	return copy;
}

/* The document as text where it was read and printed in whole, else NULL. */
static const char *copied(const char *text, struct json_object **ret)
{
	struct kf_error err = { 0 };
	size_t length;

	/* Not always ENOMEM: half a number is not a number. */
	return parse(text, ret, &err) < 0 ? NULL : kf_json_text(*ret, &length);
}

/* Returns false when no allocation has failed: there were not so many. */
static bool copy_without(size_t number, const char *text, const char *wanted)
{
	struct json_object *object = NULL;
	char row[64];

	(void)snprintf(row, sizeof row, "allocation %zu%s", number, for_good ? " and all others" : "");
	left = number;

	const char *copy = copied(text, &object);
	bool failed = left == 0 ? for_good : left > number;

	left = SIZE_MAX;
	if (copy)
		expect_text(row, "the copy", copy, wanted);
	(void)json_object_put(object);
	return failed;
}

/* json-c does not survive all of it; then there is no copy either. */
static bool child_without(size_t number, const char *text, const char *wanted)
{
	enum { ENOUGH = 3, SHORT = 4 };
	int status = 0;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		(void)signal(SIGSEGV, SIG_DFL); /* cmocka's handler would go on with the next test */
		_exit(copy_without(number, text, wanted) ? SHORT : ENOUGH);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFSIGNALED(status))
		return true;
	if (WEXITSTATUS(status) != ENOUGH && WEXITSTATUS(status) != SHORT)
		fail_msg("allocation %zu%s", number, for_good ? " and all others" : "");
	return WEXITSTATUS(status) == SHORT;
}

static size_t copy_without_each(const char *text)
{
	char *wanted = printed(text);
	size_t tries = 0;

	for (int twice = 0; twice < 2; twice++) {
		for_good = twice;
		for (size_t n = 0; child_without(n, text, wanted); n++)
			tries++;
	}
	free(wanted);
	return tries;
}

static void a_copy_is_whole_or_missing(void **state)
{
	char *text = long_spec();

	(void)state;
	assert_true(copy_without_each(text) > 40);
	assert_true(copy_without_each(realistic_spec()) > 800);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_is_whole_or_missing),
	};

	if (is_ours())
		return cmocka_run_group_tests_name("base/json without memory", tests, NULL, NULL);
	(void)puts("1..1\nok 1 a_copy_is_whole_or_missing # skip: malloc is a sanitizer's or valgrind's");
	return 0;
}
