/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hook that does nothing. It does read the container's state: crun fails the container if the hook has ended
 * without that by the time that crun writes. With JOURNAL defined it then writes an entry with as many fields as ours
 * have.
 */
#ifdef JOURNAL
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>
#endif
#include <unistd.h>

int main(void)
{
	char state[4096];

	while (read(STDIN_FILENO, state, sizeof state) > 0)
		;
#ifdef JOURNAL
	return sd_journal_send("MESSAGE=no-op", "MESSAGE_ID=8f747fae1ee5408993487bdd13ddd299", "PRIORITY=6",
			       "SYSLOG_IDENTIFIER=no-op", "NONO_DECISION=inject", "NONO_REASON=runtime_class_matched",
			       "NONO_STAGE=create-runtime", "NONO_PROFILE=default", "NONO_RUNTIME_HANDLER=nono-crun",
			       "CONTAINER_ID_FULL=bench", "CONTAINER_ID=bench", "NONO_LANDLOCK_ABI=7",
			       "NONO_DURATION_USEC=1234", NULL) < 0;
#else
	return 0;
#endif
}
