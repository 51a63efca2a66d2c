/* SPDX-License-Identifier: Apache-2.0 */
#include "fixtures.h"
#include "policy/config-keys.h"
#include "policy/decision.h"
#include "policy/names.h"

/* Two classes: "plain" takes every profile, "strict" only two. */
static struct kf_config *new_config(enum kf_invalid_profile invalid_profile)
{
	static const struct {
		const char *section, *key, *value;
	} keys[] = {
		{ "kubefence", "runtime_classes", "plain strict" },
		{ "kubefence", "default_profile", "base" },
		{ "class strict", "default_profile", "tight" },
		{ "class strict", "allowed_profiles", "tight claude" },
		{ "class strict", "delivery", "mount" },
		{ "class strict", "allow_annotation", "no" },
		/* Has a section, but is not in runtime_classes. */
		{ "class dormant", "default_profile", "tight" },
	};
	struct kf_config *config = calloc(1, sizeof *config);
	struct kf_error err = { 0 };

	assert_non_null(config);
	for (size_t i = 0; i < COUNT(keys); i++)
		expect_success(keys[i].key,
			       kf_config_set(config, keys[i].section, keys[i].key, keys[i].value, false, &err), &err);
	config->invalid_profile = invalid_profile;
	expect_success("config", kf_config_complete(config, &err), &err);
	return config;
}

/* The whole table: the sources of the class, and whether it is a pause container. */
static const struct row {
	const char *imposed, *annotated;
	enum kf_pause pause;
	enum kf_verdict verdict;
	enum kf_reason reason;
	const char *class;
	/* Without a configuration. */
	enum kf_verdict blind_verdict;
	enum kf_reason blind_reason;
} rows[] = {
#define N KF_PAUSE_NO
#define C KF_PAUSE_CLAIMED
#define Y KF_PAUSE_YES
#define NO_HANDLER KF_SKIP, KF_REASON_NO_RUNTIME_HANDLER
#define NOT_MATCHED KF_SKIP, KF_REASON_RUNTIME_CLASS_NOT_MATCHED
#define UNKNOWN KF_DENY, KF_REASON_CLASS_UNKNOWN
#define SANDBOX KF_SKIP, KF_REASON_PAUSE_CONTAINER
#define INJECT KF_INJECT, KF_REASON_RUNTIME_CLASS_MATCHED
#define BROKEN KF_DENY, KF_REASON_CONFIG_INVALID
	{ NULL, NULL, N, NO_HANDLER, NULL, NO_HANDLER },
	{ NULL, NULL, C, NO_HANDLER, NULL, NO_HANDLER },
	{ NULL, NULL, Y, NO_HANDLER, NULL, NO_HANDLER },
	{ NULL, "other", N, UNKNOWN, "other", BROKEN },
	{ NULL, "other", C, UNKNOWN, "other", SANDBOX },
	{ NULL, "other", Y, SANDBOX, "other", SANDBOX },
	{ NULL, "plain", N, INJECT, "plain", BROKEN },
	{ NULL, "plain", C, SANDBOX, "plain", SANDBOX },
	{ NULL, "plain", Y, SANDBOX, "plain", SANDBOX },
	{ "other", NULL, N, NOT_MATCHED, "other", BROKEN },
	{ "other", NULL, C, NOT_MATCHED, "other", BROKEN },
	{ "other", NULL, Y, NOT_MATCHED, "other", SANDBOX },
	{ "other", "another", N, NOT_MATCHED, "other", BROKEN },
	{ "other", "another", C, NOT_MATCHED, "other", BROKEN },
	{ "other", "another", Y, NOT_MATCHED, "other", SANDBOX },
	{ "other", "plain", N, INJECT, "plain", BROKEN },
	{ "other", "plain", C, SANDBOX, "plain", BROKEN },
	{ "other", "plain", Y, SANDBOX, "plain", SANDBOX },
	{ "strict", NULL, N, INJECT, "strict", BROKEN },
	{ "strict", NULL, C, INJECT, "strict", BROKEN },
	{ "strict", NULL, Y, SANDBOX, "strict", SANDBOX },
	{ "strict", "other", N, INJECT, "strict", BROKEN },
	{ "strict", "other", C, INJECT, "strict", BROKEN },
	{ "strict", "other", Y, SANDBOX, "strict", SANDBOX },
	{ "strict", "plain", N, INJECT, "strict", BROKEN },
	{ "strict", "plain", C, INJECT, "strict", BROKEN },
	{ "strict", "plain", Y, SANDBOX, "strict", SANDBOX },
	/* Names that are not classes, or almost one. */
	{ NULL, "", N, UNKNOWN, "", BROKEN },
	{ "", NULL, N, NOT_MATCHED, "", BROKEN },
	{ NULL, "PLAIN", N, UNKNOWN, "PLAIN", BROKEN },
	{ NULL, "plain ", N, UNKNOWN, "plain ", BROKEN },
	{ NULL, "plain strict", N, UNKNOWN, "plain strict", BROKEN },
	{ "dormant", NULL, N, NOT_MATCHED, "dormant", BROKEN },
#undef N
#undef C
#undef Y
#undef NO_HANDLER
#undef NOT_MATCHED
#undef UNKNOWN
#undef SANDBOX
#undef INJECT
#undef BROKEN
};

