/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/wait.h>

#include "fixtures.h"
#include "policy/config.h"

#define MINIMUM "[kubefence]\nruntime_classes = nono-runc\ndefault_profile = default\n"

static int load(const struct scratch *scratch, const char *text, size_t length, struct kf_config **ret,
		struct kf_error *err)
{
	const char *path = in(scratch, "kf.conf");

	put_bytes(path, text, length, 0644);
	return kf_config_load(path, ret, err);
}

/* Loads a configuration that must be right. The caller's to free. */
static struct kf_config *loaded(const struct scratch *scratch, const char *text)
{
	struct kf_config *config = NULL;
	struct kf_error err = { 0 };

	expect_success(text, load(scratch, text, strlen(text), &config, &err), &err);
	return config;
}

static void expect_list(const char *row, const struct kf_list *list, const char *wanted)
{
	char joined[512] = "";
	size_t used = 0;

	for (size_t i = 0; i < list->count; i++)
		used += (size_t)snprintf(joined + used, sizeof joined - used, "%s%s", i ? " " : "", list->items[i]);
	expect_text(row, "the list", joined, wanted);
}

static void defaults_are_those_of_the_manual(void **state)
{
	struct kf_config *config = loaded(*state, MINIMUM);

	expect_list("runtime_classes", &config->runtime_classes, "nono-runc");
	assert_string_equal(config->default_profile, "default");
	assert_string_equal(config->nono_bin_path, "/opt/nono-nri/nono");
	assert_string_equal(config->state_dir, "/run/kubefence");
	assert_int_equal(config->delivery, KF_DELIVERY_HOOK);
	assert_int_equal(config->invalid_profile, KF_INVALID_PROFILE_DEFAULT);
	assert_int_equal(config->allow_dynamic_nono, KF_SWITCH_NO);
	assert_null(config->seccomp_profile);
	assert_int_equal(config->vm_rootfs_classes.count, 0);
	assert_int_equal(config->class_count, 0);

	struct kf_class_settings class = kf_config_class(config, "nono-runc");

	assert_string_equal(class.name, "nono-runc");
	assert_string_equal(class.default_profile, "default");
	assert_null(class.runtime);
	assert_null(class.seccomp_profile);
	assert_int_equal(class.allowed_profiles.count, 0);
	assert_int_equal(class.delivery, KF_DELIVERY_HOOK);
	assert_int_equal(class.exec, KF_EXEC_WRAP);
	assert_int_equal(class.allow_annotation, KF_SWITCH_YES);
	kf_config_free(config);
}

static void every_key_is_taken(void **state)
{
	struct kf_config *config = loaded(*state, "# a comment\n"
						  "; another one\n"
						  "\n"
						  "[kubefence]\n"
						  "runtime_classes = nono-runc, kata.nono_2\n"
						  "default_profile=base\n"
						  "nono_bin_path :  /srv/nono/nono   \n"
						  "seccomp_profile = restricted ; the strict one\n"
						  "vm_rootfs_classes = kata.nono_2\n"
						  "delivery = mount\n"
						  "invalid_profile = deny\n"
						  "allow_dynamic_nono = yes\n"
						  "state_dir = /run/elsewhere\n"
						  "provisioner_dirs = /data/a, /data/b\n"
						  "  /data/c\n"
						  "harmless_csi_drivers = a.example.com b-2.example.com\n"
						  "[class nono-runc]\n"
						  "runtime = /usr/bin/crun\n"
						  "default_profile = tight\n"
						  "allowed_profiles = tight claude-code\n"
						  "seccomp_profile = runtime-default\n"
						  "seccomp_architectures = x86, x32\n"
						  "  arm\n"
						  "delivery = hook\n"
						  "exec = deny\n"
						  "allow_annotation = no\n"
						  "[class kata.nono_2]\n"
						  "shim = containerd-shim-nono-kata-v2\n"
						  "runtime = /opt/kata/bin/containerd-shim-kata-v2\n");

	expect_list("runtime_classes", &config->runtime_classes, "nono-runc kata.nono_2");
	assert_string_equal(config->default_profile, "base");
	assert_string_equal(config->nono_bin_path, "/srv/nono/nono");
	assert_string_equal(config->seccomp_profile, "restricted");
	expect_list("vm_rootfs_classes", &config->vm_rootfs_classes, "kata.nono_2");
	assert_int_equal(config->delivery, KF_DELIVERY_MOUNT);
	assert_int_equal(config->invalid_profile, KF_INVALID_PROFILE_DENY);
	assert_int_equal(config->allow_dynamic_nono, KF_SWITCH_YES);
	assert_string_equal(config->state_dir, "/run/elsewhere");
	expect_list("provisioner_dirs", &config->provisioner_dirs, "/data/a /data/b /data/c");
	expect_list("harmless_csi_drivers", &config->harmless_csi_drivers, "a.example.com b-2.example.com");

	struct kf_class_settings class = kf_config_class(config, "nono-runc");

	assert_string_equal(class.runtime, "/usr/bin/crun");
	assert_string_equal(class.default_profile, "tight");
	expect_list("allowed_profiles", &class.allowed_profiles, "tight claude-code");
	assert_string_equal(class.seccomp_profile, "runtime-default");
	expect_list("seccomp_architectures", &class.seccomp_architectures, "x86 x32 arm");
	assert_int_equal(class.delivery, KF_DELIVERY_HOOK);
	assert_int_equal(class.exec, KF_EXEC_DENY);
	assert_int_equal(class.allow_annotation, KF_SWITCH_NO);
	assert_null(class.shim);
	assert_false(class.vm);
	class = kf_config_class(config, "kata.nono_2");
	assert_int_equal(class.seccomp_architectures.count, 0);
	assert_string_equal(class.shim, "containerd-shim-nono-kata-v2");
	assert_string_equal(class.runtime, "/opt/kata/bin/containerd-shim-kata-v2");
	assert_true(class.vm);
	assert_int_equal(class.delivery, KF_DELIVERY_GUEST);
	kf_config_free(config);
}

