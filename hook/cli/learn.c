/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/escape.h"
#include "cli/bundle.h"
#include "cli/denials.h"
#include "cli/new-profile.h"
#include "cli/session.h"
#include "denials/learn.h"
#include "oci/facts.h"
#include "oci/spec.h"
#include "policy/config.h"

static const char usage[] = "Usage: kubefence learn [OPTION...] [CONTAINER...]\n"
			    "       kubefence learn [OPTION...] -- BUNDLE\n"
			    "\n"
			    "Watches the refusals of sandboxed containers, as kubefence denials does, and at\n"
			    "the end prints the smallest change of their profile that would have allowed\n"
			    "them, each entry with its reason. With a BUNDLE: runs that container and watches\n"
			    "it to its end.\n"
			    "\n"
			    "  -p, --pod POD       only containers of this pod\n"
			    "  -N, --namespace NS  only those of pods of this namespace\n"
			    "  -w, --write NAME    put the changed profile beside the others, as NAME, if nono\n"
			    "                      accepts it. With a BUNDLE: run it again under NAME, until\n"
			    "                      nothing more is learned, at most 20 times\n"
			    "  -R, --replace       replace an existing profile NAME\n"
			    "  -s, --secrets       secret places, too\n"
			    "  -r, --handler NAME  with a BUNDLE: the class, if it is not the first one\n"
			    "  -t, --ptrace        use ptrace(2) in place of BPF, for one container\n"
			    "  -h, --help          this text\n";

enum { ROUNDS_MAX = 20 };

struct options {
	struct kf_selection selection;
	const char *write, *handler, *bundle;
	bool replace, secrets, ptrace;
};

/* The learning of one call: the profile that grows. */
struct learning {
	const struct kf_cli *cli;
	const struct options *options;
	struct kf_config *config;
	char *profile_name; /* the one that the containers ran under */
	struct json_object *profile;
	size_t learned; /* in the last round */
};

/* --- printing ----------------------------------------------------------------------------------------------------- */

static void print_lesson(const struct kf_lesson *lesson)
{
	(void)printf("%s %s \"%s\"\n    %s\n", lesson->remove ? "remove" : "add", lesson->list, lesson->entry,
		     lesson->reason);
}

static void print_lessons(const char *id, const char *profile, const struct kf_lessons *lessons)
{
	(void)printf("# container %s, profile %s: %s\n", id, profile,
		     lessons->count ? "would need" : "nothing to learn");
	for (size_t i = 0; i < lessons->count; i++)
		print_lesson(&lessons->items[i]);
	for (size_t i = 0; i < lessons->notes.count; i++)
		(void)printf("# not learned: %s\n", lessons->notes.items[i]);
}

/* --- one container ------------------------------------------------------------------------------------------------ */

/* The root file system may have gone with the container; then the names of usual directories stand for it. */
static int gather(const struct learning *learning, const struct kf_watched *watched, struct kf_facts *ret,
		  struct kf_error *err)
{
	cleanup_spec struct kf_spec spec = KF_SPEC_NONE;
	cleanup_free char *rootfs = NULL;
	struct kf_facts_source source = { .id = watched->id, .config = learning->config };
	struct kf_error unused;
	int r = kf_spec_load(watched->bundle, &spec, err);

	if (r < 0)
		return r;
	source.spec = spec.document;
	if (kf_spec_root_path(spec.document, watched->bundle, &rootfs, &unused) == 0)
		source.rootfs = rootfs;
	if (kf_facts_gather(&source, ret, &unused) == 0)
		return 0;
	source.rootfs = NULL;
	return kf_facts_gather(&source, ret, err);
}

static void forget_profile(struct learning *learning)
{
	free(learning->profile_name);
	(void)json_object_put(learning->profile);
	learning->profile_name = NULL;
	learning->profile = NULL;
}