static const char *row_name(const struct row *row)
{
	static char name[128];

	(void)snprintf(name, sizeof name, "imposed %s, annotated %s, pause %d", row->imposed ? row->imposed : "-",
		       row->annotated ? row->annotated : "-", (int)row->pause);
	return name;
}

static struct kf_request request_of(const struct row *row, const char *profile)
{
	return (struct kf_request){
		.handler = row->imposed, .annotated_handler = row->annotated, .profile = profile, .pause = row->pause
	};
}

static void the_class_decides(void **state)
{
	struct kf_config *config = new_config(KF_INVALID_PROFILE_DENY);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_request request = request_of(&rows[i], NULL);
		struct kf_error err = { 0 };
		struct kf_decision decision = kf_decide(config, NULL, &request, &err);
		const char *name = row_name(&rows[i]);

		expect(name, decision.verdict == rows[i].verdict);
		expect(name, decision.reason == rows[i].reason);
		expect_text(name, "the class", decision.handler, rows[i].class);
		expect(name, (err.code != 0) == (decision.verdict == KF_DENY));
		if (decision.verdict != KF_INJECT) {
			expect(name, decision.profile == NULL);
			continue;
		}
		expect_text(name, "the class", decision.class.name, rows[i].class);
		expect_text(name, "the profile", decision.profile,
			    strcmp(rows[i].class, "strict") == 0 ? "tight" : "base");
		expect(name, decision.class.delivery ==
				     (strcmp(rows[i].class, "strict") == 0 ? KF_DELIVERY_MOUNT : KF_DELIVERY_HOOK));
	}
	kf_config_free(config);
}

/* The error that was found earlier is the denial, word for word, and has the REASON now. */
static void expect_denial(const char *row, const struct kf_error *err, const struct kf_error *flaw,
			  enum kf_reason reason)
{
	expect(row, err->code == flaw->code && err->reason == reason);
	expect_text(row, "the message", err->message, flaw->message);
}

static void without_a_configuration_every_class_is_denied(void **state)
{
	static const char *const profiles[] = { NULL, "base", "../x" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t p = 0; p < COUNT(profiles); p++) {
			struct kf_request request = request_of(&rows[i], profiles[p]);
			const struct kf_error flaw = { .code = EBADF, .message = "kubefence.conf:3: no" };
			struct kf_error err = { 0 };
			struct kf_decision decision = kf_decide(NULL, &flaw, &request, &err);
			const char *name = row_name(&rows[i]);

			expect(name, decision.verdict == rows[i].blind_verdict);
			expect(name, decision.reason == rows[i].blind_reason);
			expect(name, decision.profile == NULL);
			expect(name, err.code == (decision.verdict == KF_DENY ? EBADF : 0));
			if (decision.verdict == KF_DENY)
				expect_denial(name, &err, &flaw, KF_REASON_CONFIG_INVALID);
		}
}

