/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "cli/check-groups.h"
#include "node/landlock.h"

enum { SMALL_FILE_MAX = 4096 };

/* The content of the kernel's file, without its line end; "" without such a file. */
static void read_line(const char *path, char *buf, size_t size)
{
	cleanup_free char *text = NULL;
	struct kf_error unused;
	size_t length;

	buf[0] = '\0';
	if (kf_read_file(path, SMALL_FILE_MAX, &text, &length, &unused) == 0)
		(void)snprintf(buf, size, "%.*s", (int)strcspn(text, "\n"), text);
}

static bool has_word(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (; *list; list += strcspn(list, ",") + (list[strcspn(list, ",")] == ','))
		if (strcspn(list, ",") == length && strncmp(list, word, length) == 0)
			return true;
	return false;
}

static void check_landlock(struct kf_check *check)
{
	struct kf_error err = { 0 };
	int abi = kf_landlock_abi(&err);

	if (abi < 1)
		kf_check_fail(check, "landlock", "",
			      "boot a kernel with CONFIG_SECURITY_LANDLOCK and landlock in lsm=", "%s", err.message);
	else
		kf_check_ok(check, "landlock", "", "ABI %d (the limits of each: kubefence-profiles(7))", abi);
}

/* The system call above decides: some kernels have no securityfs, and some chroots do not mount it. */
static void check_modules(struct kf_check *check)
{
	static const char path[] = "/sys/kernel/security/lsm";
	char modules[256];

	read_line(path, modules, sizeof modules);
	if (!modules[0])
		kf_check_warn(check, "lsm", path, "mount -t securityfs securityfs /sys/kernel/security",
			      "cannot be read, so only the kernel's answer above says whether Landlock is on");
	else if (has_word(modules, "landlock"))
		kf_check_ok(check, "lsm", path, "%s", modules);
	else
		kf_check_fail(check, "lsm", path, "add landlock to lsm= on the kernel command line", "%s", modules);
}

static void check_label(struct kf_check *check, const char *mode, const char *dir)
{
	static const char *const readable[] = { ":container_ro_file_t:", ":container_share_t:", ":container_file_t:" };
	char label[256] = "";
	ssize_t length = getxattr(dir, "security.selinux", label, sizeof label - 1);

	if (length < 0) {
		kf_check_warn(check, "selinux", dir, "see whether the directory is there, and label it (chcon)",
			      "SELinux is %s, and the directory's label cannot be read", mode);
		return;
	}
	for (size_t i = 0; i < sizeof readable / sizeof *readable; i++)
		if (strstr(label, readable[i])) {
			kf_check_ok(check, "selinux", dir, "%s, label %s", mode, label);
			return;
		}
	kf_check_warn(check, "selinux", dir,
		      "if containers cannot read /nono: chcon -R -t container_ro_file_t, semanage",
		      "%s, and the label %s is not one that containers may read", mode, label);
}

static void check_selinux(struct kf_check *check)
{
	char enforcing[8];

	read_line("/sys/fs/selinux/enforce", enforcing, sizeof enforcing);
	if (enforcing[0] && check->config)
		check_label(check, enforcing[0] == '1' ? "enforcing" : "permissive", check->config->nono_dir);
}

static void check_apparmor(struct kf_check *check)
{
	char enabled[8];

	read_line("/sys/module/apparmor/parameters/enabled", enabled, sizeof enabled);
	if (enabled[0] == 'Y')
		kf_check_ok(check, "apparmor", "",
			    "on; a pod's own profile must let it read and run /nono (not checked)");
}

void kf_check_kernel(struct kf_check *check)
{
	check_landlock(check);
	check_modules(check);
	check_selinux(check);
	check_apparmor(check);
}