static void a_class_with_a_shim_never_has_a_hook_that_mounts(void **state)
{
	static const struct {
		const char *text;
		bool vm;
		enum kf_delivery delivery;
	} rows[] = {
		{ "", false, KF_DELIVERY_HOOK },
		{ "[class nono-runc]\nruntime = /usr/bin/containerd-shim\n", false, KF_DELIVERY_HOOK },
		{ "[class nono-runc]\ndelivery = mount\n", false, KF_DELIVERY_MOUNT },
		{ "[class nono-runc]\nshim = containerd-shim-x-v2\nruntime = /x\n", true, KF_DELIVERY_MOUNT },
		{ "delivery = hook\n[class nono-runc]\nshim = containerd-shim-x-v2\nruntime = /x\n", true,
		  KF_DELIVERY_MOUNT },
		/* Found by its own name, it has no shim = at all: its runtime is one. */
		{ "[class nono-runc]\nruntime = /opt/kata/bin/containerd-shim-kata-v2\n", true, KF_DELIVERY_MOUNT },
		{ "vm_rootfs_classes = nono-runc\n[class nono-runc]\nruntime = /opt/containerd-shim-kata-v2\n", true,
		  KF_DELIVERY_GUEST },
		{ "vm_rootfs_classes = nono-runc\n[class nono-runc]\nshim = containerd-shim-x-v2\nruntime = /x\n"
		  "delivery = mount\n",
		  true, KF_DELIVERY_GUEST },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[512];

		(void)snprintf(text, sizeof text, MINIMUM "%s", rows[i].text);

		struct kf_config *config = loaded(*state, text);
		struct kf_class_settings class = kf_config_class(config, "nono-runc");

		expect(rows[i].text, class.vm == rows[i].vm);
		expect(rows[i].text, class.delivery == rows[i].delivery);
		kf_config_free(config);
	}
}

static void a_shim_finds_its_class(void **state)
{
	static const char sections[] = "[class b]\nshim = containerd-shim-b-v2\nruntime = /x\n"
				       "[class c]\nshim = containerd-shim-nono-kata-v2\nruntime = /x\n";
	char text[512];

	(void)snprintf(text, sizeof text, MINIMUM "%s", sections);

	struct kf_config *config = loaded(*state, text);

	assert_string_equal(kf_config_handler_of_shim(config, "containerd-shim-nono-kata-v2"), "c");
	assert_string_equal(kf_config_handler_of_shim(config, "containerd-shim-b-v2"), "b");
	assert_null(kf_config_handler_of_shim(config, "containerd-shim-c-v2"));
	assert_null(kf_config_handler_of_shim(config, "c"));
	assert_null(kf_config_handler_of_shim(NULL, "containerd-shim-b-v2"));
	kf_config_free(config);
}