/* A pod's wishes, in a class that takes every profile and in one that takes two, under both rules. */
static void the_profile_is_one_the_class_allows(void **state)
{
	static const struct {
		const char *wish;
		const char *in_plain, *in_strict; /* NULL: not allowed */
		enum kf_reason reason_in_plain, reason_in_strict;
	} wishes[] = {
#define MATCHED KF_REASON_RUNTIME_CLASS_MATCHED
#define INVALID KF_REASON_PROFILE_INVALID
#define FORBIDDEN KF_REASON_PROFILE_NOT_ALLOWED
		{ NULL, "base", "tight", MATCHED, MATCHED },
		{ "claude", "claude", "claude", MATCHED, MATCHED },
		{ "tight", "tight", "tight", MATCHED, MATCHED },
		{ "base", "base", NULL, MATCHED, FORBIDDEN },
		{ "anything", "anything", NULL, MATCHED, FORBIDDEN },
		{ "CLAUDE", "CLAUDE", NULL, MATCHED, FORBIDDEN },
		{ "claud", "claud", NULL, MATCHED, FORBIDDEN },
		{ "", NULL, NULL, INVALID, INVALID },
		{ "../default", NULL, NULL, INVALID, INVALID },
		{ "claude.json", NULL, NULL, INVALID, INVALID },
		{ "/nono/profiles/x.json", NULL, NULL, INVALID, INVALID },
		{ "tight claude", NULL, NULL, INVALID, INVALID },
		{ "-s", NULL, NULL, INVALID, INVALID },
		{ "claude\n", NULL, NULL, INVALID, INVALID },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL, NULL, INVALID, INVALID },
#undef MATCHED
#undef INVALID
#undef FORBIDDEN
	};
	static const enum kf_invalid_profile rules[] = { KF_INVALID_PROFILE_DEFAULT, KF_INVALID_PROFILE_DENY };

	(void)state;
	for (size_t rule = 0; rule < COUNT(rules); rule++) {
		struct kf_config *config = new_config(rules[rule]);

		for (size_t i = 0; i < 2 * COUNT(wishes); i++) {
			bool strict = i % 2;
			const char *wish = wishes[i / 2].wish, *name = wish ? wish : "(no wish)";
			const char *granted = strict ? wishes[i / 2].in_strict : wishes[i / 2].in_plain;
			struct kf_request request = { .handler = strict ? "strict" : "plain", .profile = wish };
			struct kf_error err = { 0 };
			struct kf_decision decision = kf_decide(config, NULL, &request, &err);

			expect_text(name, "what was asked for", decision.asked, granted ? NULL : wish);
			expect(name, decision.reason ==
					     (strict ? wishes[i / 2].reason_in_strict : wishes[i / 2].reason_in_plain));
			if (!granted && rules[rule] == KF_INVALID_PROFILE_DENY) {
				expect(name, decision.verdict == KF_DENY);
				expect_refusal(name, -err.code, EINVAL, &err);
				expect(name, err.reason == decision.reason);
				expect(name, strstr(err.message, "nono.sh/profile") != NULL);
				continue;
			}
			expect(name, decision.verdict == KF_INJECT && err.code == 0);
			expect_text(name, "the profile", decision.profile,
				    granted ? granted : (strict ? "tight" : "base"));
		}
		kf_config_free(config);
	}
}

/* The pod's own words reach the policy; a class can forbid nono.sh/allow, and no class forbids nono.sh/deny. */
static void places_are_carried_or_refused(void **state)
{
	static const struct {
		const char *handler, *allow, *deny;
		enum kf_verdict verdict;
	} places[] = {
		{ "plain", NULL, NULL, KF_INJECT },  { "plain", "/a", NULL, KF_INJECT },
		{ "plain", "../x", "?", KF_INJECT }, { "plain", "", "", KF_INJECT },
		{ "strict", NULL, "/b", KF_INJECT }, { "strict", "/a", NULL, KF_DENY },
		{ "strict", "", NULL, KF_DENY },     { "strict", "\x1b[0m\n", "/b", KF_DENY },
		{ "other", "/a", "/b", KF_SKIP },    { NULL, "/a", "/b", KF_SKIP },
	};
	struct kf_config *config = new_config(KF_INVALID_PROFILE_DEFAULT);

	(void)state;
	for (size_t i = 0; i < COUNT(places); i++) {
		struct kf_request request = { .handler = places[i].handler,
					      .allow = places[i].allow,
					      .deny = places[i].deny };
		struct kf_error err = { 0 };
		struct kf_decision decision = kf_decide(config, NULL, &request, &err);
		const char *name = places[i].allow ? places[i].allow : "(no allow)";
		bool skipped = places[i].verdict == KF_SKIP;

		expect(name, decision.verdict == places[i].verdict);
		expect_text(name, "allow", decision.allow, skipped ? NULL : places[i].allow);
		expect_text(name, "deny", decision.deny, skipped ? NULL : places[i].deny);
		if (decision.verdict != KF_DENY)
			continue;
		expect_refusal(name, -err.code, EPERM, &err);
		expect(name, err.reason == KF_REASON_ALLOW_REFUSED && decision.reason == KF_REASON_ALLOW_REFUSED);
		expect(name, strstr(err.message, "nono.sh/allow") && strstr(err.message, "allow_annotation = no"));
	}
	kf_config_free(config);
}

