/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "cli/check-engine.h"

#define DOCKER_CONFIG "/etc/docker/daemon.json"

static void judge_docker_class(struct kf_engine *engine, const struct kf_class_settings *class)
{
	cleanup_json struct json_object *document = NULL;
	struct json_object *runtime = NULL;
	struct kf_error err = { 0 };
	const char *program = NULL, *text = engine->texts.count > 0 ? engine->texts.items[0] : "{}";

	if (kf_json_parse(text, strlen(text), DOCKER_CONFIG, KF_JSON_RELAXED, &document, &err) < 0) {
		kf_check_fail(engine->check, engine->name, class->name,
			      "repair the file: Docker does not start with it", "%s", err.message);
		return;
	}
	runtime = kf_json_member(kf_json_member(document, "runtimes", json_type_object), class->name, json_type_object);
	program = kf_json_string(runtime, "path");
	if (program)
		kf_engine_judge_program(engine, class, program);
	else
		kf_engine_judge_missing(engine, class);
}

void kf_check_docker(struct kf_check *check)
{
	cleanup_engine struct kf_engine docker = {
		.check = check, .name = "docker", .program = kf_engine_find_program("dockerd"), .source = DOCKER_CONFIG
	};

	if (!kf_engine_is_here(&docker, NULL))
		return;
	kf_engine_read(&docker, DOCKER_CONFIG);
	kf_engine_for_each_class(&docker, false, judge_docker_class);
}