/* Each row is below MINIMUM, so that its first line is the fourth. */
static void every_mistake_names_file_and_line(void **state)
{
	static const struct {
		const char *text;
		int line;
		const char *part;
	} rows[] = {
		{ "colour = red\n", 4, "unknown key 'colour' in section [kubefence]" },
		{ "Delivery = hook\n", 4, "unknown key" },
		{ "= hook\n", 4, "unknown key ''" },
		{ "runtime = /usr/bin/crun\n", 4, "unknown key 'runtime'" },
		{ "allowed_profiles = a\n", 4, "unknown key" },
		{ "exec = deny\n", 4, "unknown key" },
		{ "allow_annotation = no\n", 4, "unknown key 'allow_annotation' in section [kubefence]" },
		{ "evil\x1b[2J = 1\n", 4, "a control character" },
		{ "\n\n# x\ncolour = red\n", 7, "unknown key" },
		{ "just words\n", 4, "neither a section, nor key = value" },
		{ "]\n", 4, "neither a section" },

		{ "[kubefance]\n", 4, "unknown section" },
		{ "[Kubefence]\n", 4, "unknown section" },
		{ "[]\n", 4, "unknown section" },
		{ "[ kubefence ]\n", 4, "unknown section" },
		{ "[kubefence", 4, "a section is" },
		{ "[class]\n", 4, "unknown section" },
		{ "[class ]\n", 4, "unknown section" },
		{ "[class  x]\n", 4, "unknown section" },
		{ "[class a b]\n", 4, "unknown section" },
		{ "[class a;b]\n", 4, "unknown section" },
		{ "[class ../x]\n", 4, "unknown section" },
		{ "[class -x]\n", 4, "unknown section" },
		{ "[class aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]\n", 4, "unknown section" },
		{ "[class aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]\n", 4,
		  "a section is" },
		{ "[classnono-runc]\n", 4, "unknown section" },
		{ "  [nonsense]\n", 4, "default_profile has only one line" },

		{ "runtime_classes = a b/c\n", 4, "'b/c' is not the name of a runtime class" },
		{ "runtime_classes = -x\n", 4, "'-x'" },
		{ "runtime_classes = a # b\n", 4, "'#'" },
		{ "vm_rootfs_classes = a$\n", 4, "'a$'" },
		{ "default_profile =\n", 4, "'' is not a profile name" },
		{ "default_profile = ../x\n", 4, "is not a profile name" },
		{ "default_profile = a b\n", 4, "is not a profile name" },
		{ "default_profile = a.json\n", 4, "is not a profile name" },
		{ "default_profile = \"a\"\n", 4, "is not a profile name" },
		{ "default_profile = a # comment\n", 4, "is not a profile name" },
		{ "nono_bin_path =\n", 4, "is not a plain absolute path" },
		{ "nono_bin_path = nono\n", 4, "is not a plain absolute path" },
		{ "nono_bin_path = ./nono\n", 4, "is not a plain absolute path" },
		{ "nono_bin_path = /\n", 4, "is not a plain absolute path" },
		{ "nono_bin_path = /opt/\n", 4, "is not a plain absolute path" },
		{ "nono_bin_path = /opt//nono\n", 4, "is not a plain absolute path" },
		{ "nono_bin_path = /opt/../nono\n", 4, "is not a plain absolute path" },
		{ "state_dir = run\n", 4, "is not a plain absolute path" },
		{ "provisioner_dirs = data\n", 4, "'data' is not a plain absolute path" },
		{ "provisioner_dirs = /a /\n", 4, "'/' is not a plain absolute path" },
		{ "provisioner_dirs = /a/../b\n", 4, "is not a plain absolute path" },
		{ "provisioner_dirs = /a\n  /b/\n", 5, "'/b/' is not a plain absolute path" },
		{ "harmless_csi_drivers = a.b c/d\n", 4, "'c/d' is not the name of a CSI driver" },
		{ "harmless_csi_drivers = *\n", 4, "'*' is not the name of a CSI driver" },
		{ "harmless_csi_drivers = .a\n", 4, "'.a' is not the name of a CSI driver" },
		{ "[class c]\nprovisioner_dirs = /a\n", 5, "unknown key" },
		{ "seccomp_profile = strict\n", 4, "is not restricted" },
		{ "seccomp_profile = Restricted\n", 4, "is not restricted" },
		{ "delivery = Hook\n", 4, "'Hook' is not hook or mount" },
		{ "delivery =\n", 4, "'' is not hook or mount" },
		{ "delivery = hook mount\n", 4, "is not hook or mount" },
		{ "invalid_profile = allow\n", 4, "'allow' is not default or deny" },
		{ "allow_dynamic_nono = maybe\n", 4, "'maybe' is not yes or no" },
		{ "allow_dynamic_nono = YES\n", 4, "is not yes or no" },
		{ "allow_dynamic_nono =\n", 4, "is not yes or no" },

		{ "[class c]\nruntime = crun\n", 5, "is not a plain absolute path" },
		{ "[class c]\nruntime_classes = a\n", 5, "unknown key 'runtime_classes' in section [class c]" },
		{ "[class c]\nnono_bin_path = /a\n", 5, "unknown key" },
		{ "[class c]\nstate_dir = /a\n", 5, "unknown key" },
		{ "[class c]\ninvalid_profile = deny\n", 5, "unknown key" },
		{ "[class c]\nallowed_profiles = a ../b\n", 5, "'../b' is not a profile name" },
		{ "[class c]\ndefault_profile = /x\n", 5, "is not a profile name" },
		{ "[class c]\ndelivery = none\n", 5, "is not hook or mount" },
		{ "[class c]\nexec = maybe\n", 5, "'maybe' is not wrap, deny or allow" },
		{ "[class c]\nallow_annotation = maybe\n", 5, "'maybe' is not yes or no" },
		{ "[class c]\nallow_annotation =\n", 5, "'' is not yes or no" },
		{ "[class c]\nseccomp_profile = on\n", 5, "is not restricted" },
		{ "[class c]\nseccomp_architectures = x86 amd64\n", 5, "'amd64' is not x86, x32, arm or s390" },
		{ "seccomp_architectures = x86\n", 4, "unknown key 'seccomp_architectures' in section [kubefence]" },
		{ "[class c]\nshim = kata\n", 5, "'kata' is not a shim's file name" },
		{ "[class c]\nshim = /usr/bin/containerd-shim-nono-kata-v2\n", 5, "is not a shim's file name" },
		{ "[class c]\nshim =\n", 5, "is not a shim's file name" },
		{ "shim = containerd-shim-a-v2\n", 4, "unknown key 'shim' in section [kubefence]" },

		/* A line that looks like a continued one, after a value that is not a list. */
		{ "state_dir = /a\n  /b\n", 5, "state_dir has only one line" },
		{ "  delivery = mount\n", 4, "default_profile has only one line" },
		{ "runtime_classes = a\n  [class x]\n", 5, "'[class'" },
		{ "runtime_classes = a\n  delivery = mount\n", 5, "'='" },
	};
	const struct scratch *scratch = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_config *config = NULL;
		struct kf_error err = { 0 };
		char text[512], start[128];

		(void)snprintf(text, sizeof text, "%s%s", MINIMUM, rows[i].text);
		(void)snprintf(start, sizeof start, "%s/kf.conf:%d: ", scratch->path, rows[i].line);
		expect_refusal(rows[i].text, load(scratch, text, strlen(text), &config, &err), EINVAL, &err);
		expect(rows[i].text, config == NULL);
		if (strncmp(err.message, start, strlen(start)) != 0 || !strstr(err.message, rows[i].part))
			fail_msg("%s: the message is '%s'", rows[i].text, err.message);
	}
}