/* All combinations: the rules that hold for any text of a pod. */
static void nothing_a_pod_writes_opts_it_out(void **state)
{
	static const char *const imposed[] = { NULL, "plain", "strict", "other" };
	static const char *const annotated[] = { NULL, "", "plain", "strict", "other", "runc", "\n" };
	static const char *const profiles[] = { NULL, "", "base", "tight", "none", "../../etc", "-", "\x1b[0m" };
	static const enum kf_invalid_profile rules[] = { KF_INVALID_PROFILE_DEFAULT, KF_INVALID_PROFILE_DENY };
	size_t seen = 0;

	(void)state;
	for (size_t r = 0; r < COUNT(rules); r++) {
		struct kf_config *config = new_config(rules[r]);

		for (size_t i = 0; i < COUNT(imposed) * COUNT(annotated) * COUNT(profiles) * 3; i++) {
			size_t n = i;
			struct kf_request request = { .handler = imposed[n % COUNT(imposed)] };
			struct kf_error err = { 0 };
			struct kf_decision decision;

			n /= COUNT(imposed);
			request.annotated_handler = annotated[n % COUNT(annotated)];
			n /= COUNT(annotated);
			request.profile = profiles[n % COUNT(profiles)];
			request.pause = (enum kf_pause)(n / COUNT(profiles));
			decision = kf_decide(config, NULL, &request, &err);
			seen++;

			bool configured = kf_config_has_class(config, request.handler);

			if (configured && request.pause != KF_PAUSE_YES) {
				assert_int_not_equal(decision.verdict, KF_SKIP);
				assert_string_equal(decision.handler, request.handler);
			}
			/* Where the node names no class, a pod that names an unknown one means one all the same. */
			if (!configured && !kf_config_has_class(config, request.annotated_handler))
				assert_int_equal(decision.verdict, !request.handler && request.annotated_handler &&
										   request.pause != KF_PAUSE_YES
									   ? KF_DENY
									   : KF_SKIP);
			if (decision.verdict == KF_INJECT) {
				assert_true(kf_profile_name_valid(decision.profile));
				if (strcmp(decision.handler, "strict") == 0)
					assert_true(kf_list_has(&decision.class.allowed_profiles, decision.profile));
			}
			assert_int_equal(err.code != 0, decision.verdict == KF_DENY);
		}
		kf_config_free(config);
	}
	assert_int_equal(seen, 2 * 4 * 7 * 8 * 3);
}

static void every_reason_and_verdict_has_its_own_word(void **state)
{
	(void)state;
	for (int i = 0; i < KF_REASON_COUNT; i++) {
		const char *name = kf_reason_name((enum kf_reason)i);

		assert_non_null(name);
		assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz_"), strlen(name));
		for (int other = 0; other < i; other++)
			assert_string_not_equal(name, kf_reason_name((enum kf_reason)other));
	}
	assert_string_equal(kf_reason_name(KF_REASON_NO_RUNTIME_HANDLER), "no_runtime_handler");
	assert_string_equal(kf_reason_name(KF_REASON_RUNTIME_CLASS_NOT_MATCHED), "runtime_class_not_matched");
	assert_string_equal(kf_reason_name(KF_REASON_PAUSE_CONTAINER), "sandbox_container");
	assert_string_equal(kf_verdict_name(KF_INJECT), "inject");
	assert_string_equal(kf_verdict_name(KF_SKIP), "skip");
	assert_string_equal(kf_verdict_name(KF_DENY), "deny");
}

/* "allowed_profiles =" means no profile, not all; the default of the class needs no permission. */
static void allowed_profiles_can_be_none(void **state)
{
	struct kf_config *config = new_config(KF_INVALID_PROFILE_DENY);
	struct kf_request request = { .handler = "plain", .profile = "other" };
	struct kf_error err = { 0 };

	(void)state;
	assert_int_equal(kf_decide(config, NULL, &request, &err).verdict, KF_INJECT);
	expect_success("empty", kf_config_set(config, "class plain", "allowed_profiles", "", false, &err), &err);
	assert_int_equal(kf_decide(config, NULL, &request, &err).reason, KF_REASON_PROFILE_NOT_ALLOWED);
	request.profile = "base";
	assert_int_equal(kf_decide(config, NULL, &request, &err).verdict, KF_INJECT);
	kf_config_free(config);
}

