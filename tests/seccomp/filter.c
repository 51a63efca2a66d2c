/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter PROGRAM: what libseccomp makes of linux.seccomp on standard input (already resolved), in the way of runc and
 * crun. Writes the BPF program to the file PROGRAM, and prints "instructions N" in it, "rules N" that were made for it,
 * and a line "without NAME" for each call that the first of its architectures does not have. For
 * tests/integration/seccomp-data.bats; it compiles for any architecture.
 */
#include <ctype.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ARGS_MAX = 6, INSTRUCTION = 8 /* bytes */ };

static void die(const char *what, const char *which)
{
	(void)fprintf(stderr, "filter: %s: %s\n", what, which ? which : "none");
	exit(1);
}

static const char *text(struct json_object *object, const char *key)
{
	return json_object_get_string(json_object_object_get(object, key));
}

static uint32_t action_of(const char *name, struct json_object *error)
{
	if (name && strcmp(name, "SCMP_ACT_ALLOW") == 0)
		return SCMP_ACT_ALLOW;
	if (!name || strcmp(name, "SCMP_ACT_ERRNO") != 0)
		die("an action that our profiles do not have", name);
	return SCMP_ACT_ERRNO((uint32_t)json_object_get_int(error));
}

static enum scmp_compare operator_of(const char *name)
{
	if (name && strcmp(name, "SCMP_CMP_NE") == 0)
		return SCMP_CMP_NE;
	if (name && strcmp(name, "SCMP_CMP_MASKED_EQ") == 0)
		return SCMP_CMP_MASKED_EQ;
	if (!name || strcmp(name, "SCMP_CMP_EQ") != 0)
		die("an operator that our profiles do not have", name);
	return SCMP_CMP_EQ;
}

/* libseccomp's own name of SCMP_ARCH_X86_64 is x86_64. */
static uint32_t architecture_of(const char *name)
{
	char small[32] = "";
	uint32_t token;

	for (size_t i = 0; i < sizeof small - 1 && name[i]; i++)
		small[i] = (char)tolower(name[i]);
	token = strncmp(small, "scmp_arch_", 10) == 0 ? seccomp_arch_resolve_name(small + 10) : 0;
	if (!token)
		die("unknown architecture", name);
	return token;
}

/* Returns the first of them. */
static uint32_t set_architectures(scmp_filter_ctx filter, struct json_object *list)
{
	/* Only architectures of the same byte order go together, and a new filter has this machine's. */
	(void)seccomp_arch_remove(filter, SCMP_ARCH_NATIVE);
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		uint32_t token = architecture_of(json_object_get_string(json_object_array_get_idx(list, i)));
		int r = seccomp_arch_add(filter, token);

		if (r < 0)
			die("seccomp_arch_add", strerror(-r));
	}
	return architecture_of(json_object_get_string(json_object_array_get_idx(list, 0)));
}

static unsigned int read_args(struct json_object *list, struct scmp_arg_cmp *args)
{
	size_t count = list ? json_object_array_length(list) : 0;

	if (count > ARGS_MAX)
		die("more comparisons than a call has arguments", "args");
	for (size_t i = 0; i < count; i++) {
		struct json_object *arg = json_object_array_get_idx(list, i);

		args[i] = (struct scmp_arg_cmp){
			.arg = (unsigned int)json_object_get_int(json_object_object_get(arg, "index")),
			.op = operator_of(text(arg, "op")),
			.datum_a = json_object_get_uint64(json_object_object_get(arg, "value")),
			.datum_b = json_object_get_uint64(json_object_object_get(arg, "valueTwo")),
		};
	}
	return (unsigned int)count;
}

/* Returns how many rules were made. A name that this libseccomp does not know yet is passed over, as runtimes do. */
static unsigned int add_entry(scmp_filter_ctx filter, struct json_object *entry, uint32_t first, uint32_t fallback)
{
	uint32_t action = action_of(text(entry, "action"), json_object_object_get(entry, "errnoRet"));
	struct json_object *names = json_object_object_get(entry, "names");
	struct scmp_arg_cmp args[ARGS_MAX];
	unsigned int count = read_args(json_object_object_get(entry, "args"), args), rules = 0;

	for (size_t i = 0; action != fallback && i < json_object_array_length(names); i++) {
		const char *name = json_object_get_string(json_object_array_get_idx(names, i));
		int number = seccomp_syscall_resolve_name(name);

		if (number == __NR_SCMP_ERROR)
			continue;
		if (seccomp_syscall_resolve_name_arch(first, name) < 0)
			(void)printf("without %s\n", name);
		if (seccomp_rule_add_array(filter, action, number, count, args) < 0)
			die("seccomp_rule_add_array", name);
		rules++;
	}
	return rules;
}

/* Returns the number of instructions. */
static long write_program(scmp_filter_ctx filter, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || seccomp_export_bpf(filter, fd) < 0)
		die("cannot write", path);

	long size = (long)lseek(fd, 0, SEEK_END);

	(void)close(fd);
	return size / INSTRUCTION;
}

int main(int argc, char **argv)
{
	if (argc != 2)
		die("usage", "filter PROGRAM <PROFILE");

	struct json_object *profile = json_object_from_fd(STDIN_FILENO);
	struct json_object *entries = json_object_object_get(profile, "syscalls");
	uint32_t fallback =
		action_of(text(profile, "defaultAction"), json_object_object_get(profile, "defaultErrnoRet"));
	scmp_filter_ctx filter = seccomp_init(fallback);
	uint32_t first = set_architectures(filter, json_object_object_get(profile, "architectures"));
	unsigned int rules = 0;

	for (size_t i = 0; i < json_object_array_length(entries); i++)
		rules += add_entry(filter, json_object_array_get_idx(entries, i), first, fallback);
	(void)printf("rules %u\ninstructions %ld\n", rules, write_program(filter, argv[1]));
	seccomp_release(filter);
	(void)json_object_put(profile);
	return fflush(stdout) == 0 ? 0 : 1;
}
