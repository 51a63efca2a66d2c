// SPDX-License-Identifier: Apache-2.0
//
// A stand-in for nono, for tests only: nono's command line as far as kubefence uses it, and a real Landlock
// domain, so that tests can tell confined from unconfined where the real nono cannot be built.
// README.md beside this file lists the parts that it leaves out.

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <limits.h>
#include <linux/landlock.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Given by number: the header of an older distribution does not name the later rights. */
#define FS_EXECUTE (1ULL << 0)
#define FS_WRITE_FILE (1ULL << 1)
#define FS_READ_FILE (1ULL << 2)
#define FS_READ_DIR (1ULL << 3)
#define FS_REFER (1ULL << 13)
#define FS_TRUNCATE (1ULL << 14)
#define FS_IOCTL_DEV (1ULL << 15)
#define FS_ABI1 ((1ULL << 13) - 1)
#define FS_READ (FS_EXECUTE | FS_READ_FILE | FS_READ_DIR)
#define FS_WRITE (((FS_ABI1 | FS_REFER) & ~FS_READ) | FS_TRUNCATE | FS_IOCTL_DEV)
/* The rights that make sense on something that is not a directory; the kernel refuses the others there. */
#define FS_ON_FILE (FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV)

struct domain {
	int ruleset;
	uint64_t handled;
	char cwd[PATH_MAX];
	bool cwd_covered;
};