/* A path that ends in "/.." is no plainer than one with "/../" in it. */
static void a_path_does_not_end_in_dots(void **state)
{
	static const char *const rows[] = { "nono_bin_path = /opt/nono-nri/..\n", "nono_bin_path = /..\n",
					    "state_dir = /run/..\n", "state_dir = /run/.\n",
					    "state_dir = /run/./kubefence\n" };
	const struct scratch *scratch = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_config *config = NULL;
		struct kf_error err = { 0 };
		char text[256];

		(void)snprintf(text, sizeof text, "%s%s", MINIMUM, rows[i]);
		expect_refusal(rows[i], load(scratch, text, strlen(text), &config, &err), EINVAL, &err);
	}
}

/* "[kubefence] delivery = mount" would be a key that inih never reports. */
static void a_section_s_line_has_nothing_after_it(void **state)
{
	static const char *const rows[] = { MINIMUM "[class c] exec = deny\n", MINIMUM "[class c]]\n",
					    MINIMUM "[kubefence] delivery = mount\n" };
	const struct scratch *scratch = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_config *config = NULL;
		struct kf_error err = { 0 };
		int r = load(scratch, rows[i], strlen(rows[i]), &config, &err);

		kf_config_free(config);
		expect_refusal(rows[i], r, EINVAL, &err);
	}
	/* A comment may. */
	kf_config_free(loaded(scratch, MINIMUM "[class c] ; a comment\nexec = deny\n"));
}

