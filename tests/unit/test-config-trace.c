/* SPDX-License-Identifier: Apache-2.0 */
#include "fixtures.h"
#include "policy/config-trace.h"
#include "policy/config.h"

/* The visited values: "section key=value@origin" lines. */
struct seen {
	char text[8192];
	size_t used, count;
};

static void note(void *user, const struct kf_config_value *value)
{
	struct seen *seen = user;

	seen->count++;
	seen->used += (size_t)snprintf(seen->text + seen->used, sizeof seen->text - seen->used, "%s %s=%s@%s\n",
				       value->section, value->key, value->value, value->origin);
	assert_true(seen->used < sizeof seen->text);
}

static struct kf_config *look(const struct scratch *scratch, const char *text, struct seen *seen)
{
	struct kf_config_trace trace = { 0 };
	struct kf_config *config = NULL;
	struct kf_error err = { 0 };

	put_text(in(scratch, "c"), text);
	*seen = (struct seen){ 0 };
	expect_success(text, kf_config_load_traced(in(scratch, "c"), &trace, &config, &err), &err);
	kf_config_values(config, &trace, note, seen);
	kf_config_trace_done(&trace);
	return config;
}

/* LINE with every "@N" for the file's line N. */
static void expect_line(const struct scratch *scratch, const struct seen *seen, const char *line, int number)
{
	char wanted[512];

	(void)snprintf(wanted, sizeof wanted, number ? "%s@%s:%d\n" : "%s@%s\n", line,
		       number ? in(scratch, "c") : "default", number);
	if (!strstr(seen->text, wanted))
		fail_msg("no line %s in:\n%s", wanted, seen->text);
}

#define HEAD "[kubefence]\nruntime_classes = a b\ndefault_profile = p\n"

static void every_value_says_where_it_comes_from(void **state)
{
	const struct scratch *scratch = *state;
	struct seen seen;

	kf_config_free(look(scratch,
			    HEAD "seccomp_profile = restricted\nstate_dir = /s\n"
				 "[class a]\nexec = deny\nallowed_profiles = x\n  y z\nexec = allow\n"
				 "[class c]\nprofile_lookup = files-then-nono\n",
			    &seen));
	expect_line(scratch, &seen, "kubefence runtime_classes=a b", 2);
	expect_line(scratch, &seen, "kubefence state_dir=/s", 5);
	expect_line(scratch, &seen, "kubefence nono_bin_path=/opt/nono-nri/nono", 0);
	expect_line(scratch, &seen, "class a exec=allow", 10);
	expect_line(scratch, &seen, "class a allowed_profiles=x y z", 8);
	expect_line(scratch, &seen, "class b exec=wrap", 0);
	expect_line(scratch, &seen, "class b delivery=hook", 0);
	expect_line(scratch, &seen, "class c profile_lookup=files-then-nono", 12);
	assert_non_null(strstr(seen.text, "class b default_profile=p@[kubefence]\n"));
	assert_non_null(strstr(seen.text, "class a seccomp_profile=restricted@[kubefence]\n"));
	/* All keys of [kubefence] once, all of a class for a, b and c. */
	assert_int_equal(seen.count, 12 + 3 * 11);
}

/* A line with the word for a default changes nothing. */
static void defaults_are_the_values_in_force(void **state)
{
	const struct scratch *scratch = *state;
	struct seen seen;
	struct kf_config *plain = look(scratch, HEAD, &seen), *said;
	struct kf_class_settings a, b;

	assert_non_null(strstr(seen.text, "kubefence delivery=hook@default\n"));
	assert_non_null(strstr(seen.text, "kubefence invalid_profile=default@default\n"));
	assert_non_null(strstr(seen.text, "kubefence profile_lookup=files@default\n"));
	assert_non_null(strstr(seen.text, "kubefence allow_dynamic_nono=no@default\n"));
	assert_non_null(strstr(seen.text, "class a exec=wrap@default\n"));
	assert_non_null(strstr(seen.text, "class a allow_annotation=yes@default\n"));
	assert_non_null(strstr(seen.text, "kubefence seccomp_profile=@default\n"));
	said = look(scratch,
		    HEAD "delivery = hook\ninvalid_profile = default\nprofile_lookup = files\n"
			 "allow_dynamic_nono = no\nseccomp_profile =\n[class a]\nexec = wrap\nallow_annotation = yes\n",
		    &seen);
	assert_int_equal(plain->delivery, said->delivery);
	assert_int_equal(plain->invalid_profile, said->invalid_profile);
	assert_int_equal(plain->profile_lookup, said->profile_lookup);
	assert_int_equal(plain->allow_dynamic_nono, said->allow_dynamic_nono);
	a = kf_config_class(plain, "a");
	b = kf_config_class(said, "a");
	assert_int_equal(a.exec, b.exec);
	assert_int_equal(a.allow_annotation, b.allow_annotation);
	assert_true(!a.seccomp_profile && !b.seccomp_profile[0] && !a.profiles_restricted);
	kf_config_free(plain);
	kf_config_free(said);
}

static void a_shim_decides_about_delivery(void **state)
{
	const struct scratch *scratch = *state;
	struct seen seen;

	kf_config_free(look(scratch,
			    HEAD "vm_rootfs_classes = b\n[class a]\nshim = containerd-shim-a-v2\nruntime = /x\n"
				 "[class b]\nshim = containerd-shim-b-v2\nruntime = /x\n",
			    &seen));
	assert_non_null(strstr(seen.text, "class a delivery=mount@shim\n"));
	assert_non_null(strstr(seen.text, "class b delivery=none: in the guest's image@shim\n"));
}

static void a_file_that_fails_keeps_the_values_before_it(void **state)
{
	const struct scratch *scratch = *state;
	struct kf_config_trace trace = { 0 };
	struct kf_config *config = NULL;
	struct kf_error err = { 0 };

	put_text(in(scratch, "c"), HEAD "bogus = 1\n");
	expect_refusal("bogus", kf_config_load_traced(in(scratch, "c"), &trace, &config, &err), EINVAL, &err);
	assert_null(config);
	assert_int_equal(trace.count, 2);
	kf_config_trace_done(&trace);
	assert_int_equal(trace.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(every_value_says_where_it_comes_from),
		scratch_test(defaults_are_the_values_in_force),
		scratch_test(a_shim_decides_about_delivery),
		scratch_test(a_file_that_fails_keeps_the_values_before_it),
	};

	return is_root() ? cmocka_run_group_tests_name("policy/config-trace", tests, NULL, NULL) : 0;
}
