/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy that is composed for any config.json: no grant reaches nono or everything, none lies below a directory
 * that can be written, each can stand in a profile, and a second composition from the same facts is the same.
 */
#include "base/json.h"
#include "base/nono.h"
#include "base/path.h"
#include "fuzz.h"
#include "nono/compose.h"
#include "oci/facts.h"
#include "oci/spec.h"

#define PROFILE                                                                                                        \
	"{\"filesystem\":{\"read\":[\"/$NONO_IMAGE\",\"/$NONO_CONFIGS\",\"/sys/class\"],\"allow\":[\"/"                \
	"$NONO_WORKDIR\","                                                                                             \
	"\"/$NONO_HOME\",\"/$NONO_HOME/x\",\"/$NONO_VOLUMES\",\"/$NONO_DEVICES\",\"/proc\",\"/tmp\",\"/var/lib\"],"    \
	"\"deny\":[\"/$NONO_SECRETS\",\"/$NONO_HOME/.y\",\"/etc/z\"]}}"

static struct kf_profile read_profile(void)
{
	struct kf_profile profile = { .composed = true };
	struct kf_error err;

	must(kf_json_parse(PROFILE, strlen(PROFILE), "profile", KF_JSON_STRICT, &profile.document, &err) == 0,
	     "a profile");
	return profile;
}

/* This machine stands for an image: it is only looked at. */
static const char *rootfs(const uint8_t *data, size_t size)
{
	return size > 0 && data[size - 1] % 2 ? "/usr" : NULL;
}

static void check_grants(const struct kf_access_list *grants)
{
	must(grants->count <= KF_POLICY_GRANTS_MAX, "few grants");
	for (size_t i = 0; i < grants->count; i++) {
		const struct kf_access *grant = &grants->items[i];

		must(kf_path_literal(grant->path), "nono takes it literally");
		must(!kf_path_within(grant->path, KF_NONO_DIR) && !kf_path_within(KF_NONO_DIR "/nono", grant->path),
		     "nono is out of reach");
		must(grant->rights != 0 && grant->origin, "a grant is for something");
		for (size_t k = 0; k < i; k++)
			must(!grants->items[k].directory || !(grants->items[k].rights & KF_ACCESS_WRITE) ||
				     !kf_path_within(grant->path, grants->items[k].path),
			     "nothing lies below what can be written");
	}
}

static void check_hidden(const struct kf_access_list *hidden)
{
	for (size_t i = 0; i < hidden->count; i++) {
		must(hidden->items[i].path[0] == '/' && hidden->items[i].path[1], "not everything is hidden");
		must(!kf_path_within(hidden->items[i].path, KF_NONO_DIR), "nono stays visible");
	}
}

static bool same(const struct kf_access_list *a, const struct kf_access_list *b)
{
	bool is_same = a->count == b->count;

	for (size_t i = 0; is_same && i < a->count; i++)
		is_same = strcmp(a->items[i].path, b->items[i].path) == 0 && a->items[i].rights == b->items[i].rights;
	return is_same;
}

static int compose(struct json_object *spec, const char *root, struct kf_policy *ret, struct kf_error *err)
{
	const struct kf_facts_source source = { .spec = spec, .rootfs = root };
	cleanup_profile struct kf_profile profile = read_profile();
	cleanup_facts struct kf_facts facts = KF_FACTS_NONE;
	int r = kf_facts_gather(&source, &facts, err);

	if (r < 0)
		return r;
	facts.allow = kf_json_string(kf_spec_annotations(spec), "nono.sh/allow");
	facts.deny = kf_json_string(kf_spec_annotations(spec), "nono.sh/deny");
	return kf_compose(&profile, "P", &facts, ret, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_json struct json_object *spec = NULL;
	cleanup_policy struct kf_policy policy = KF_POLICY_NONE, again = KF_POLICY_NONE;
	cleanup_free char *text = strndup((const char *)data, size);
	struct kf_error err = { 0 }, second = { 0 };
	int r;

	if (!text || kf_spec_parse(text, strlen(text), KF_JSON_STRICT, &spec, &err) < 0)
		return 0;
	err = (struct kf_error){ 0 };
	r = compose(spec, rootfs(data, size), &policy, &err);
	must_tell(r, &err);
	must(compose(spec, rootfs(data, size), &again, &second) == r, "the same answer twice");
	if (r < 0)
		return 0;
	check_grants(&policy.grants);
	check_hidden(&policy.hidden);
	must(same(&policy.grants, &again.grants) && same(&policy.hidden, &again.hidden), "the same policy twice");
	must(policy.document != NULL, "there is a document");
	return 0;
}