static void a_missing_required_key_is_refused(void **state)
{
	static const struct {
		const char *text, *part;
	} rows[] = {
		{ "", "runtime_classes is missing" },
		{ "# nothing\n\n", "runtime_classes is missing" },
		{ "[kubefence]\n", "runtime_classes is missing" },
		{ "[kubefence]\ndefault_profile = a\n", "runtime_classes is missing" },
		{ "[kubefence]\nruntime_classes = a\n", "default_profile is missing" },
		{ "[kubefence]\nruntime_classes =\ndefault_profile = a\n", "runtime_classes is missing" },
		{ "[kubefence]\nruntime_classes = , ,\ndefault_profile = a\n", "runtime_classes is missing" },
		{ "[class a]\ndefault_profile = a\n", "runtime_classes is missing" },
	};
	const struct scratch *scratch = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_config *config = NULL;
		struct kf_error err = { 0 };

		expect_refusal(rows[i].text, load(scratch, rows[i].text, strlen(rows[i].text), &config, &err), EINVAL,
			       &err);
		expect(rows[i].text, strstr(err.message, rows[i].part) != NULL);
	}
}

static void a_key_needs_a_section(void **state)
{
	static const char *const rows[] = { "runtime_classes = a\n[kubefence]\ndefault_profile = b\n",
					    "  runtime_classes = a\n" MINIMUM };
	const struct scratch *scratch = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_config *config = NULL;
		struct kf_error err = { 0 };

		expect_refusal(rows[i], load(scratch, rows[i], strlen(rows[i]), &config, &err), EINVAL, &err);
		expect(rows[i], strstr(err.message, "kf.conf:1: a key before the first section") != NULL);
	}
}

static void lists_go_on_behind_an_indented_line_break(void **state)
{
	static const struct {
		const char *text, *list;
	} rows[] = {
		{ "[kubefence]\ndefault_profile = p\nruntime_classes = a b\n  c,d\n\te , f\n", "a b c d e f" },
		{ "[kubefence]\ndefault_profile = p\nruntime_classes =\n  a\n  b\n", "a b" },
		{ "[kubefence]\ndefault_profile = p\nruntime_classes = a\n# comment\n  b\n\n  c\n", "a b c" },
		{ "[kubefence]\ndefault_profile = p\nruntime_classes = a\n  # comment\n  b\n", "a b" },
		{ "[kubefence]\ndefault_profile = p\nruntime_classes = a,,b,\n", "a b" },
		{ "[kubefence]\n  runtime_classes = a\n  b\n[kubefence]\ndefault_profile = p\n", "a b" },
		/* No line break at the end of the file. */
		{ "[kubefence]\ndefault_profile = p\nruntime_classes = a\n b", "a b" },
	};
	const struct scratch *scratch = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_config *config = loaded(scratch, rows[i].text);

		expect_list(rows[i].text, &config->runtime_classes, rows[i].list);
		kf_config_free(config);
	}
}

static void the_last_of_equal_keys_counts(void **state)
{
	struct kf_config *config = loaded(*state, "[kubefence]\n"
						  "runtime_classes = a b\n"
						  "runtime_classes = c\n"
						  "default_profile = first\n"
						  "delivery = mount\n"
						  "[class c]\n"
						  "exec = deny\n"
						  "allowed_profiles = x y\n"
						  "[kubefence]\n"
						  "delivery = hook\n"
						  "default_profile = second\n"
						  "[class c]\n"
						  "allowed_profiles = z\n");

	expect_list("runtime_classes", &config->runtime_classes, "c");
	assert_string_equal(config->default_profile, "second");
	assert_int_equal(config->delivery, KF_DELIVERY_HOOK);
	assert_int_equal(config->class_count, 1);
	expect_list("allowed_profiles", &config->classes[0].allowed_profiles, "z");
	assert_int_equal(config->classes[0].exec, KF_EXEC_DENY);
	kf_config_free(config);
}

