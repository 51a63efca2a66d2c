/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/options.h"

#include <string.h>

/* One call of kf_option_take(). */
struct taking {
	const struct kf_option *table;
	char *const *argv;
	const char *word;
	int i;    /* its index */
	int next; /* the index of the next word; 0: it is not an option of the table */
	kf_option_note note;
	void *data;
};

bool kf_is_option(const char *word)
{
	return word[0] == '-' && word[1] != '\0';
}

/* argp takes the beginning of a long name when only one option starts with it; the full name always wins. */
static const struct kf_option *find_long(const struct kf_option *table, const char *name, size_t length)
{
	const struct kf_option *found = NULL;

	for (; table->name; table++) {
		if (strncmp(table->name, name, length) != 0)
			continue;
		if (table->name[length] == '\0')
			return table;
		if (found && strcmp(found->name, table->name) != 0)
			return NULL;
		found = table;
	}
	return found;
}

static const struct kf_option *find_exact(const struct kf_option *table, const char *name, size_t length)
{
	for (; table->name; table++)
		if (strlen(table->name) == length && strncmp(table->name, name, length) == 0)
			return table;
	return NULL;
}

static const struct kf_option *find_short(const struct kf_option *table, char letter)
{
	for (; table->name; table++)
		if (table->letter && table->letter == letter)
			return table;
	return NULL;
}

/* Tells the caller where the value of OPTION is; WORD 0: OPTION has none. */
static void tell(const struct taking *taking, const struct kf_option *option, int word, size_t offset)
{
	if (option->meaning)
		taking->note(taking->data, option->meaning,
			     (struct kf_option_value){ .word = word,
						       .offset = word ? offset : 0,
						       .text = word ? taking->argv[word] + offset : NULL });
}

typedef const struct kf_option *(*finder)(const struct kf_option *table, const char *name, size_t length);

/* "--key", "--key=value", and Go's "-key" with either. */
static int take_long(const struct taking *taking, finder find)
{
	size_t dashes = taking->word[1] == '-' ? 2 : 1;
	const char *name = taking->word + dashes;
	size_t length = strcspn(name, "=");
	const struct kf_option *option = length ? find(taking->table, name, length) : NULL;

	if (!option)
		return 0;
	if (name[length] == '=') {
		/* runc takes --help=false, and goes on. */
		if (option->arity != KF_NO_VALUE)
			tell(taking, option, taking->i, dashes + length + 1);
		return 1;
	}
	tell(taking, option, option->arity == KF_VALUE ? taking->next : 0, 0);
	return option->arity == KF_VALUE ? 2 : 1;
}

/* After one dash, only the full name of an option is a long option; anything else is a bundle of letters. */
static bool is_go_long(const struct taking *taking)
{
	size_t length = strcspn(taking->word + 1, "=");

	return length > 1 && find_exact(taking->table, taking->word + 1, length);
}

/* "-b DIR", "-bDIR", "-db DIR": letters until one takes a value. */
static int take_short(const struct taking *taking)
{
	for (const char *letter = taking->word + 1; *letter; letter++) {
		const struct kf_option *option = find_short(taking->table, *letter);
		size_t after = (size_t)(letter + 1 - taking->word);

		if (!option)
			return 0;
		if (option->arity == KF_NO_VALUE || (option->arity == KF_OPTIONAL_VALUE && !letter[1])) {
			tell(taking, option, 0, 0);
			continue;
		}
		if (!letter[1]) {
			tell(taking, option, taking->next, 0);
			return 2;
		}
		tell(taking, option, taking->i, after + (letter[1] == '='));
		return 1;
	}
	return 1;
}

static struct taking take_at(const struct kf_option *table, int argc, char *const argv[], int i, kf_option_note note,
			     void *data)
{
	return (struct taking){
		.table = table,
		.argv = argv,
		.word = argv[i],
		.i = i,
		.next = i + 1 < argc ? i + 1 : 0,
		.note = note,
		.data = data,
	};
}

int kf_option_take(const struct kf_option *table, int argc, char *const argv[], int i, kf_option_note note, void *data)
{
	const struct taking taking = take_at(table, argc, argv, i, note, data);

	return argv[i][1] == '-' || is_go_long(&taking) ? take_long(&taking, find_long) : take_short(&taking);
}

int kf_go_flag_take(const struct kf_option *table, int argc, char *const argv[], int i, kf_option_note note, void *data)
{
	const struct taking taking = take_at(table, argc, argv, i, note, data);

	return take_long(&taking, find_exact);
}
