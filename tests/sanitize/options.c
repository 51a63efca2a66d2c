/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sanitizers' options for programs of make SANITIZE=1: engines and runtimes hand hooks no
 * ASAN_OPTIONS. Reports go where tests/run.sh and kf_teardown look for them, and no other program has the exit status.
 * LeakSanitizer needs no help: it makes itself dumpable again, and asks for no capability to trace its own process.
 */
#define OPTIONS "exitcode=99:log_exe_name=1:log_path=" KF_REPORTS

const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

const char *__asan_default_options(void)
{
	return OPTIONS "/asan:detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1";
}

const char *__ubsan_default_options(void)
{
	return OPTIONS "/ubsan:print_stacktrace=1";
}