/* One profile is learned at a time. */
static int take_profile(struct learning *learning, const char *name, struct kf_error *err)
{
	if (learning->profile_name && strcmp(learning->profile_name, name) == 0)
		return 0;
	if (learning->profile_name && learning->options->write)
		return kf_fail(err, EINVAL, "the containers run under more than one profile (%s, %s): name some",
			       learning->profile_name, name);
	forget_profile(learning);
	learning->profile_name = strdup(name);
	return learning->profile_name ? kf_installed_profile(learning->config, name, &learning->profile, err)
				      : kf_oom(err);
}

static bool was_denied(const struct kf_session *session, size_t number)
{
	for (size_t i = 0; i < session->fold.count; i++)
		if (session->fold.items[i].denial.watched == number)
			return true;
	return false;
}

static int learn_container(struct learning *learning, const struct kf_session *session, size_t number,
			   struct kf_error *err)
{
	const struct kf_watched *watched = session->watched[number];
	cleanup_lessons struct kf_lessons lessons = { 0 };
	cleanup_facts struct kf_facts facts = KF_FACTS_NONE;
	int r = take_profile(learning, watched->profile, err);

	if (r == 0)
		r = gather(learning, watched, &facts, err);
	if (r < 0)
		return r;

	const struct kf_profile profile = { .document = learning->profile };
	const struct kf_learn_source source = { .fold = &session->fold,
						.watched = (uint32_t)number,
						.facts = &facts,
						.profile = &profile,
						.secrets = learning->options->secrets };

	r = kf_learn(&source, &lessons, err);
	if (r < 0)
		return r;
	print_lessons(watched->id, watched->profile, &lessons);
	learning->learned += lessons.count;
	r = kf_lessons_apply(&lessons, learning->profile);
	return r < 0 ? kf_fail_errno(err, -r, "cannot change the profile %s", watched->profile) : 0;
}

static int learn_all(struct learning *learning, const struct kf_session *session, struct kf_error *err)
{
	int r = 0;

	/* The next run of a bundle is under the profile that was learned. */
	forget_profile(learning);
	learning->learned = 0;
	for (size_t i = 0; r == 0 && i < session->count; i++)
		if (learning->options->bundle || was_denied(session, i))
			r = learn_container(learning, session, i, err);
	if (r == 0 && learning->learned > 0 && learning->options->write) {
		r = kf_new_profile_write(learning->config, learning->options->write, learning->profile, err);
		if (r == 0)
			(void)printf("# written: profile %s\n", learning->options->write);
	}
	/* The container of the next run prints, too. */
	return r == 0 && fflush(stdout) != 0 ? kf_fail_errno(err, errno, "cannot print") : r;
}

/* --- a look ------------------------------------------------------------------------------------------------------- */

static int learn_from_containers(struct learning *learning, struct kf_error *err)
{
	cleanup_session struct kf_session session = KF_SESSION_NONE;
	int r = kf_session_open(learning->cli, &learning->options->selection, learning->options->ptrace, &session, err);

	if (r == 0)
		r = kf_session_run(&session, err);
	if (r < 0)
		return r;
	if (session.fold.count == 0)
		(void)puts("# nothing was refused");
	return learn_all(learning, &session, err);
}

/* One run of the bundle, under PROFILE or the profile of its config.json. */
static int learn_from_run(struct learning *learning, struct kf_cli_bundle *bundle, const char *profile,
			  struct kf_error *err)
{
	cleanup_session struct kf_session session = KF_SESSION_NONE;
	char *ids[] = { bundle->id };
	const struct kf_selection selection = { .ids = ids, .id_count = 1 };
	int r = kf_cli_bundle_create(bundle, profile, err);

	if (r == 0)
		r = kf_session_open(learning->cli, &selection, learning->options->ptrace, &session, err);
	if (r == 0)
		r = kf_cli_bundle_start(bundle, err);
	if (r == 0)
		r = kf_session_run(&session, err);
	if (r == 0)
		r = learn_all(learning, &session, err);
	kf_cli_bundle_delete(bundle);
	return r;
}