/* Each rule with each kind of container; the class of no section has the rule wrap. */
static void a_further_process_is_wrapped_denied_or_allowed(void **state)
{
	static const struct {
		const char *class;
		enum kf_container_kind kind;
		enum kf_verdict verdict;
		enum kf_reason reason;
		const char *profile;
	} cases[] = {
		{ "plain", KF_CONTAINER_SANDBOXED, KF_INJECT, KF_REASON_RUNTIME_CLASS_MATCHED, "its-own" },
		{ "plain", KF_CONTAINER_NONE, KF_INJECT, KF_REASON_NO_SUCH_CONTAINER, "base" },
		{ "plain", KF_CONTAINER_UNKNOWN, KF_DENY, KF_REASON_CONTAINER_UNKNOWN, NULL },
		{ "plain", KF_CONTAINER_SKIPPED, KF_SKIP, KF_REASON_PAUSE_CONTAINER, NULL },
		{ "closed", KF_CONTAINER_SANDBOXED, KF_DENY, KF_REASON_EXEC_DENIED, NULL },
		{ "closed", KF_CONTAINER_NONE, KF_DENY, KF_REASON_EXEC_DENIED, NULL },
		{ "closed", KF_CONTAINER_UNKNOWN, KF_DENY, KF_REASON_EXEC_DENIED, NULL },
		{ "closed", KF_CONTAINER_SKIPPED, KF_SKIP, KF_REASON_PAUSE_CONTAINER, NULL },
		{ "open", KF_CONTAINER_SANDBOXED, KF_SKIP, KF_REASON_EXEC_ALLOWED, NULL },
		{ "open", KF_CONTAINER_NONE, KF_SKIP, KF_REASON_EXEC_ALLOWED, NULL },
		{ "open", KF_CONTAINER_UNKNOWN, KF_SKIP, KF_REASON_EXEC_ALLOWED, NULL },
		{ "open", KF_CONTAINER_SKIPPED, KF_SKIP, KF_REASON_PAUSE_CONTAINER, NULL },
		{ NULL, KF_CONTAINER_SANDBOXED, KF_DENY, KF_REASON_CONFIG_INVALID, NULL },
		{ NULL, KF_CONTAINER_NONE, KF_DENY, KF_REASON_CONFIG_INVALID, NULL },
		{ NULL, KF_CONTAINER_UNKNOWN, KF_DENY, KF_REASON_CONFIG_INVALID, NULL },
		{ NULL, KF_CONTAINER_SKIPPED, KF_SKIP, KF_REASON_PAUSE_CONTAINER, NULL },
	};
	struct kf_config *config = new_config(KF_INVALID_PROFILE_DEFAULT);
	struct kf_error err = { 0 };

	(void)state;
	expect_success("deny", kf_config_set(config, "class closed", "exec", "deny", false, &err), &err);
	expect_success("allow", kf_config_set(config, "class open", "exec", "allow", false, &err), &err);
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct kf_error config_flaw = { .code = EBADF, .message = "kubefence.conf:3: no" };
		const struct kf_error container_flaw = { .code = EIO, .message = "no record" };
		const struct kf_exec_target target = {
			.flaw = &container_flaw,
			.kind = cases[i].kind,
			.profile = cases[i].kind == KF_CONTAINER_SANDBOXED ? "its-own" : NULL,
		};
		const char *class = cases[i].class ? cases[i].class : "anything";
		struct kf_decision decision;
		char row[16];

		(void)snprintf(row, sizeof row, "row %zu", i);
		err = (struct kf_error){ 0 };
		decision = kf_decide_exec(cases[i].class ? config : NULL, &config_flaw, class, &target, &err);
		expect(row, decision.verdict == cases[i].verdict);
		expect(row, decision.reason == cases[i].reason);
		expect_text(row, "the profile", decision.profile, cases[i].profile);
		expect_text(row, "the class", decision.handler, class);
		expect(row, (err.code != 0) == (cases[i].verdict == KF_DENY));
		if (cases[i].reason == KF_REASON_CONFIG_INVALID)
			expect_denial(row, &err, &config_flaw, KF_REASON_CONFIG_INVALID);
		if (cases[i].reason == KF_REASON_CONTAINER_UNKNOWN)
			expect_denial(row, &err, &container_flaw, KF_REASON_CONTAINER_UNKNOWN);
		if (cases[i].reason == KF_REASON_EXEC_DENIED)
			expect(row, err.code == EPERM && err.reason == KF_REASON_EXEC_DENIED);
	}
	kf_config_free(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allowed_profiles_can_be_none),
		cmocka_unit_test(the_class_decides),
		cmocka_unit_test(without_a_configuration_every_class_is_denied),
		cmocka_unit_test(the_profile_is_one_the_class_allows),
		cmocka_unit_test(places_are_carried_or_refused),
		cmocka_unit_test(nothing_a_pod_writes_opts_it_out),
		cmocka_unit_test(every_reason_and_verdict_has_its_own_word),
		cmocka_unit_test(a_further_process_is_wrapped_denied_or_allowed),
	};

	return cmocka_run_group_tests_name("policy/decision", tests, NULL, NULL);
}
