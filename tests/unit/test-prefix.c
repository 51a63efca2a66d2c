/* SPDX-License-Identifier: Apache-2.0 */
#include "base/prefix.h"
#include "fixtures.h"

static void a_tree_knows_its_own_prefix(void **state)
{
	static const struct {
		const char *exe, *installed, *path;
	} rows[] = {
		{ "/usr/bin/kubefence", KF_PREFIX "/share/x", "/usr/share/x" },
		{ "/opt/kubefence/bin/kubefence", KF_PREFIX "/share/x", "/opt/kubefence/share/x" },
		{ "/opt/k/bin/kubefence-runtime (deleted)", KF_PREFIX "/lib/x", "/opt/k/lib/x" },
		{ "/a/libexec/kubefence/kubefence-denials", KF_PREFIX "/bin/x", "/a/bin/x" },
		{ "/a/b/libexec/oci/hooks.d/kubefence-hook", KF_PREFIX "/bin/x", "/a/b/bin/x" },
		{ "/home/kubernetes/bin/kubefence/bin/x", KF_PREFIX, "/home/kubernetes/bin/kubefence" },
		/* A build directory, the root, and what is no place of ours. */
		{ "/src/build/kubefence", KF_PREFIX "/share/x", KF_PREFIX "/share/x" },
		{ "/bin/kubefence", KF_PREFIX "/share/x", KF_PREFIX "/share/x" },
		{ "/opt/sbin/kubefence", KF_PREFIX "/share/x", KF_PREFIX "/share/x" },
		{ "(unreachable)/opt/bin/kubefence", KF_PREFIX "/share/x", KF_PREFIX "/share/x" },
		{ "/opt/libexec/kubefence", KF_PREFIX "/share/x", KF_PREFIX "/share/x" },
		{ NULL, KF_PREFIX "/share/x", KF_PREFIX "/share/x" },
		/* What was built for another place than the prefix stays there. */
		{ "/opt/k/bin/kubefence", "/etc/x", "/etc/x" },
		{ "/opt/k/bin/kubefence", KF_PREFIX "x/y", KF_PREFIX "x/y" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		cleanup_free char *path = NULL;

		assert_int_equal(kf_prefix_path_of(rows[i].exe, rows[i].installed, &path), 0);
		assert_string_equal(path, rows[i].path);
	}
}

/* This program's file is in no directory that a tree has. */
static void a_build_directory_goes_by_what_was_configured(void **state)
{
	cleanup_free char *path = NULL;

	(void)state;
	assert_int_equal(kf_prefix_path(KF_PREFIX "/share/x", &path), 0);
	assert_string_equal(path, KF_PREFIX "/share/x");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tree_knows_its_own_prefix),
		cmocka_unit_test(a_build_directory_goes_by_what_was_configured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
