/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/host-path.h"

#include <string.h>

#include "base/list.h"
#include "base/path.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *const provisioner_dirs[] = {
	"/opt/local-path-provisioner",               /* kind, and local-path-provisioner by itself */
	"/var/local-path-provisioner",               /* kind, from 0.24 on */
	"/var/lib/rancher/k3s/storage",              /* k3s */
	"/var/lib/rancher/rke2/storage",             /* RKE2 */
	"/tmp/hostpath-provisioner",                 /* minikube */
	"/var/snap/microk8s/common/default-storage", /* MicroK8s */
	"/var/openebs/local",                        /* OpenEBS */
};

const char *kf_provisioner_dir(const struct kf_list *more, size_t index)
{
	if (index < COUNT(provisioner_dirs))
		return provisioner_dirs[index];
	index -= COUNT(provisioner_dirs);
	return more && index < more->count ? more->items[index] : NULL;
}

bool kf_host_path_is_provisioned(const char *path, const struct kf_list *more)
{
	const char *dir;

	for (size_t i = 0; (dir = kf_provisioner_dir(more, i)); i++)
		if (kf_path_within(path, dir) && strlen(path) > strlen(dir))
			return true;
	return false;
}

/* /var/run is /run everywhere. */
static const char *without_var(const char *path)
{
	return kf_path_within(path, "/var/run") ? path + strlen("/var") : path;
}

static bool is_one_of(const char *text, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(text, list[i]) == 0)
			return true;
	return false;
}

static bool is_within_one_of(const char *path, const char *const *dirs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (kf_path_within(path, dirs[i]))
			return true;
	return false;
}

bool kf_host_path_is_socket(const char *path)
{
	static const char *const names[] = { "docker.sock",      "containerd.sock", "containerd.sock.ttrpc",
					     "crio.sock",        "podman.sock",     "cri-dockerd.sock",
					     "dockershim.sock",  "buildkitd.sock",  "kubelet.sock",
					     "S.gpg-agent",      "S.gpg-agent.ssh", "S.gpg-agent.extra",
					     "ssh-agent.socket", "nri.sock",        "system_bus_socket" };
	static const char *const dirs[] = { "/run/containerd", "/run/crio", "/run/podman", "/run/docker",
					    "/run/k3s",        "/run/k0s",  "/run/nri",    "/run/systemd/private" };
	const char *name = strrchr(path, '/');

	/* OpenSSH's own agent: /tmp/ssh-XXXXXXXXXX/agent.PID. */
	if (name && strncmp(name, "/agent.", strlen("/agent.")) == 0)
		return true;
	return name &&
	       (is_one_of(name + 1, names, COUNT(names)) || is_within_one_of(without_var(path), dirs, COUNT(dirs)));
}

/* A home, or a copy of one, may be in any directory. */
static bool is_credential_of_user(const char *path)
{
	static const char *const names[] = { ".ssh",
					     ".aws",
					     ".azure",
					     ".gnupg",
					     ".kube",
					     ".docker",
					     ".netrc",
					     ".pgpass",
					     ".git-credentials",
					     ".npmrc",
					     ".vault-token",
					     ".pypirc",
					     ".terraform.d",
					     ".password-store",
					     ".oci",
					     ".config/gh",
					     ".config/gcloud",
					     ".config/containers",
					     ".config/op",
					     ".local/share/keyrings" };

	for (const char *at = strstr(path, "/."); at; at = strstr(at + 1, "/."))
		for (size_t i = 0; i < COUNT(names); i++) {
			size_t length = strlen(names[i]);

			if (strncmp(at + 1, names[i], length) == 0 && (at[1 + length] == '/' || !at[1 + length]))
				return true;
		}
	return false;
}

bool kf_host_path_has_credentials(const char *path)
{
	/* Directories above these: a mount of one shows the credentials with everything else. */
	static const char *const whole[] = { "/",         "/etc",      "/root",           "/run",
					     "/run/user", "/var",      "/home",           "/var/lib",
					     "/etc/ssl",  "/etc/pki",  "/run/systemd",    "/proc",
					     "/dev",      "/var/snap", "/var/lib/rancher" };
	static const char *const dirs[] = { "/etc/shadow",
					    "/etc/shadow-",
					    "/etc/gshadow",
					    "/etc/gshadow-",
					    "/etc/sudoers",
					    "/etc/sudoers.d",
					    "/etc/ssh",
					    "/etc/ssl/private",
					    "/etc/pki/tls/private",
					    "/etc/krb5.keytab",
					    "/etc/kubernetes",
					    "/etc/rancher",
					    "/run/secrets",
					    "/run/credentials",
					    "/var/lib/kubelet",
					    "/var/lib/rancher/k3s/server",
					    "/var/lib/rancher/k3s/agent",
					    "/var/lib/rancher/rke2/server",
					    "/var/lib/rancher/rke2/agent",
					    "/var/lib/k0s",
					    "/var/lib/containerd",
					    "/var/lib/docker",
					    "/var/lib/containers",
					    "/var/lib/etcd" };
	static const char users[] = "/run/user/";
	const char *plain = without_var(path);

	/* A user's whole runtime directory has the sockets of his engines and agents in it. */
	if (strncmp(plain, users, sizeof users - 1) == 0 && !strchr(plain + sizeof users - 1, '/'))
		return true;
	return is_one_of(plain, whole, COUNT(whole)) || is_within_one_of(plain, dirs, COUNT(dirs)) ||
	       is_credential_of_user(path);
}

bool kf_host_path_is_system(const char *path)
{
	static const char driver[] = "/run/nvidia/driver";
	static const char *const dirs[] = { "/usr/bin",   "/usr/sbin",  "/usr/lib",     "/usr/lib64",
					    "/usr/lib32", "/usr/share", "/usr/libexec", "/lib",
					    "/lib64",     "/bin",       "/sbin" };

	if (kf_path_within(path, driver))
		path += sizeof driver - 1;
	return is_within_one_of(path, dirs, COUNT(dirs));
}
