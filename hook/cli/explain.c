/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/format.h"
#include "base/json-ascii.h"
#include "base/json.h"
#include "base/list.h"
#include "base/path.h"
#include "cli/command.h"
#include "cli/diff.h"
#include "cli/explain-mounts.h"
#include "cli/explain-policy.h"
#include "cli/row.h"
#include "oci/annotations.h"
#include "oci/memory.h"
#include "oci/spec.h"
#include "oci/volumes.h"
#include "policy/names.h"
#include "stage/call.h"
#include "stage/confine.h"

static const char usage[] = "Usage: kubefence explain [OPTION...] BUNDLE | FILE | -\n"
			    "\n"
			    "Shows the decision about the container of this bundle, config.json or standard\n"
			    "input, with its reasons; the kind of each mount; the places that it may reach\n"
			    "and those that are hidden; and the rewritten config.json. Changes nothing.\n"
			    "\n"
			    "  -r, --handler NAME        as if its runtime were our wrapper or shim NAME:\n"
			    "                            the handler of the pod's RuntimeClass (nono-runc)\n"
			    "  -c, --runtime-class NAME  as if the hook were told --runtime-class NAME\n"
			    "  -i, --id ID               the container's id; needed to recognise a pause\n"
			    "                            container, and found in the path of most bundles\n"
			    "  -j, --json                one JSON object\n"
			    "  -h, --help                this text\n"
			    "\n"
			    "Exit status: 0 it would be sandboxed, or left alone; 1 it would be refused, or\n"
			    "cannot be read; 2 usage.\n";

/* One question and its answer. */
struct explanation {
	struct kf_call call;
	struct kf_request wish;
	char *text; /* config.json, as it is */
	size_t length;
	struct json_object *before, *after; /* NULL: it cannot be read, or the container would be denied */
	bool changed;
	struct kf_policy policy;   /* nono's, composed for it */
	struct kf_volumes volumes; /* its mounts and devices */
	struct kf_error volumes_err;
	struct kf_list reasons;
	struct kf_error err; /* of a denial */
};

static void explanation_done(struct explanation *explanation)
{
	free(explanation->text);
	(void)json_object_put(explanation->before);
	(void)json_object_put(explanation->after);
	kf_list_clear(&explanation->reasons);
	kf_volumes_done(&explanation->volumes);
	kf_policy_done(&explanation->policy);
}

#define cleanup_explanation KF_CLEANUP(explanation_done)

/* --- reading ----------------------------------------------------------------------------------------------------- */

static int read_input(const char *path, struct explanation *ret, struct kf_error *err)
{
	cleanup_close int bundle_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat unused;

	if (strcmp(path, "-") == 0)
		return kf_read_all(STDIN_FILENO, "standard input", KF_SPEC_MAX, &ret->text, &ret->length, err);
	if (bundle_fd >= 0)
		return kf_spec_read(bundle_fd, &unused, &ret->text, &ret->length, err);
	return kf_read_file(path, KF_SPEC_MAX, &ret->text, &ret->length, err);
}

/* The bundle that PATH is, or in which PATH lies; NULL in *RET for standard input. */
static int find_bundle(const char *path, char **ret, struct kf_error *err)
{
	struct stat st;

	if (strcmp(path, "-") == 0)
		return 0;
	if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode)) {
		if (strchr(path, '/'))
			return kf_parent_dir(path, ret, err);
		path = ".";
	}
	return kf_format(ret, "%s", path) < 0 ? kf_oom(err) : 0;
}

/* Engines name a bundle, or the directory around it, by the container's id: 64 hexadecimal digits. */
static const char *id_in_path(const char *path, char id[static 65])
{
	static const char digits[] = "0123456789abcdef";

	for (; *path; path += strcspn(path, "/")) {
		path += strspn(path, "/");
		if (strspn(path, digits) == 64 && (path[64] == '/' || path[64] == '\0')) {
			memcpy(id, path, 64);
			id[64] = '\0';
		}
	}
	return id[0] ? id : NULL;
}

/* --- reasons ----------------------------------------------------------------------------------------------------- */

