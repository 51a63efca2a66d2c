/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measure [--rounds N] [--warmup N] [--seed N] VARIANTS: runs what the file lists, once each in every round and in
 * every round in another order, and prints one line for each run: what it took. For tests/bench/run.sh; not installed.
 *
 * A line of VARIANTS is words between tabs:
 *
 *   variant NAME          begins one
 *   argv    WORD...       what is measured; {} in a word becomes the number of the run (see batch)
 *   env     NAME VALUE    a variable of everything that is run for it
 *   stdin   FILE          else /dev/null; standard output always is
 *   before  WORD...       run before it, each time, and not measured; several lines are run in their order
 *   after   WORD...       the same, after it
 *   batch   COUNT JOBS    so many runs of argv count as one, so many of them at a time
 *
 * Every program that is run must succeed: times of failures say nothing. The process is static and small because a
 * child of vfork(2) has its parent's memory until it executes something, and its ru_maxrss never forgets.
 */
#include <err.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { VARIANTS_MAX = 64, WORDS_MAX = 64, COMMANDS_MAX = 8 };

struct command {
	char *words[WORDS_MAX + 1];
};

struct variant {
	const char *name, *input;
	struct command measured, before[COMMANDS_MAX], after[COMMANDS_MAX], environment[COMMANDS_MAX];
	size_t n_before, n_after, n_environment;
	int count, jobs;
};

struct sample {
	long long wall_ns, user_us, system_us;
	long maxrss_kib;
};

extern char **environ;

static struct variant variants[VARIANTS_MAX];
static size_t n_variants;

/* --- the list of variants ------------------------------------------------------------------------------------------
 */

static char *keep(const char *word)
{
	char *copy = strdup(word);

	if (!copy)
		errx(EXIT_FAILURE, "out of memory");
	return copy;
}

/* The words of the line that strtok_r(3) is at. */
static void read_words(struct command *command, char **position)
{
	size_t n = 0;

	for (char *word; (word = strtok_r(NULL, "\t", position));) {
		if (n == WORDS_MAX)
			errx(EXIT_FAILURE, "more than %d words in a line", WORDS_MAX);
		command->words[n++] = keep(word);
	}
	if (n == 0)
		errx(EXIT_FAILURE, "a command without words");
}

static struct command *next_command(struct command *commands, size_t *n)
{
	if (*n == COMMANDS_MAX)
		errx(EXIT_FAILURE, "more than %d commands around a run", COMMANDS_MAX);
	return &commands[(*n)++];
}

static char *read_word(char **position)
{
	char *word = strtok_r(NULL, "\t", position);

	if (!word)
		errx(EXIT_FAILURE, "a word is missing in VARIANTS");
	return word;
}

static void begin_variant(char **position)
{
	if (n_variants == VARIANTS_MAX)
		errx(EXIT_FAILURE, "more than %d variants", VARIANTS_MAX);
	variants[n_variants++] = (struct variant){ .name = keep(read_word(position)), .count = 1, .jobs = 1 };
}

static void read_line(char *line)
{
	char *position = NULL, *key = strtok_r(line, "\t", &position);

	if (!key)
		return;
	if (strcmp(key, "variant") == 0) {
		begin_variant(&position);
		return;
	}
	if (n_variants == 0)
		errx(EXIT_FAILURE, "%s before the first variant", key);

	struct variant *variant = &variants[n_variants - 1];

	if (strcmp(key, "argv") == 0) {
		read_words(&variant->measured, &position);
	} else if (strcmp(key, "stdin") == 0) {
		variant->input = keep(read_word(&position));
	} else if (strcmp(key, "before") == 0) {
		read_words(next_command(variant->before, &variant->n_before), &position);
	} else if (strcmp(key, "after") == 0) {
		read_words(next_command(variant->after, &variant->n_after), &position);
	} else if (strcmp(key, "env") == 0) {
		struct command *pair = next_command(variant->environment, &variant->n_environment);

		read_words(pair, &position);
		if (!pair->words[1])
			errx(EXIT_FAILURE, "env without a value");
	} else if (strcmp(key, "batch") == 0) {
		variant->count = atoi(read_word(&position));
		variant->jobs = atoi(read_word(&position));
	} else {
		errx(EXIT_FAILURE, "VARIANTS has the unknown word %s", key);
	}
}

static void read_variants(const char *path)
{
	FILE *file = fopen(path, "re");
	char line[8192];

	if (!file)
		err(EXIT_FAILURE, "%s", path);
	while (fgets(line, sizeof line, file)) {
		if (!strchr(line, '\n'))
			errx(EXIT_FAILURE, "a line in %s is too long, or has no end", path);
		line[strcspn(line, "\n")] = '\0';
		read_line(line);
	}
	(void)fclose(file);
	for (size_t i = 0; i < n_variants; i++)
		if (!variants[i].measured.words[0] || variants[i].count < 1 || variants[i].jobs < 1)
			errx(EXIT_FAILURE, "variant %s has nothing to run", variants[i].name);
}

/* --- running -------------------------------------------------------------------------------------------------------
 */

/* WORD with {} replaced, in BUFFER if there is any. */
static char *numbered(char *word, int number, char *buffer, size_t size)
{
	char *hole = strstr(word, "{}");

	if (!hole)
		return word;
	if ((size_t)snprintf(buffer, size, "%.*s%d%s", (int)(hole - word), word, number, hole + 2) >= size)
		errx(EXIT_FAILURE, "%s is too long", word);
	return buffer;
}

