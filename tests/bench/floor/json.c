/* SPDX-License-Identifier: Apache-2.0 */
/* What json-c alone takes to read a document from standard input, print it and let it go. */
#include <json-c/json.h>
#include <stdlib.h>
#include <unistd.h>

enum { TEXT_MAX = 64 * 1024 * 1024 };

int main(void)
{
	char *text = malloc(TEXT_MAX);
	size_t length = 0;
	ssize_t n = 0;

	while (text && length < TEXT_MAX - 1 && (n = read(STDIN_FILENO, text + length, TEXT_MAX - 1 - length)) > 0)
		length += (size_t)n;
	if (!text || n < 0)
		return EXIT_FAILURE;
	text[length] = '\0';

	struct json_object *document = json_tokener_parse(text);
	const char *printed = json_object_to_json_string_length(document, JSON_C_TO_STRING_PLAIN, &length);

	n = write(STDOUT_FILENO, printed, length);
	free(text);
	return json_object_put(document) == 1 && n == (ssize_t)length ? EXIT_SUCCESS : EXIT_FAILURE;
}