static _Noreturn __attribute__((format(printf, 1, 2))) void die(const char *format, ...)
{
	va_list args;

	fputs("nono: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

/* Asking for a right that the kernel does not know fails the whole ruleset. */
static uint64_t rights_of_abi(long abi)
{
	return FS_ABI1 | (abi >= 2 ? FS_REFER : 0) | (abi >= 3 ? FS_TRUNCATE : 0) | (abi >= 5 ? FS_IOCTL_DEV : 0);
}

static void domain_open(struct domain *domain)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	if (abi < 1)
		die("Sandbox initialization failed: Landlock not available.");
	domain->handled = rights_of_abi(abi);
	struct landlock_ruleset_attr attr = { .handled_access_fs = domain->handled };
	domain->ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (domain->ruleset < 0)
		die("Sandbox initialization failed: landlock_create_ruleset: %s", strerror(errno));
	if (!getcwd(domain->cwd, sizeof(domain->cwd)))
		die("Cannot read the current directory: %s", strerror(errno));
}

static const char *variable(const char *name, const char *fallback)
{
	const char *value = getenv(name);
	return value && *value ? value : fallback;
}

/* As nono, which keeps its state below HOME. */
static void protect_state(const char *path, size_t length)
{
	char state[PATH_MAX];

	snprintf(state, sizeof(state), "%s/.nono", variable("HOME", "/"));
	if (strncmp(state, path, length) == 0 && state[length] == '/')
		die("Sandbox initialization failed: Refusing to grant '%s' because it overlaps protected nono state "
		    "root '%s'.",
		    path, state);
}

static void grant(struct domain *domain, const char *path, uint64_t rights)
{
	size_t length = strcmp(path, "/") == 0 ? 0 : strlen(path);
	struct stat status;
	int fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return; /* as nono: a path that is not there is skipped */
	if (fd < 0 || fstat(fd, &status) < 0)
		die("Sandbox initialization failed: %s: %s", path, strerror(errno));
	if (!S_ISDIR(status.st_mode))
		rights &= FS_ON_FILE;
	else
		protect_state(path, length);
	if (S_ISDIR(status.st_mode) && strncmp(domain->cwd, path, length) == 0 &&
	    (!domain->cwd[length] || domain->cwd[length] == '/'))
		domain->cwd_covered = true;

	struct landlock_path_beneath_attr rule = { .allowed_access = rights & domain->handled, .parent_fd = fd };
	if (syscall(SYS_landlock_add_rule, domain->ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
		die("Sandbox initialization failed: landlock_add_rule %s: %s", path, strerror(errno));
	close(fd);
}

/* A variable counts at the start of a path only, which is where profiles use them. */
static void grant_expanded(struct domain *domain, const char *path, uint64_t rights)
{
	const char *known[][2] = {
		{ "~", variable("HOME", "/") },
		{ "$HOME", variable("HOME", "/") },
		{ "$WORKDIR", domain->cwd },
		{ "$TMPDIR", variable("TMPDIR", "/tmp") },
		{ "/$NONO_WORKDIR", variable("NONO_WORKDIR", "/nonexistent") },
		{ "/$NONO_HOME", variable("NONO_HOME", "/nonexistent") },
	};
	char expanded[PATH_MAX];

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		size_t length = strlen(known[i][0]);
		if (strncmp(path, known[i][0], length) != 0 || (path[length] && path[length] != '/'))
			continue;
		snprintf(expanded, sizeof(expanded), "%s%s", known[i][1], path + length);
		grant(domain, expanded, rights);
		return;
	}
	if (path[0] != '/')
		die("Profile parse error: not an absolute path: %s", path);
	grant(domain, path, rights);
}

static void grant_list(struct domain *domain, struct json_object *list, uint64_t rights)
{
	if (!json_object_is_type(list, json_type_array))
		die("Profile parse error: a list of paths is not a list");
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *entry = json_object_array_get_idx(list, i);
		if (!json_object_is_type(entry, json_type_string))
			die("Profile parse error: a list of paths holds something else");
		grant_expanded(domain, json_object_get_string(entry), rights);
	}
}

static void grant_profile(struct domain *domain, const char *path)
{
	static const struct {
		const char *key;
		uint64_t rights;
	} lists[] = {
		{ "allow", FS_READ | FS_WRITE },
		{ "allow_file", (FS_READ | FS_WRITE) & FS_ON_FILE },
		{ "read", FS_READ },
		{ "read_file", FS_READ & FS_ON_FILE },
		{ "write", FS_WRITE },
		{ "write_file", FS_WRITE & FS_ON_FILE },
	};
	struct json_object *profile = json_object_from_file(path), *filesystem, *list;

	if (!profile)
		die("Profile read error at %s: not there or not JSON", path);
	if (!json_object_object_get_ex(profile, "filesystem", &filesystem))
		return;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (json_object_object_get_ex(filesystem, lists[i].key, &list))
			grant_list(domain, list, lists[i].rights);
}

/* The real nono grants these too. An environment that still holds NONO_ALLOW is an escape, and tests must see it. */
static void grant_from_environment(struct domain *domain)
{
	const char *value = getenv("NONO_ALLOW");
	char *copy = value ? strdup(value) : NULL, *rest = copy, *path;

	while ((path = strsep(&rest, ",")))
		if (*path)
			grant_expanded(domain, path, FS_READ | FS_WRITE);
}

/* Not realpath(): busybox and its like tell their job from the last name. */
static void resolve(const char *program, const char *cwd, char found[PATH_MAX])
{
	bool is_path = strchr(program, '/') != NULL;
	char *rest = is_path ? strdup(cwd) : strdup(variable("PATH", "/usr/bin:/bin")), *directory;

	while ((directory = strsep(&rest, ":"))) {
		struct stat status;
		snprintf(found, PATH_MAX, "%s/%s", program[0] == '/' ? "" : directory, program);
		const char *path = program[0] == '/' ? program : found;
		if (stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0) {
			memmove(found, path, strlen(path) + 1);
			return;
		}
	}
	die("Command execution failed: %s: cannot find binary path", program);
}

/* --- the environment of the command ------------------------------------------------------------------------------- */

/* nono's env_sanitization.rs; a star at the end stands for anything. */
static bool is_dropped(const char *variable)
{
	static const char *const names[] = {
		"LD_*",
		"DYLD_*",
		"BASH_ENV",
		"ENV",
		"CDPATH",
		"GLOBIGNORE",
		"BASH_FUNC_*",
		"PROMPT_COMMAND",
		"IFS",
		"PYTHONSTARTUP",
		"PYTHONPATH",
		"NODE_OPTIONS",
		"NODE_PATH",
		"PERL5OPT",
		"PERL5LIB",
		"RUBYOPT",
		"RUBYLIB",
		"GEM_PATH",
		"GEM_HOME",
		"JAVA_TOOL_OPTIONS",
		"_JAVA_OPTIONS",
		"DOTNET_STARTUP_HOOKS",
		"GOFLAGS",
		"OP_SERVICE_ACCOUNT_TOKEN",
		"OP_CONNECT_TOKEN",
		"OP_CONNECT_HOST",
		"OP_SESSION_*",
		"NONO_CAP_FILE",
	};
	size_t length = strcspn(variable, "=");

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t start = strlen(names[i]);
		bool prefix = names[i][start - 1] == '*';
		if (strncmp(variable, names[i], start - prefix) == 0 && (prefix || length == start))
			return true;
	}
	return false;
}