static void because(struct explanation *explanation, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void because(struct explanation *explanation, const char *fmt, ...)
{
	cleanup_free char *text = NULL;
	va_list args;

	va_start(args, fmt);
	if (kf_vformat(&text, fmt, args) == 0)
		(void)kf_list_add(&explanation->reasons, text, strlen(text));
	va_end(args);
}

static const char *listed(const struct explanation *explanation, const char *class)
{
	if (!explanation->call.config)
		return "but there is no usable configuration";
	return kf_config_has_class(explanation->call.config, class) ? "which is in runtime_classes"
								    : "which is not in runtime_classes";
}

static void explain_classes(struct explanation *explanation)
{
	const char *imposed = explanation->wish.handler, *annotated = explanation->wish.annotated_handler;
	char quoted[KF_QUOTED_MAX];

	if (imposed)
		because(explanation, "the node says class %s, %s", kf_quote(quoted, imposed),
			listed(explanation, imposed));
	else
		because(explanation, "no class from the node: neither --handler nor --runtime-class was given");
	if (annotated)
		because(explanation, "the annotation " KF_ANNOTATION_HANDLER " says %s, %s",
			kf_quote(quoted, annotated), listed(explanation, annotated));
	else
		because(explanation, "no annotation " KF_ANNOTATION_HANDLER);
}

static void explain_pause(struct explanation *explanation)
{
	switch (explanation->wish.pause) {
	case KF_PAUSE_YES:
		because(explanation, "the engine says that it is a pod's pause container");
		break;
	case KF_PAUSE_CLAIMED:
		because(explanation, "an annotation claims that it is a pod's pause container; without its id "
				     "(--id) that does not count against a class from the node");
		break;
	default:
		break;
	}
}

static void explain_profile(struct explanation *explanation)
{
	const struct kf_decision *decision = &explanation->call.decision;
	const char *wish = explanation->wish.profile, *key = explanation->wish.profile_key;
	char quoted[KF_QUOTED_MAX], quoted_key[KF_QUOTED_MAX];

	if (!decision->class.name)
		return;
	if (!wish)
		because(explanation, "no annotation " KF_ANNOTATION_PROFILE ": the default profile of its class");
	else if (!kf_profile_name_valid(wish))
		because(explanation, "the annotation %s is '%s', which is not a profile name",
			kf_quote(quoted_key, key), kf_quote(quoted, wish));
	else
		because(explanation, "the annotation %s asks for %s, which its class %s", kf_quote(quoted_key, key),
			wish, kf_class_allows_profile(&decision->class, wish) ? "allows" : "does not allow");
}

static void explain_edit(struct explanation *explanation)
{
	const struct kf_class_settings *class = &explanation->call.decision.class;
	cleanup_free char *warning = class->vm ? NULL : kf_memory_warning(explanation->before);

	if (explanation->call.decision.verdict != KF_INJECT)
		return;
	if (warning)
		because(explanation, "warning: %s", warning);
	if (class->delivery == KF_DELIVERY_HOOK)
		because(explanation, "/nono is mounted by the createRuntime hook, not from config.json");
	if (!explanation->changed)
		because(explanation, "config.json is rewritten already: nothing would change");
}

static void explain(struct explanation *explanation)
{
	explanation->wish.handler = explanation->call.handler;
	kf_annotations_request(kf_spec_annotations(explanation->before), explanation->call.container.id,
			       &explanation->wish);
	if (!explanation->call.config)
		because(explanation, "the configuration is unusable: %s", explanation->call.config_flaw->message);
	explain_classes(explanation);
	explain_pause(explanation);
	explain_profile(explanation);
	explain_edit(explanation);
	if (explanation->call.config && explanation->call.decision.verdict == KF_DENY)
		because(explanation, "%s", explanation->err.message);
}

/* Reads the file as it is, strictly if possible: then every number keeps its text. */
static struct json_object *parse(const struct explanation *explanation)
{
	static const enum kf_json_mode modes[] = { KF_JSON_STRICT, KF_JSON_RELAXED };
	struct json_object *document = NULL;
	struct kf_error unused;

	for (size_t i = 0; !document && i < sizeof modes / sizeof *modes; i++)
		(void)kf_spec_parse(explanation->text, explanation->length, modes[i], &document, &unused);
	return document;
}

/* Without the bundle, or the engine's mount in it, the names of usual directories stand for the image. */
static bool has_image(const struct explanation *explanation)
{
	cleanup_free char *rootfs = NULL;
	struct kf_error unused;
	struct stat st;

	return kf_spec_root_path(explanation->before, explanation->call.container.bundle, &rootfs, &unused) == 0 &&
	       stat(rootfs, &st) == 0 && S_ISDIR(st.st_mode);
}

static void decide(struct explanation *explanation)
{
	explanation->before = parse(explanation);
	explanation->call.image_unseen = !has_image(explanation);
	(void)kf_call_settle(&explanation->call,
			     kf_confine_text(&explanation->call, explanation->text, explanation->length,
					     &explanation->after, &explanation->policy, &explanation->changed,
					     &explanation->err),
			     &explanation->err);
	(void)kf_volumes_tell(explanation->before, explanation->call.container.id, explanation->call.config,
			      &explanation->volumes, &explanation->volumes_err);
	explain(explanation);
}

/* --- printing ---------------------------------------------------------------------------------------------------- */

/* The document on many lines, in ASCII that no terminal acts on. NULL without memory. */
static char *pretty(struct json_object *document)
{
	const char *text = json_object_to_json_string_ext(document, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
									    JSON_C_TO_STRING_NOSLASHESCAPE);
	cleanup_free char *lines = NULL;
	char *ascii = NULL;
	size_t length;

	if (text && kf_format(&lines, "%s\n", text) == 0)
		(void)kf_json_ascii(lines, strlen(lines), &ascii, &length);
	return ascii;
}

static void print_diff(const struct explanation *explanation, struct kf_rows *rows)
{
	cleanup_free char *before = pretty(explanation->before), *after = pretty(explanation->after), *diff = NULL;
	struct kf_error err = { 0 };

	if (!before || !after)
		kf_row(rows, KF_ROW_FACT, "rewrite", "cannot be shown: out of memory");
	else if (kf_diff(before, after, &diff, &err) < 0)
		kf_row(rows, KF_ROW_FACT, "rewrite", err.message);
	else
		(void)fputs(diff, stdout);
}

static int print_text(const struct explanation *explanation)
{
	static const char *const meanings[] = {
		[KF_INJECT] = "inject: it would start under nono",
		[KF_SKIP] = "skip: it would be left alone",
		[KF_DENY] = "deny: it would be refused",
	};
	const struct kf_decision *decision = &explanation->call.decision;
	struct kf_rows rows = { 0 };

	kf_row(&rows, decision->verdict == KF_DENY ? KF_ROW_FAIL : KF_ROW_OK, "decision", meanings[decision->verdict]);
	kf_row(&rows, KF_ROW_FACT, "reason", kf_reason_name(decision->reason));
	if (decision->handler)
		kf_row(&rows, KF_ROW_FACT, "class", decision->handler);
	if (decision->profile)
		kf_row(&rows, KF_ROW_FACT, "profile", decision->profile);
	if (decision->allow)
		kf_row(&rows, KF_ROW_FACT, "allow", decision->allow);
	if (decision->deny)
		kf_row(&rows, KF_ROW_FACT, "deny", decision->deny);
	for (size_t i = 0; i < explanation->reasons.count; i++)
		kf_row(&rows, KF_ROW_FACT, i ? "" : "because", explanation->reasons.items[i]);
	if (decision->verdict != KF_SKIP)
		kf_explain_mounts(&rows, &explanation->volumes, &explanation->volumes_err);
	kf_explain_policy(&rows, &explanation->policy);
	if (decision->verdict == KF_INJECT && explanation->changed)
		print_diff(explanation, &rows);
	return kf_rows_end(&rows);
}

static int set_document(struct json_object *object, const char *key, struct json_object *document)
{
	return json_object_object_add(object, key, json_object_get(document));
}

static int set_optional(struct json_object *object, const char *key, const char *value)
{
	return value ? kf_json_set_string(object, key, value) : json_object_object_add(object, key, NULL);
}

static int print_json(const struct explanation *explanation)
{
	cleanup_json struct json_object *object = json_object_new_object(), *reasons = json_object_new_array();
	const struct kf_decision *decision = &explanation->call.decision;
	bool denied = decision->verdict == KF_DENY;
	int r = object && reasons ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < explanation->reasons.count; i++)
		r = kf_json_append_string(reasons, explanation->reasons.items[i]);
	if (r < 0 || kf_json_set_string(object, "decision", kf_verdict_name(decision->verdict)) < 0 ||
	    kf_json_set_string(object, "reason", kf_reason_name(decision->reason)) < 0 ||
	    set_optional(object, "runtime_class", decision->handler) < 0 ||
	    set_optional(object, "profile", decision->profile) < 0 ||
	    set_optional(object, "allow", decision->allow) < 0 || set_optional(object, "deny", decision->deny) < 0 ||
	    set_document(object, "reasons", reasons) < 0 ||
	    set_optional(object, "error", denied ? explanation->err.message : NULL) < 0 ||
	    json_object_object_add(object, "mounts", kf_explain_mounts_json(&explanation->volumes)) < 0 ||
	    json_object_object_add(object, "policy", kf_explain_policy_json(&explanation->policy)) < 0 ||
	    set_document(object, "before", explanation->before) < 0 ||
	    set_document(object, "after", denied ? NULL : explanation->after) < 0)
		return KF_CLI_PROBLEM;

	cleanup_free char *text = pretty(object);

	if (!text || fputs(text, stdout) < 0)
		return KF_CLI_PROBLEM;
	return denied ? KF_CLI_PROBLEM : KF_CLI_OK;
}