static pid_t start(const struct command *command, const char *input, int number)
{
	char buffers[WORDS_MAX][512], *argv[WORDS_MAX + 1] = { NULL };
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int r;

	for (size_t i = 0; command->words[i]; i++)
		argv[i] = numbered(command->words[i], number, buffers[i], sizeof buffers[i]);
	if (posix_spawn_file_actions_init(&actions) != 0 ||
	    posix_spawn_file_actions_addopen(&actions, 0, input ? input : "/dev/null", O_RDONLY, 0) != 0 ||
	    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0) != 0)
		errx(EXIT_FAILURE, "out of memory");
	r = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	if (r != 0)
		errx(EXIT_FAILURE, "%s: %s", argv[0], strerror(r));
	(void)posix_spawn_file_actions_destroy(&actions);
	return pid;
}

static long long microseconds(struct timeval time)
{
	return time.tv_sec * 1000000LL + time.tv_usec;
}

/* The others of its batch end first: the clean-up after a failure must find no running process. */
__attribute__((noreturn)) static void die_of(const char *what, int status)
{
	while (wait(NULL) > 0)
		;
	errx(EXIT_FAILURE, "%s: %s %d", what, WIFEXITED(status) ? "exit status" : "signal",
	     WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
}

/* Waits for any child, and adds what it took. */
static void collect(const char *what, struct sample *sample)
{
	struct rusage usage;
	int status;

	if (wait4(-1, &status, 0, &usage) < 0)
		err(EXIT_FAILURE, "wait4");
	if (status != 0)
		die_of(what, status);
	sample->user_us += microseconds(usage.ru_utime);
	sample->system_us += microseconds(usage.ru_stime);
	if (usage.ru_maxrss > sample->maxrss_kib)
		sample->maxrss_kib = usage.ru_maxrss;
}

static void run_around(const struct variant *variant, const struct command *commands, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct sample ignored = { 0 };

		(void)start(&commands[i], NULL, 0);
		collect(variant->name, &ignored);
	}
}

static long long now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static struct sample run_measured(const struct variant *variant)
{
	struct sample sample = { 0 };
	int started = 0, ended = 0;
	long long begin = now_ns();

	while (ended < variant->count) {
		while (started < variant->count && started - ended < variant->jobs)
			(void)start(&variant->measured, variant->input, started++);
		collect(variant->name, &sample);
		ended++;
	}
	sample.wall_ns = now_ns() - begin;
	return sample;
}

static void set_variable(const char *name, const char *value)
{
	if ((value ? setenv(name, value, 1) : unsetenv(name)) < 0)
		err(EXIT_FAILURE, "%s", name);
}

/* Sets the variables of VARIANT, or takes them back to what KEPT says; in KEPT is what they were. */
static void exchange_environment(const struct variant *variant, char *kept[], bool back)
{
	for (size_t i = 0; i < variant->n_environment; i++) {
		char *const *pair = variant->environment[i].words;

		if (back) {
			set_variable(pair[0], kept[i]);
			free(kept[i]);
		} else {
			kept[i] = getenv(pair[0]) ? keep(getenv(pair[0])) : NULL;
			set_variable(pair[0], pair[1]);
		}
	}
}

static struct sample run(const struct variant *variant)
{
	char *kept[COMMANDS_MAX];

	exchange_environment(variant, kept, false);
	run_around(variant, variant->before, variant->n_before);

	struct sample sample = run_measured(variant);

	run_around(variant, variant->after, variant->n_after);
	exchange_environment(variant, kept, true);
	return sample;
}

/* Another order: what the kernel still has to clean up after one variant must not always fall on the same next one. */
static void shuffle(size_t *order)
{
	for (size_t i = n_variants; i > 1; i--) {
		size_t j = (size_t)random() % i, kept = order[i - 1];

		order[i - 1] = order[j];
		order[j] = kept;
	}
}

static void run_round(int round, size_t *order)
{
	shuffle(order);
	for (size_t place = 0; place < n_variants; place++) {
		const struct variant *variant = &variants[order[place]];
		struct sample sample = run(variant);

		if (round >= 0)
			printf("%s\t%d\t%zu\t%lld\t%lld\t%lld\t%ld\n", variant->name, round, place, sample.wall_ns,
			       sample.user_us, sample.system_us, sample.maxrss_kib);
	}
}

static void read_options(int argc, char *argv[], int *rounds, int *warmup)
{
	for (int i = 1; i + 1 < argc - 1; i += 2) {
		if (strcmp(argv[i], "--rounds") == 0)
			*rounds = atoi(argv[i + 1]);
		else if (strcmp(argv[i], "--warmup") == 0)
			*warmup = atoi(argv[i + 1]);
		else if (strcmp(argv[i], "--seed") == 0)
			srandom((unsigned)atoi(argv[i + 1]));
		else
			errx(EXIT_FAILURE, "unknown option %s", argv[i]);
	}
}

int main(int argc, char *argv[])
{
	size_t order[VARIANTS_MAX];
	int rounds = 20, warmup = 1;

	if (argc < 2 || argc % 2 != 0)
		errx(EXIT_FAILURE, "say [--rounds N] [--warmup N] [--seed N] VARIANTS");
	read_options(argc, argv, &rounds, &warmup);
	read_variants(argv[argc - 1]);
	for (size_t i = 0; i < n_variants; i++)
		order[i] = i;
	for (int round = -warmup; round < rounds; round++)
		run_round(round, order);
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