/* Rust panics over a variable that is not UTF-8; nothing here needs more than to notice a byte that cannot be. */
static void must_be_utf8(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text >= 0xf8) {
			fputs("thread 'main' panicked: called `Result::unwrap()` on an `Err` value\n", stderr);
			abort();
		}
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorted by name, without duplicates (the last one counts), without what nono takes for dangerous. */
static char **clean_environment(const char *cap_file)
{
	size_t count = 0, kept = 0;
	char **clean, *added;

	while (environ[count])
		count++;
	clean = calloc(count + 3, sizeof(*clean));
	for (size_t i = 0; i < count; i++) {
		size_t length = strcspn(environ[i], "=");
		size_t at = 0;

		must_be_utf8(environ[i]);
		if (!environ[i][length] || is_dropped(environ[i]))
			continue;
		/* Long environments have unique names: only ours, which are numbered, are long. */
		while (kept < 1000 && at < kept && strncmp(clean[at], environ[i], length + 1) != 0)
			at++;
		clean[kept < 1000 ? at : kept] = environ[i];
		kept += kept >= 1000 || at == kept;
	}
	if (asprintf(&added, "NONO_CAP_FILE=%s", cap_file) < 0)
		die("no memory");
	clean[kept++] = added;
	if (!getenv("RUST_LOG"))
		clean[kept++] = "RUST_LOG=off";
	qsort(clean, kept, sizeof(*clean), by_name);
	return clean;
}

/* Where TMPDIR can be written, nono leaves a file with its policy there for each start, and grants reading it. */
static const char *leave_state_file(struct domain *domain)
{
	static char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/.nono-XXXXXX", variable("TMPDIR", "/tmp"));
	fd = mkstemp(path);
	if (fd < 0)
		return "/dev/null";
	close(fd);
	grant(domain, path, FS_READ & FS_ON_FILE);
	return path;
}

static _Noreturn void wrap(const char *profile, const char *read, char **argv)
{
	struct domain domain = { .ruleset = -1 };
	const char *cap_file;
	char program[PATH_MAX];

	if (!profile)
		die("the stand-in needs --profile PATH");
	if (variable("HOME", "")[0] != '/')
		die("Environment variable 'HOME' validation failed: must be an absolute path");
	domain_open(&domain);
	grant_profile(&domain, profile);
	if (read)
		grant_expanded(&domain, read, FS_READ);
	grant_from_environment(&domain);
	cap_file = leave_state_file(&domain);
	resolve(argv[0], domain.cwd, program);

	if (!domain.cwd_covered && chdir("/") < 0)
		die("chdir /: %s", strerror(errno));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || syscall(SYS_landlock_restrict_self, domain.ruleset, 0) < 0)
		die("Sandbox initialization failed: Failed to restrict self: %s", strerror(errno));
	close(domain.ruleset);
	argv[0] = program;
	execve(program, argv, clean_environment(cap_file));
	die("Command execution failed: %s: %s", program, strerror(errno));
}

static _Noreturn void usage_error(const char *what)
{
	fprintf(stderr, "error: %s\nUsage: nono [-s] wrap --profile PATH [--] PROGRAM [ARGS]...\n", what);
	exit(2);
}

/* `--NAME V`, `--NAME=V`, `-n V`; moves *index past what was used. */
static const char *value_option(char **argv, int *index, const char *name)
{
	const char *option = argv[*index];
	size_t length = strlen(name);

	if (strncmp(option, name, length) == 0 && option[length] == '=')
		return option + length + 1;
	if (strcmp(option, name) != 0 && !(option[1] == name[2] && !option[2]))
		return NULL;
	if (!argv[*index + 1])
		usage_error("an option is without its value");
	return argv[++*index];
}

/* Is it JSON? The stand-in knows no more about profiles. */
static int validate(const char *path)
{
	if (!json_object_from_file(path))
		die("%s: not there or not JSON", path);
	return 0;
}

int main(int argc, char **argv)
{
	const char *profile = getenv("NONO_PROFILE"), *read = NULL, *value;
	bool wrapping = false;
	int i;

	if (argc == 5 && strcmp(argv[2], "profile") == 0 && strcmp(argv[3], "validate") == 0)
		return validate(argv[4]);
	for (i = 1; i < argc; i++) {
		if (wrapping && strcmp(argv[i], "--") == 0 && ++i)
			break;
		if (wrapping && argv[i][0] != '-')
			break;
		if (strcmp(argv[i], "--version") == 0)
			return puts("nono 0.0.0 (the stand-in from kubefence's tests, not the real nono)") < 0;
		if (strcmp(argv[i], "wrap") == 0)
			wrapping = true;
		else if (wrapping && (value = value_option(argv, &i, "--profile")))
			profile = value;
		else if (wrapping && (value = value_option(argv, &i, "--read")))
			read = value;
		else if (strcmp(argv[i], "-s") != 0 && strcmp(argv[i], "--silent") != 0)
			usage_error("unexpected argument");
	}
	if (!wrapping || i >= argc)
		usage_error("nothing to run");
	wrap(profile, read, argv + i);
}