static int learn_from_bundle(struct learning *learning, struct kf_error *err)
{
	const struct options *options = learning->options;
	cleanup_cli_bundle struct kf_cli_bundle bundle = { .dir = options->bundle, .handler = options->handler };
	const char *profile = NULL;
	int rounds = options->write ? ROUNDS_MAX : 1, r;

	if (!bundle.handler)
		bundle.handler = learning->config->runtime_classes.items[0];
	do {
		r = learn_from_run(learning, &bundle, profile, err);
		profile = options->write;
	} while (r == 0 && --rounds > 0 && learning->learned > 0);
	if (r == 0 && options->write && learning->learned > 0)
		(void)printf("# there is more to learn after %d runs: learn again, with --replace\n", ROUNDS_MAX);
	return r;
}

static int learn(const struct kf_cli *cli, const struct options *options, struct kf_error *err)
{
	cleanup_config struct kf_config *config = NULL;
	struct learning learning = { .cli = cli, .options = options };
	int r = kf_config_load(cli->config_path, &config, err);

	learning.config = config;
	if (r == 0 && options->write)
		r = kf_new_profile_check(config, options->write, options->replace, err);
	if (r == 0)
		r = options->bundle ? learn_from_bundle(&learning, err) : learn_from_containers(&learning, err);
	forget_profile(&learning);
	return r;
}

/* --- the command line --------------------------------------------------------------------------------------------- */

/* Returns KF_CLI_GO_ON or an exit status. */
static int check_options(const struct options *options)
{
	const struct kf_selection *selection = &options->selection;

	if ((selection->id_count > 0 || options->bundle) && (selection->pod || selection->namespace))
		return kf_cli_misused("name containers, or select with --pod and --namespace");
	if (options->handler && !options->bundle)
		return kf_cli_misused("--handler is for a bundle: learn --handler NAME -- BUNDLE");
	if (options->replace && !options->write)
		return kf_cli_misused("--replace is for --write");
	if (options->ptrace && !options->bundle && selection->id_count != 1)
		return kf_cli_misused("--ptrace takes one container, which has to be named");
	return KF_CLI_GO_ON;
}

/* Returns KF_CLI_GO_ON or an exit status. */
static int parse_options(int argc, char *argv[], struct options *ret)
{
	const struct kf_cli_option options[] = {
		{ .name = "pod", .letter = 'p', .ret_value = &ret->selection.pod },
		{ .name = "namespace", .letter = 'N', .ret_value = &ret->selection.namespace },
		{ .name = "write", .letter = 'w', .ret_value = &ret->write },
		{ .name = "replace", .letter = 'R', .ret_given = &ret->replace },
		{ .name = "secrets", .letter = 's', .ret_given = &ret->secrets },
		{ .name = "handler", .letter = 'r', .ret_value = &ret->handler },
		{ .name = "ptrace", .letter = 't', .ret_given = &ret->ptrace },
		{ 0 },
	};
	int r = kf_cli_parse(argc, argv, usage, options, true);

	if (r != KF_CLI_GO_ON)
		return r;
	/* getopt_long(3) has moved the words to the end, and "--" in front of them. */
	if (optind < argc && strcmp(argv[optind - 1], "--") == 0) {
		if (argc - optind != 1)
			return kf_cli_misused("name one bundle: learn -- BUNDLE");
		ret->bundle = argv[optind];
	} else {
		ret->selection.ids = argv + optind;
		ret->selection.id_count = (size_t)(argc - optind);
	}
	return check_options(ret);
}

int kf_denials_learn(const struct kf_cli *cli, int argc, char *argv[])
{
	struct options options = { 0 };
	struct kf_error err = { 0 };
	int r = parse_options(argc, argv, &options);

	if (r != KF_CLI_GO_ON)
		return r;
	return learn(cli, &options, &err) < 0 ? kf_cli_fail(&err) : KF_CLI_OK;
}
