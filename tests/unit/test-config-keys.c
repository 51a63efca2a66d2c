/* SPDX-License-Identifier: Apache-2.0 */
#include "fixtures.h"
#include "policy/config-keys.h"
#include "policy/config.h"

static void sections_have_two_forms(void **state)
{
	static const struct {
		const char *section;
		bool valid;
	} rows[] = {
		{ "kubefence", true },
		{ "class a", true },
		{ "class nono-runc", true },
		{ "class kata.x_y", true },
		{ "", false },
		{ "Kubefence", false },
		{ "kubefence ", false },
		{ "kubefence x", false },
		{ "class", false },
		{ "class ", false },
		{ "class  a", false },
		{ "class a ", false },
		{ "class\ta", false },
		{ "classa", false },
		{ "class a/b", false },
		{ "class kubefence", true },
		{ "class class", true },
		{ "kubefence]", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		expect(rows[i].section, kf_config_section_valid(rows[i].section) == rows[i].valid);
}

static void switches_have_their_words(void **state)
{
	static const struct {
		const char *word;
		enum kf_switch value;
	} rows[] = { { "yes", KF_SWITCH_YES }, { "true", KF_SWITCH_YES }, { "1", KF_SWITCH_YES },
		     { "no", KF_SWITCH_NO },   { "false", KF_SWITCH_NO }, { "0", KF_SWITCH_NO } };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_config *config = calloc(1, sizeof *config);
		struct kf_error err = { 0 };

		assert_non_null(config);
		expect_success(rows[i].word,
			       kf_config_set(config, "kubefence", "allow_dynamic_nono", rows[i].word, false, &err),
			       &err);
		expect(rows[i].word, config->allow_dynamic_nono == rows[i].value);
		kf_config_free(config);
	}
}

static void seccomp_profiles_have_four_forms(void **state)
{
	static const char *const words[] = { "", "restricted", "runtime-default", "/etc/kubefence/seccomp.json" };

	(void)state;
	for (size_t i = 0; i < COUNT(words); i++) {
		struct kf_config *config = calloc(1, sizeof *config);
		struct kf_error err = { 0 };

		assert_non_null(config);
		expect_success(words[i], kf_config_set(config, "kubefence", "seccomp_profile", words[i], false, &err),
			       &err);
		assert_string_equal(config->seccomp_profile, words[i]);
		kf_config_free(config);
	}
}

static void a_class_looks_profiles_up_its_own_way(void **state)
{
	struct kf_config *config = calloc(1, sizeof *config);
	struct kf_error err = { 0 };

	(void)state;
	assert_non_null(config);
	expect_success("classes", kf_config_set(config, "kubefence", "runtime_classes", "a b", false, &err), &err);
	expect_success("profile", kf_config_set(config, "kubefence", "default_profile", "p", false, &err), &err);
	expect_success("class", kf_config_set(config, "class a", "profile_lookup", "files-then-nono", false, &err),
		       &err);
	expect_refusal("word", kf_config_set(config, "class b", "profile_lookup", "nono", false, &err), EINVAL, &err);
	expect_success("complete", kf_config_complete(config, &err), &err);
	assert_int_equal(config->profile_lookup, KF_PROFILE_LOOKUP_FILES);
	assert_int_equal(kf_config_class(config, "a").profile_lookup, KF_PROFILE_LOOKUP_FILES_THEN_NONO);
	assert_int_equal(kf_config_class(config, "b").profile_lookup, KF_PROFILE_LOOKUP_FILES);
	expect_success("main", kf_config_set(config, "kubefence", "profile_lookup", "files-then-nono", false, &err),
		       &err);
	expect_success("own", kf_config_set(config, "class a", "profile_lookup", "files", false, &err), &err);
	assert_int_equal(kf_config_class(config, "a").profile_lookup, KF_PROFILE_LOOKUP_FILES);
	assert_int_equal(kf_config_class(config, "b").profile_lookup, KF_PROFILE_LOOKUP_FILES_THEN_NONO);
	kf_config_free(config);
}

static void a_class_has_no_privileges_until_it_says_so(void **state)
{
	struct kf_config *config = calloc(1, sizeof *config);
	struct kf_error err = { 0 };

	(void)state;
	assert_non_null(config);
	expect_success("allow", kf_config_set(config, "class a", "privileged", "allow", false, &err), &err);
	expect_success("deny", kf_config_set(config, "class b", "privileged", "deny", false, &err), &err);
	expect_refusal("yes", kf_config_set(config, "class c", "privileged", "yes", false, &err), EINVAL, &err);
	expect_refusal("empty", kf_config_set(config, "class c", "privileged", "", false, &err), EINVAL, &err);
	expect_refusal("for all", kf_config_set(config, "kubefence", "privileged", "allow", false, &err), EINVAL, &err);
	assert_int_equal(kf_config_class(config, "a").privileged, KF_PRIVILEGED_ALLOW);
	assert_int_equal(kf_config_class(config, "b").privileged, KF_PRIVILEGED_DENY);
	assert_int_equal(kf_config_class(config, "c").privileged, KF_PRIVILEGED_DENY);
	assert_int_equal(kf_config_class(config, "other").privileged, KF_PRIVILEGED_DENY);
	kf_config_free(config);
}

static void a_refused_value_changes_nothing_else(void **state)
{
	struct kf_config *config = calloc(1, sizeof *config);
	struct kf_error err = { 0 };

	(void)state;
	assert_non_null(config);
	expect_success("good", kf_config_set(config, "kubefence", "default_profile", "good", false, &err), &err);
	expect_refusal("bad", kf_config_set(config, "kubefence", "default_profile", "../bad", false, &err), EINVAL,
		       &err);
	assert_string_equal(config->default_profile, "good");
	expect_refusal("bad", kf_config_set(config, "kubefence", "delivery", "x", false, &err), EINVAL, &err);
	assert_int_equal(config->delivery, KF_DELIVERY_UNSET);
	expect_refusal("unknown", kf_config_set(config, "class a", "colour", "x", false, &err), EINVAL, &err);
	assert_int_equal(config->class_count, 0);
	kf_config_free(config);
}

/* Values come from a file of root's, but a terminal shows the message. */
static void messages_show_no_raw_bytes(void **state)
{
	static const char *const keys[] = {
		"runtime_classes",   "default_profile",  "nono_bin_path",        "seccomp_profile",
		"delivery",          "invalid_profile",  "allow_dynamic_nono",   "state_dir",
		"vm_rootfs_classes", "provisioner_dirs", "harmless_csi_drivers", "no\x1bsuch\nkey"
	};
	char value[1024];

	(void)state;
	memset(value, '\x1b', sizeof value - 1);
	value[sizeof value - 1] = '\0';
	for (size_t i = 0; i < COUNT(keys); i++) {
		struct kf_config *config = calloc(1, sizeof *config);
		struct kf_error err = { 0 };

		assert_non_null(config);
		expect_refusal(keys[i], kf_config_set(config, "kubefence", keys[i], value, false, &err), EINVAL, &err);
		kf_config_free(config);
	}
}

static void lists_are_replaced_or_continued(void **state)
{
	struct kf_config *config = calloc(1, sizeof *config);
	struct kf_error err = { 0 };

	(void)state;
	assert_non_null(config);
	assert_int_equal(kf_config_set(config, "kubefence", "runtime_classes", "a b", false, &err), 0);
	assert_int_equal(kf_config_set(config, "kubefence", "runtime_classes", "c", true, &err), 0);
	assert_int_equal(config->runtime_classes.count, 3);
	assert_int_equal(kf_config_set(config, "kubefence", "runtime_classes", "d", false, &err), 0);
	assert_int_equal(config->runtime_classes.count, 1);
	assert_string_equal(config->runtime_classes.items[0], "d");
	expect_refusal("continued", kf_config_set(config, "kubefence", "state_dir", "/a", true, &err), EINVAL, &err);
	kf_config_free(config);
}

static void completing_keeps_the_values_that_are_set(void **state)
{
	struct kf_config *config = calloc(1, sizeof *config);
	struct kf_error err = { 0 };

	(void)state;
	assert_non_null(config);
	expect_refusal("empty", kf_config_complete(config, &err), EINVAL, &err);
	assert_int_equal(kf_config_set(config, "kubefence", "runtime_classes", "a", false, &err), 0);
	expect_refusal("no profile", kf_config_complete(config, &err), EINVAL, &err);
	assert_int_equal(kf_config_set(config, "kubefence", "default_profile", "p", false, &err), 0);
	assert_int_equal(kf_config_set(config, "kubefence", "state_dir", "/s", false, &err), 0);
	assert_int_equal(kf_config_set(config, "kubefence", "invalid_profile", "deny", false, &err), 0);
	expect_success("complete", kf_config_complete(config, &err), &err);
	assert_string_equal(config->state_dir, "/s");
	assert_int_equal(config->invalid_profile, KF_INVALID_PROFILE_DENY);
	assert_string_equal(config->nono_bin_path, "/opt/nono-nri/nono");
	kf_config_free(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sections_have_two_forms),
		cmocka_unit_test(switches_have_their_words),
		cmocka_unit_test(seccomp_profiles_have_four_forms),
		cmocka_unit_test(a_class_looks_profiles_up_its_own_way),
		cmocka_unit_test(a_class_has_no_privileges_until_it_says_so),
		cmocka_unit_test(a_refused_value_changes_nothing_else),
		cmocka_unit_test(messages_show_no_raw_bytes),
		cmocka_unit_test(lists_are_replaced_or_continued),
		cmocka_unit_test(completing_keeps_the_values_that_are_set),
	};

	return cmocka_run_group_tests_name("policy/config-keys", tests, NULL, NULL);
}
