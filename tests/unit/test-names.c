/* SPDX-License-Identifier: Apache-2.0 */
#include "fixtures.h"
#include "policy/names.h"

static void names_have_their_characters(void **state)
{
	static const struct {
		const char *name;
		bool profile, class, id;
	} rows[] = {
		{ "default", true, true, true },     { "claude-code", true, true, true },
		{ "a", true, true, true },           { "0", true, true, true },
		{ "Z9_-", true, true, true },        { "a--__", true, true, true },
		{ "a.b", false, true, true },        { "a.", false, true, true },
		{ "a..b", false, true, true },       { "-a", false, false, true },
		{ "_a", false, false, true },        { ".a", false, false, true },
		{ "a+b", false, false, true },       { "+", false, false, true },
		{ "...", false, false, true },       { "", false, false, false },
		{ ".", false, false, false },        { "..", false, false, false },
		{ "../x", false, false, false },     { "a/b", false, false, false },
		{ "/", false, false, false },        { "a b", false, false, false },
		{ " a", false, false, false },       { "a ", false, false, false },
		{ "a\n", false, false, false },      { "\na", false, false, false },
		{ "a\tb", false, false, false },     { "a\x7f", false, false, false },
		{ "\xc3\xa4", false, false, false }, { "a\xc3\xa4", false, false, false },
		{ "a,b", false, false, false },      { "a:b", false, false, false },
		{ "a=b", false, false, false },      { "a%n", false, false, false },
		{ "a*", false, false, false },       { "a\\b", false, false, false },
		{ "~a", false, false, false },       { "$HOME", false, false, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		expect(rows[i].name, kf_profile_name_valid(rows[i].name) == rows[i].profile);
		expect(rows[i].name, kf_handler_valid(rows[i].name) == rows[i].class);
		expect(rows[i].name, kf_container_id_valid(rows[i].name) == rows[i].id);
	}
}

static void nono_has_names_of_its_own(void **state)
{
	static const struct {
		const char *name;
		bool takes, run;
	} rows[] = {
		{ "default", true, false },   { "claude-code", true, false }, { "a_b", false, false },
		{ "a-", false, false },       { "", false, false },           { "linux-host-compat", true, false },
		{ "python-dev", true, true }, { "node-dev", true, true },     { "go-dev", true, true },
		{ "rust-dev", true, true },   { "java-dev", true, true },     { "python-de", true, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		expect(rows[i].name, kf_profile_name_nono_takes(rows[i].name) == rows[i].takes);
		expect(rows[i].name, kf_profile_name_needs_run(rows[i].name) == rows[i].run);
	}
}

/* Every single byte, at the start and after it. */
static void no_byte_slips_through(void **state)
{
	(void)state;
	for (int byte = 1; byte < 256; byte++) {
		const char first[] = { (char)byte, '\0' }, second[] = { 'a', (char)byte, '\0' };
		bool letter =
			(byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
		bool word = letter || byte == '_' || byte == '-';

		assert_int_equal(kf_profile_name_valid(first), letter);
		assert_int_equal(kf_handler_valid(first), letter);
		assert_int_equal(kf_container_id_valid(first), word || byte == '+');
		assert_int_equal(kf_profile_name_valid(second), word);
		assert_int_equal(kf_handler_valid(second), word || byte == '.');
		assert_int_equal(kf_container_id_valid(second), word || byte == '.' || byte == '+');
	}
}

static void names_have_their_lengths(void **state)
{
	char name[300];

	(void)state;
	for (size_t length = 1; length < sizeof name; length++) {
		memset(name, 'a', length);
		name[length] = '\0';
		assert_int_equal(kf_profile_name_valid(name), length <= 64);
		assert_int_equal(kf_handler_valid(name), length <= 63);
		assert_int_equal(kf_container_id_valid(name), length <= 255);
	}
}

static void shims_have_one_form(void **state)
{
	static const struct {
		const char *name;
		bool valid;
	} rows[] = {
		{ "containerd-shim-nono-kata-v2", true },
		{ "containerd-shim-kata-v2", true },
		{ "containerd-shim-a-v2", true },
		{ "containerd-shim-kata+qemu-v2", true },
		{ "containerd-shim-v2", false },
		{ "containerd-shim--v2", false },
		{ "containerd-shim-kata-v1", false },
		{ "containerd-shim-kata", false },
		{ "xcontainerd-shim-kata-v2", false },
		{ "Containerd-shim-kata-v2", false },
		{ "containerd-shim-ka.ta-v2", false },
		{ "containerd-shim-ka/ta-v2", false },
		{ "containerd-shim-ka ta-v2", false },
		{ "containerd-shim-kata-v2 ", false },
		{ "/usr/bin/containerd-shim-kata-v2", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		expect(rows[i].name, kf_shim_name_valid(rows[i].name) == rows[i].valid);
}

static void csi_drivers_have_the_names_of_domains(void **state)
{
	char longest[65];

	(void)state;
	expect("good", kf_csi_driver_name_valid("secrets-store.csi.k8s.io") && kf_csi_driver_name_valid("a") &&
			       kf_csi_driver_name_valid("2.b-C"));
	expect("bad", !kf_csi_driver_name_valid("") && !kf_csi_driver_name_valid(".a") &&
			      !kf_csi_driver_name_valid("-a") && !kf_csi_driver_name_valid("a/b") &&
			      !kf_csi_driver_name_valid("a_b") && !kf_csi_driver_name_valid("a\n") &&
			      !kf_csi_driver_name_valid("*"));
	memset(longest, 'a', sizeof longest - 1);
	longest[64] = '\0';
	expect("64", !kf_csi_driver_name_valid(longest));
	longest[63] = '\0';
	expect("63", kf_csi_driver_name_valid(longest));
}

static void an_id_is_refused_with_the_remedy(void **state)
{
	struct kf_error err = { 0 };

	(void)state;
	assert_int_equal(kf_container_id_check("a-1_b+c.d", &err), 0);
	assert_int_equal(err.code, 0);
	assert_int_equal(kf_container_id_check("../\x1b", &err), -EINVAL);
	assert_int_equal(err.code, EINVAL);
	assert_string_equal(err.message, "'../\\x1b' is not a container id: use letters, digits and _+-.");
}

static void a_hook_is_known_by_its_name(void **state)
{
	static const struct {
		const char *path;
		bool ours;
	} rows[] = {
		{ "/usr/libexec/oci/hooks.d/kubefence-hook", true },
		{ "/kubefence-hook", true },
		{ "kubefence-hook", false },
		{ "/usr/bin/kubefence-hooks", false },
		{ "/usr/bin/xkubefence-hook", false },
		{ "/usr/bin/kubefence-hook/", false },
		{ "/kubefence-hook/other", false },
		{ "", false },
	};

	(void)state;
	assert_false(kf_is_hook_program(NULL));
	for (size_t i = 0; i < COUNT(rows); i++)
		expect(rows[i].path, kf_is_hook_program(rows[i].path) == rows[i].ours);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_have_their_characters), cmocka_unit_test(nono_has_names_of_its_own),
		cmocka_unit_test(no_byte_slips_through),       cmocka_unit_test(names_have_their_lengths),
		cmocka_unit_test(shims_have_one_form),         cmocka_unit_test(csi_drivers_have_the_names_of_domains),
		cmocka_unit_test(shims_have_one_form),         cmocka_unit_test(an_id_is_refused_with_the_remedy),
		cmocka_unit_test(a_hook_is_known_by_its_name),
	};

	return cmocka_run_group_tests_name("policy/names", tests, NULL, NULL);
}