static void a_class_inherits_the_keys_it_does_not_set(void **state)
{
	struct kf_config *config = loaded(*state, "[kubefence]\n"
						  "runtime_classes = own none\n"
						  "default_profile = base\n"
						  "seccomp_profile = restricted\n"
						  "delivery = mount\n"
						  "[class own]\n"
						  "seccomp_profile =\n"
						  "delivery = hook\n");
	struct kf_class_settings own = kf_config_class(config, "own"), none = kf_config_class(config, "none");

	assert_string_equal(own.default_profile, "base");
	/* Empty is not unset: this class leaves the pod's filter alone. */
	assert_string_equal(own.seccomp_profile, "");
	assert_int_equal(own.delivery, KF_DELIVERY_HOOK);
	assert_string_equal(none.name, "none");
	assert_string_equal(none.seccomp_profile, "restricted");
	assert_int_equal(none.delivery, KF_DELIVERY_MOUNT);
	assert_true(kf_config_has_class(config, "own"));
	assert_true(kf_config_has_class(config, "none"));
	assert_false(kf_config_has_class(config, "ow"));
	assert_false(kf_config_has_class(config, "own none"));
	assert_false(kf_config_has_class(config, ""));
	assert_false(kf_config_has_class(config, NULL));
	assert_false(kf_config_has_class(NULL, "own"));
	kf_config_free(config);
	kf_config_free(NULL);
}

static void many_classes_stay_apart(void **state)
{
	enum { CLASSES = 50 };
	static char text[16384];
	size_t used = (size_t)snprintf(text, sizeof text, MINIMUM);
	struct kf_config *config;

	for (int i = 0; i < CLASSES; i++)
		used += (size_t)snprintf(text + used, sizeof text - used, "[class c%d]\ndefault_profile = p%d\n", i, i);
	config = loaded(*state, text);
	assert_int_equal(config->class_count, CLASSES);
	for (int i = 0; i < CLASSES; i++) {
		char name[16], profile[16];

		(void)snprintf(name, sizeof name, "c%d", i);
		(void)snprintf(profile, sizeof profile, "p%d", i);
		assert_string_equal(kf_config_class(config, name).default_profile, profile);
	}
	kf_config_free(config);
}

/* inih would cut the line and read the rest as another one. */
static void lines_have_at_most_196_bytes(void **state)
{
	static const char *const starts[] = { "# ", "state_dir = /", "[class c]\nruntime = /" };
	const struct scratch *scratch = *state;

	for (size_t i = 0; i < COUNT(starts); i++) {
		for (size_t length = 190; length < 450; length++) {
			const char *line_start = strrchr(starts[i], '\n');
			struct kf_config *config = NULL;
			struct kf_error err = { 0 };
			char text[1024];
			size_t used = (size_t)snprintf(text, sizeof text, "%s%s", MINIMUM, starts[i]);
			size_t in_line = strlen(line_start ? line_start + 1 : starts[i]);

			memset(text + used, 'x', length - in_line);
			(void)snprintf(text + used + length - in_line, 32, "\ninvalid_profile");
			text[used + length - in_line] = '\0';

			int r = load(scratch, text, strlen(text), &config, &err);

			kf_config_free(config);
			if (length <= 196) {
				expect_success(text, r, &err);
				continue;
			}
			expect_refusal(text, r, EINVAL, &err);
			expect(text, strstr(err.message, line_start ? "kf.conf:5: " : "kf.conf:4: ") != NULL);
			expect(text, strstr(err.message, "the line is too long") != NULL);
		}
	}
}

/* Accepted: an editor of another system wrote it, and nothing of the line end gets into a value. */
static void windows_line_ends_are_taken(void **state)
{
	struct kf_config *config = loaded(*state, "# comment\r\n"
						  "[kubefence]\r\n"
						  "runtime_classes = a\r\n"
						  "  b\r\n"
						  "\r\n"
						  "default_profile = base\r\n"
						  "state_dir = /run/x\r\n"
						  "[class a]\r\n"
						  "exec = deny\r\n"
						  "seccomp_profile =\r\n");

	expect_list("runtime_classes", &config->runtime_classes, "a b");
	assert_string_equal(config->default_profile, "base");
	assert_string_equal(config->state_dir, "/run/x");
	assert_int_equal(kf_config_class(config, "a").exec, KF_EXEC_DENY);
	assert_string_equal(kf_config_class(config, "a").seccomp_profile, "");
	kf_config_free(config);
}