/* --- the command ------------------------------------------------------------------------------------------------- */

struct options {
	const char *handler, *runtime_class, *id;
	bool json;
};

/* Returns KF_CLI_GO_ON or an exit status. */
static int parse_options(int argc, char *argv[], struct options *ret)
{
	const struct kf_cli_option options[] = {
		{ .name = "handler", .letter = 'r', .ret_value = &ret->handler },
		{ .name = "runtime-class", .letter = 'c', .ret_value = &ret->runtime_class },
		{ .name = "id", .letter = 'i', .ret_value = &ret->id },
		{ .name = "json", .letter = 'j', .ret_given = &ret->json },
		{ 0 },
	};
	int r = kf_cli_parse(argc, argv, usage, options, true);

	if (r == KF_CLI_GO_ON && (optind != argc - 1 || !argv[optind][0] || (ret->handler && ret->runtime_class)))
		return kf_cli_misused("explain takes one BUNDLE, FILE or -, and one of --handler and --runtime-class");
	return r;
}

/* Makes the call that the wrapper, shim or hook of that name would be. */
static void make_call(const struct options *options, struct kf_call *call)
{
	const char *of_shim = options->handler ? kf_config_handler_of_shim(call->config, options->handler) : NULL;

	call->container.id = options->id;
	call->handler = options->handler ? options->handler : options->runtime_class;
	if (of_shim)
		call->handler = of_shim;
	call->vm = kf_config_has_class(call->config, call->handler) && kf_config_class(call->config, call->handler).vm;
}

int kf_cli_explain(const struct kf_cli *cli, int argc, char *argv[])
{
	cleanup_config struct kf_config *config = NULL;
	cleanup_explanation struct explanation explanation = { 0 };
	cleanup_free char *config_path = cli->config_path ? realpath(cli->config_path, NULL) : NULL;
	cleanup_free char *bundle = NULL;
	struct options options = { 0 };
	struct kf_error config_flaw, err = { 0 };
	char id[65] = "";
	int r = parse_options(argc, argv, &options);

	if (r != KF_CLI_GO_ON)
		return r;
	if (!options.id)
		options.id = id_in_path(argv[optind], id);
	(void)kf_config_load(cli->config_path, &config, &config_flaw);
	explanation.call = (struct kf_call){
		.config_path = config_path,
		.config = config,
		.config_flaw = &config_flaw,
	};
	make_call(&options, &explanation.call);
	if (find_bundle(argv[optind], &bundle, &err) < 0)
		return kf_cli_fail(&err);
	explanation.call.container.bundle = bundle;
	if (read_input(argv[optind], &explanation, &err) < 0)
		return kf_cli_fail(&err);
	decide(&explanation);
	return options.json ? print_json(&explanation) : print_text(&explanation);
}
