/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/denials.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "cli/denial-line.h"
#include "cli/output.h"
#include "cli/session.h"

static const char usage[] = "Usage: kubefence denials [OPTION...] [CONTAINER...]\n"
			    "\n"
			    "Watches the refusals of sandboxed containers, until Ctrl-C or until the named\n"
			    "containers have ended, and prints each refusal once, with its number. CONTAINER\n"
			    "is the beginning of an id, a container's name, a pod's, or POD/CONTAINER. Without\n"
			    "it: all sandboxed containers, also those that start meanwhile. Earlier refusals\n"
			    "are not kept.\n"
			    "\n"
			    "  -f, --follow         print at once; a repeated refusal at most every 10 seconds\n"
			    "  -a, --all            all containers (the default)\n"
			    "  -p, --pod POD        only those of this pod\n"
			    "  -N, --namespace NS   only those of pods of this namespace\n"
			    "  -o, --output FORMAT  short (the default), json (one object a line) or yaml\n"
			    "  -t, --ptrace         use ptrace(2) in place of BPF, for one container\n"
			    "  -h, --help           this text\n"
			    "\n"
			    "cause=policy: Landlock refused it. cause=permissions: owner, mode or capabilities\n"
			    "refuse it, too. See kubefence(8) for the certainty of the cause, and for the limits.\n";

enum { REPEAT_USEC = 10 * 1000000 };

struct options {
	struct kf_selection selection;
	bool follow, all, ptrace;
	enum kf_output output;
};

/* The data that the callbacks of the session share. */
struct printer {
	bool follow;
	enum kf_output output;
	bool failed;
};

static void print(struct printer *printer, const struct kf_session *session, struct kf_folded *folded)
{
	const struct kf_watched *watched = session->watched[folded->denial.watched];

	folded->shown = folded->denial.count;
	folded->shown_usec = kf_clock_usec();
	if (kf_denial_line_print(watched, &folded->denial, printer->output) < 0)
		printer->failed = true;
}

static void print_new(struct kf_session *session, struct kf_folded *folded, void *data)
{
	print(data, session, folded);
}

static void print_repeated(struct kf_session *session, void *data)
{
	uint64_t now = kf_clock_usec();

	for (size_t i = 0; i < session->fold.count; i++) {
		struct kf_folded *folded = &session->fold.items[i];

		if (folded->denial.count > folded->shown && now - folded->shown_usec >= REPEAT_USEC)
			print(data, session, folded);
	}
	/* The reader of a pipe gets the last line at once, too. */
	if (fflush(stdout) != 0)
		((struct printer *)data)->failed = true;
}

static void print_rest(struct kf_session *session, struct printer *printer)
{
	uint64_t lost = kf_watch_lost(session->watch);

	for (size_t i = 0; i < session->fold.count; i++)
		if (session->fold.items[i].denial.count > session->fold.items[i].shown)
			print(printer, session, &session->fold.items[i]);
	if (lost > 0)
		(void)fprintf(stderr, "kubefence: %llu refusals came too fast to be seen\n", (unsigned long long)lost);
	if (session->fold.left_out > 0)
		(void)fprintf(stderr, "kubefence: %llu further refusals are left out: more than %d different ones\n",
			      (unsigned long long)session->fold.left_out, KF_FOLD_MAX);
}

static int show(const struct kf_cli *cli, const struct options *options, struct kf_error *err)
{
	struct printer printer = { .output = options->output, .follow = options->follow };
	cleanup_session struct kf_session session = KF_SESSION_NONE;
	int r;

	session.data = &printer;
	if (options->follow) {
		session.on_denial = print_new;
		session.on_tick = print_repeated;
	}
	r = kf_session_open(cli, &options->selection, options->ptrace, &session, err);
	if (r == 0)
		r = kf_session_run(&session, err);
	if (r < 0)
		return r;
	print_rest(&session, &printer);
	return printer.failed ? KF_CLI_PROBLEM : KF_CLI_OK;
}

/* Returns KF_CLI_GO_ON or an exit status. */
static int check_options(const struct options *options)
{
	const struct kf_selection *selection = &options->selection;

	if (selection->id_count > 0 && (selection->pod || selection->namespace || options->all))
		return kf_cli_misused("name containers, or select with --all, --pod and --namespace");
	if (options->all && (selection->pod || selection->namespace))
		return kf_cli_misused("--all excludes --pod and --namespace");
	if (options->ptrace && selection->id_count != 1)
		return kf_cli_misused("--ptrace takes one container, which has to be named");
	return KF_CLI_GO_ON;
}

/* Returns KF_CLI_GO_ON or an exit status. */
static int parse_options(int argc, char *argv[], struct options *ret)
{
	const char *format = NULL;
	const struct kf_cli_option options[] = {
		{ .name = "follow", .letter = 'f', .ret_given = &ret->follow },
		{ .name = "all", .letter = 'a', .ret_given = &ret->all },
		{ .name = "pod", .letter = 'p', .ret_value = &ret->selection.pod },
		{ .name = "namespace", .letter = 'N', .ret_value = &ret->selection.namespace },
		{ .name = "output", .letter = 'o', .ret_value = &format },
		{ .name = "ptrace", .letter = 't', .ret_given = &ret->ptrace },
		{ 0 },
	};
	struct kf_error err = { 0 };
	int r = kf_cli_parse(argc, argv, usage, options, true);

	if (r != KF_CLI_GO_ON)
		return r;
	ret->selection.ids = argv + optind;
	ret->selection.id_count = (size_t)(argc - optind);
	if (kf_output_parse(format, &ret->output, &err) < 0)
		return kf_cli_misused("%s", err.message);
	return check_options(ret);
}

int kf_denials_show(const struct kf_cli *cli, int argc, char *argv[])
{
	struct options options = { 0 };
	struct kf_error err = { 0 };
	int r = parse_options(argc, argv, &options);

	if (r != KF_CLI_GO_ON)
		return r;
	r = show(cli, &options, &err);
	return r < 0 ? kf_cli_fail(&err) : r;
}