/* inih takes more characters for blanks than our own reading of a line does. */
static void other_control_characters_do_not_change_the_meaning(void **state)
{
	static const char *const rows[] = {
		MINIMUM "runtime_classes = a\n\fb\n",
		MINIMUM "runtime_classes = a\n\vb\n",
		MINIMUM "[class c]\nexec = deny\n\f[kubefence]\ndelivery = mount\n",
		"[kubefence]\n\f[class c]\nruntime_classes = a\ndefault_profile = p\n",
	};
	const struct scratch *scratch = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_config *config = NULL;
		struct kf_error err = { 0 };
		int r = load(scratch, rows[i], strlen(rows[i]), &config, &err);

		kf_config_free(config);
		expect_refusal(rows[i], r, EINVAL, &err);
	}
}

static void a_byte_order_mark_is_taken_or_named(void **state)
{
	static const char text[] = "\xef\xbb\xbf" MINIMUM;
	struct kf_config *config = NULL;
	struct kf_error err = { 0 };
	int r = load(*state, text, sizeof text - 1, &config, &err);

	kf_config_free(config);
	if (r < 0)
		assert_null(strstr(err.message, "before the first section"));
}

/* In a process of its own: an error here corrupts memory. */
static int load_in_child(const struct scratch *scratch, const char *text, size_t length)
{
	int status = 0;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		struct kf_config *config = NULL;
		struct kf_error err = { 0 };
		int r = load(scratch, text, length, &config, &err);

		kf_config_free(config);
		_exit(-r);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void nul_bytes_are_refused(void **state)
{
	static const char last[] = MINIMUM "\0", middle[] = MINIMUM "state_dir = /a\0b\n", first[] = "\0" MINIMUM;

	assert_int_equal(load_in_child(*state, last, sizeof last - 1), EINVAL);
	assert_int_equal(load_in_child(*state, middle, sizeof middle - 1), EINVAL);
	assert_int_equal(load_in_child(*state, first, sizeof first - 1), EINVAL);
}

/* Truncated anywhere: an error or a shorter configuration, and never another value than the file's. */
static void every_truncation_is_survived(void **state)
{
	static const char text[] = MINIMUM "state_dir = /run/elsewhere\n[class nono-runc]\nruntime = /usr/bin/crun\n"
					   "allowed_profiles = a b\n  c\nexec = deny\n";
	const struct scratch *scratch = *state;

	for (size_t cut = 0; cut < sizeof text; cut++) {
		struct kf_config *config = NULL;
		struct kf_error err = { 0 };

		if (load(scratch, text, cut, &config, &err) == 0) {
			assert_true(kf_config_has_class(config, "nono-runc") || cut < sizeof MINIMUM);
			assert_non_null(config->default_profile);
		} else {
			assert_null(config);
			assert_int_not_equal(err.code, 0);
		}
		kf_config_free(config);
	}
}

static void keys_that_do_not_go_with_a_shim_are_refused(void **state)
{
	static const struct {
		const char *text, *part;
	} rows[] = {
		{ "[class c]\nshim = containerd-shim-c-v2\n", "class c has a shim but no runtime" },
		{ "[class c]\nshim = containerd-shim-c-v2\nruntime = /x\ndelivery = hook\n", "no hook can mount into" },
		{ "[class c]\nshim = containerd-shim-c-v2\nruntime = /x\n"
		  "[class d]\nshim = containerd-shim-c-v2\nruntime = /x\n",
		  "class d has the same shim" },
		{ "vm_rootfs_classes = nono-runc\n", "vm_rootfs_classes: class nono-runc has no shim" },
		{ "vm_rootfs_classes = nono-runc\n[class nono-runc]\nruntime = /usr/bin/crun\n", "has no shim" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_config *config = NULL;
		struct kf_error err = { 0 };
		char text[512];

		(void)snprintf(text, sizeof text, "%s%s", MINIMUM, rows[i].text);
		expect_refusal(rows[i].text, load(*state, text, strlen(text), &config, &err), EINVAL, &err);
		if (!strstr(err.message, rows[i].part))
			fail_msg("%s: the message is '%s'", rows[i].text, err.message);
	}
}

static void the_shim_is_salvaged_too(void **state)
{
	static const char text[] = MINIMUM "bogus = 1\n[class k]\nshim = containerd-shim-a-v2\nexec = nonsense\n"
					   "shim = nonsense\nruntime = /bin/r\n";
	struct kf_config *config;

	put_text(in(*state, "kf.conf"), text);
	config = kf_config_salvage(in(*state, "kf.conf"));
	assert_non_null(config);
	assert_string_equal(kf_config_handler_of_shim(config, "containerd-shim-a-v2"), "k");
	assert_string_equal(kf_config_class(config, "k").runtime, "/bin/r");
	kf_config_free(config);
}

static void an_error_stops_at_the_first_mistake(void **state)
{
	static const char text[] = MINIMUM "one = 1\ntwo = 2\n[three]\n";
	struct kf_config *config = NULL;
	struct kf_error err = { 0 };

	expect_refusal(text, load(*state, text, sizeof text - 1, &config, &err), EINVAL, &err);
	assert_non_null(strstr(err.message, "kf.conf:4: unknown key 'one'"));
}

static void failures_leak_no_descriptor(void **state)
{
	size_t before = open_descriptors();
	struct kf_config *config = NULL;
	struct kf_error err = { 0 };

	for (int i = 0; i < 3; i++)
		assert_true(load(*state, "bad\n", 4, &config, &err) < 0);
	assert_int_equal(open_descriptors(), before);
}

/* A pod must be stoppable with the runtime that started it, with any other flaw of the file. */
static void the_runtime_is_salvaged(void **state)
{
	static const char *const rows[] = {
		MINIMUM "bogus = 1\n[class nono-runc]\nruntime = /bin/r\n",
		MINIMUM "[class nono-runc]\nruntime = /bin/r\nexec = nonsense\n",
		"runtime = /early\n[kubefence]\nruntime_classes = ../..\n[class nono-runc]\nruntime = /bin/r\n",
		MINIMUM "[unknown]\nruntime = /bin/x\n[class nono-runc]\nruntime = /bin/r\nno pair\n",
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kf_config *config = NULL;
		struct kf_error err = { 0 };

		assert_true(load(*state, rows[i], strlen(rows[i]), &config, &err) < 0);
		config = kf_config_salvage(in(*state, "kf.conf"));
		assert_non_null(config);
		expect_text(rows[i], "runtime", kf_config_class(config, "nono-runc").runtime, "/bin/r");
		kf_config_free(config);
	}
}

static void nothing_is_salvaged_from_a_file_others_can_write(void **state)
{
	static const char text[] = MINIMUM "[class nono-runc]\nruntime = /bin/r\n";
	struct kf_config *config;

	put_bytes(in(*state, "kf.conf"), text, sizeof text - 1, 0666);
	config = kf_config_salvage(in(*state, "kf.conf"));
	assert_non_null(config);
	assert_null(kf_config_class(config, "nono-runc").runtime);
	kf_config_free(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(defaults_are_those_of_the_manual),
		scratch_test(every_key_is_taken),
		scratch_test(a_class_with_a_shim_never_has_a_hook_that_mounts),
		scratch_test(a_shim_finds_its_class),
		scratch_test(keys_that_do_not_go_with_a_shim_are_refused),
		scratch_test(the_shim_is_salvaged_too),
		scratch_test(every_mistake_names_file_and_line),
		scratch_test(a_path_does_not_end_in_dots),
		scratch_test(a_section_s_line_has_nothing_after_it),
		scratch_test(a_missing_required_key_is_refused),
		scratch_test(a_key_needs_a_section),
		scratch_test(lists_go_on_behind_an_indented_line_break),
		scratch_test(the_last_of_equal_keys_counts),
		scratch_test(a_class_inherits_the_keys_it_does_not_set),
		scratch_test(many_classes_stay_apart),
		scratch_test(lines_have_at_most_196_bytes),
		scratch_test(windows_line_ends_are_taken),
		scratch_test(other_control_characters_do_not_change_the_meaning),
		scratch_test(a_byte_order_mark_is_taken_or_named),
		scratch_test(nul_bytes_are_refused),
		scratch_test(every_truncation_is_survived),
		scratch_test(an_error_stops_at_the_first_mistake),
		scratch_test(failures_leak_no_descriptor),
		scratch_test(the_runtime_is_salvaged),
		scratch_test(nothing_is_salvaged_from_a_file_others_can_write),
	};

	return is_root() ? cmocka_run_group_tests_name("policy/config", tests, NULL, NULL) : 0;
}
