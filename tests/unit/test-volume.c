/* SPDX-License-Identifier: Apache-2.0 */
#include "base/list.h"
#include "fixtures.h"
#include "policy/volume.h"

#define UID "0c3e1f5a-7f0a-4b0e-9a53-0f6a1c2d3e4f"
#define OTHER_UID "99999999-7f0a-4b0e-9a53-0f6a1c2d3e4f"
#define OWN "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define PAUSE "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define OTHER "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
#define POD "/var/lib/kubelet/pods/" UID
#define VOLUMES POD "/volumes/kubernetes.io~"
#define CONTAINERD "/var/lib/containerd/io.containerd.grpc.v1.cri/"
#define STORAGE "/run/containers/storage/overlay-containers/"

static const struct kf_volume_owner pod = { .pod = true, .pod_uid = UID, .id = OWN, .pause = PAUSE };
static const struct kf_volume_owner stranger = { .pod = true };
static const struct kf_volume_owner host_ipc = { .pod = true, .pod_uid = UID, .host_ipc = true };
static const struct kf_volume_owner podman = { .id = OWN, .host_ipc = true };

struct row {
	const struct kf_volume_owner *owner;
	const char *source, *destination;
	const char *kind, *text; /* of a writable mount */
	const char *read_only;   /* the kind of a read-only one; NULL: the same */
};

static struct kf_volume tell(const struct row *row, bool read_only, const struct kf_volume_rules *rules)
{
	const struct kf_volume_mount mount = { .destination = row->destination,
					       .source = row->source,
					       .type = "bind",
					       .bind = true,
					       .read_only = read_only };

	return kf_volume_tell(&mount, row->owner, rules);
}

static void check_row(const struct row *row, const struct kf_volume_rules *rules)
{
	struct kf_volume volume = tell(row, false, rules);
	char text[KF_VOLUME_TEXT_MAX];

	expect_text(row->source, "kind", kf_volume_kind_name(volume.kind), row->kind);
	expect_text(row->source, "text", kf_volume_describe(&volume, text), row->text);
	volume = tell(row, true, rules);
	expect_text(row->source, "kind when read-only", kf_volume_kind_name(volume.kind),
		    row->read_only ? row->read_only : row->kind);
}

static void check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check_row(&rows[i], NULL);
}

#define NOT_PODS "secret", "a pod's volume: the UID is not this pod's", NULL
#define NO_PLACE "secret", "a file of the kubelet: its place is not known", NULL

static void volumes_of_a_pod(void **state)
{
	static const struct row rows[] = {
		{ &pod, VOLUMES "empty-dir/cache", "/cache", "volume", "emptyDir", "config" },
		{ &pod, VOLUMES "configmap/c", "/etc/app", "config", "ConfigMap", NULL },
		{ &pod, VOLUMES "downward-api/d", "/etc/podinfo", "config", "downward API", NULL },
		{ &pod, VOLUMES "secret/s", "/app/secrets", "secret", "Secret", NULL },
		{ &pod, VOLUMES "projected/all", "/all", "secret", "projected volume", NULL },
		{ &pod, VOLUMES "projected/kube-api-access-x7k2p", "/t", "secret", "service account token", NULL },
		{ &pod, VOLUMES "image/models", "/models", "config", "image volume", NULL },
		{ &pod, VOLUMES "git-repo/g", "/src", "volume", "gitRepo", "config" },
		{ &pod, VOLUMES "nfs/pv", "/d", "volume", "in-tree persistent volume (nfs)", "config" },
		{ &pod, VOLUMES "local-volume/pv", "/d", "volume", "in-tree persistent volume (local-volume)",
		  "config" },
		{ &pod, VOLUMES "iscsi/pv", "/d", "volume", "in-tree persistent volume (iscsi)", "config" },
		{ &pod, VOLUMES "fc/pv", "/d", "volume", "in-tree persistent volume (fc)", "config" },
		{ &pod, VOLUMES "rbd/pv", "/d", "volume", "in-tree persistent volume (rbd)", "config" },
		{ &pod, VOLUMES "cephfs/pv", "/d", "volume", "in-tree persistent volume (cephfs)", "config" },
		{ &pod, VOLUMES "glusterfs/pv", "/d", "volume", "in-tree persistent volume (glusterfs)", "config" },
		{ &pod, VOLUMES "azure-file/pv", "/d", "volume", "in-tree persistent volume (azure-file)", "config" },
		{ &pod, VOLUMES "azure-disk/pv", "/d", "volume", "in-tree persistent volume (azure-disk)", "config" },
		{ &pod, VOLUMES "aws-ebs/pv", "/d", "volume", "in-tree persistent volume (aws-ebs)", "config" },
		{ &pod, VOLUMES "gce-pd/pv", "/d", "volume", "in-tree persistent volume (gce-pd)", "config" },
		{ &pod, VOLUMES "cinder/pv", "/d", "volume", "in-tree persistent volume (cinder)", "config" },
		{ &pod, VOLUMES "vsphere-volume/pv", "/d", "volume", "in-tree persistent volume (vsphere-volume)",
		  "config" },
		{ &pod, VOLUMES "new-kind/x", "/d", "secret", "a volume of a kind that is not known (new-kind)", NULL },
		{ &pod, POD "/volumes/example.com~vault/x", "/d", "secret", "FlexVolume (example.com~vault)", NULL },
		{ &pod, POD "/etc-hosts", "/etc/hosts", "engine", "hosts", NULL },
		{ &pod, POD "/containers/app/1f2e3d4c", "/dev/termination-log", "engine", "termination log", NULL },
		/* The node has to tell; these are the answers until then. */
		{ &pod, VOLUMES "csi/pv/mount", "/d", "secret", "CSI volume: its vol_data.json cannot be read", NULL },
		{ &pod, POD "/volume-subpaths/data/app/0", "/d", "secret",
		  "subPath of a volume: its volume cannot be found", NULL },
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static void the_kubelets_root_may_be_anywhere(void **state)
{
	static const struct row rows[] = {
		{ &pod, "/var/lib/k0s/kubelet/pods/" UID "/volumes/kubernetes.io~empty-dir/x", "/x", "volume",
		  "emptyDir", "config" },
		{ &pod, "/var/snap/microk8s/common/var/lib/kubelet/pods/" UID "/volumes/kubernetes.io~secret/x", "/x",
		  "secret", "Secret", NULL },
		{ &pod, "/pods/" UID "/volumes/kubernetes.io~empty-dir/x", "/x", "volume", "emptyDir", "config" },
		/* A root that has a directory of the same name in it. */
		{ &pod, "/srv/pods/kubelet/pods/" UID "/volumes/kubernetes.io~empty-dir/x", "/x", "volume", "emptyDir",
		  "config" },
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static void only_the_pods_own_uid_is_proof(void **state)
{
	static const struct kf_volume_owner empty = { .pod = true, .pod_uid = "" };
	static const struct kf_volume_owner dots = { .pod = true, .pod_uid = ".." };
	static const struct kf_volume_owner path = { .pod = true, .pod_uid = UID "/volumes" };
	static const struct kf_volume_owner prefix = { .pod = true, .pod_uid = "0c3e1f5a" };
	static const struct kf_volume_owner docker = { .pod_uid = UID };
#define ELSEWHERE "/var/lib/kubelet/pods/" OTHER_UID "/volumes/kubernetes.io~empty-dir/x"
	static const struct row rows[] = {
		{ &pod, ELSEWHERE, "/x", NOT_PODS },
		{ &pod, "/var/lib/kubelet/pods/" UID "0/volumes/kubernetes.io~empty-dir/x", "/x", NOT_PODS },
		{ &pod, "/var/lib/kubelet/pods/0" UID "/volumes/kubernetes.io~empty-dir/x", "/x", NOT_PODS },
		{ &pod, "/var/lib/kubelet/pods/0c3e1f5a/volumes/kubernetes.io~empty-dir/x", "/x", NOT_PODS },
		{ &prefix, VOLUMES "empty-dir/x", "/x", NOT_PODS },
		{ &stranger, VOLUMES "empty-dir/x", "/x", NOT_PODS },
		{ &empty, VOLUMES "empty-dir/x", "/x", NOT_PODS },
		{ &empty, "/var/lib/kubelet/pods//volumes/kubernetes.io~empty-dir/x", "/x", "secret", "hostPath",
		  NULL },
		{ &dots, "/var/lib/kubelet/pods/../volumes/kubernetes.io~empty-dir/x", "/x", "secret",
		  "bind mount: its source is not a plain path", NULL },
		{ &path, VOLUMES "empty-dir/x", "/x", NOT_PODS },
		{ &podman, ELSEWHERE, "/x", NOT_PODS },
		{ &docker, VOLUMES "empty-dir/x", "/x", NOT_PODS },
		{ &podman, "/var/lib/kubelet/pods/" UID "/volume-subpaths/a/b/0", "/x", NOT_PODS },
		{ &podman, "/srv/pods/web/volumes/a~b/c", "/x", NOT_PODS },
		{ &podman, "/srv/pods/web/volumes/data", "/x", "volume", "bind mount", "config" },
		{ &podman, "/srv/pods/web/volumes", "/x", "volume", "bind mount", "config" },
		{ &pod, "/var/lib/kubelet/pods/" OTHER_UID "/etc-hosts", "/x", "secret", "hostPath", NULL },
		/* The UID somewhere else in the path. */
		{ &pod, "/srv/" UID "/volumes/kubernetes.io~empty-dir/x", "/x", "secret", "hostPath", NULL },
		{ &pod, "/srv/mypods/" UID "/volumes/kubernetes.io~empty-dir/x", "/x", "secret", "hostPath", NULL },
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static void mounts_the_kubelet_never_makes_are_secret(void **state)
{
	static const struct row rows[] = {
		{ &pod, POD, "/x", NO_PLACE },
		{ &pod, POD "/volumes", "/x", NO_PLACE },
		{ &pod, POD "/volumes/kubernetes.io~empty-dir", "/x", NO_PLACE },
		{ &pod, VOLUMES "empty-dir/x/y", "/x", NO_PLACE },
		{ &pod, VOLUMES "csi/pv", "/x", NO_PLACE },
		{ &pod, VOLUMES "csi/pv/vol_data.json", "/x", NO_PLACE },
		{ &pod, VOLUMES "csi/pv/mount/y", "/x", NO_PLACE },
		{ &pod, VOLUMES "csi/pv/mounts", "/x", NO_PLACE },
		{ &pod, POD "/volume-subpaths/data/app", "/x", NO_PLACE },
		{ &pod, POD "/volume-subpaths/data/app/0/y", "/x", NO_PLACE },
		{ &pod, POD "/containers/app", "/x", NO_PLACE },
		{ &pod, POD "/etc-hosts/x", "/x", NO_PLACE },
		{ &pod, POD "/etc-hosts2", "/x", NO_PLACE },
		{ &pod, POD "/plugins/x", "/x", NO_PLACE },
		{ &pod, VOLUMES "empty-dir2/x", "/x", "secret", "a volume of a kind that is not known (empty-dir2)",
		  NULL },
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static void files_of_engines(void **state)
{
#define NOT_OURS "secret", "a file of an engine: the id is not this container's", NULL
	static const struct row rows[] = {
		{ &pod, CONTAINERD "sandboxes/" PAUSE "/hostname", "/etc/hostname", "engine", "hostname", NULL },
		{ &pod, CONTAINERD "sandboxes/" PAUSE "/resolv.conf", "/etc/resolv.conf", "engine", "resolv.conf",
		  NULL },
		{ &pod, "/run/containerd/io.containerd.grpc.v1.cri/sandboxes/" PAUSE "/shm", "/dev/shm", "engine",
		  "shm", NULL },
		{ &pod, "/run/k3s/containerd/io.containerd.grpc.v1.cri/sandboxes/" PAUSE "/shm", "/dev/shm", "engine",
		  "shm", NULL },
		{ &pod, CONTAINERD "sandboxes/" OTHER "/shm", "/dev/shm", NOT_OURS },
		{ &pod, CONTAINERD "sandboxes/" PAUSE, "/x", NOT_OURS },
		{ &stranger, CONTAINERD "sandboxes/" PAUSE "/shm", "/dev/shm", NOT_OURS },
		{ &pod, CONTAINERD "containers/" OWN "/volumes/4f2a", "/var/lib/postgresql/data", "volume",
		  "VOLUME of the image", "config" },
		{ &pod, CONTAINERD "containers/" OTHER "/volumes/4f2a", "/var/lib/postgresql/data", NOT_OURS },
		{ &pod, CONTAINERD "containers/" OWN "/volumes", "/x", NOT_OURS },
		{ &pod, CONTAINERD "containers/" OWN "/status", "/x", NOT_OURS },
		{ &pod, "/run/containerd/io.containerd.grpc.v1.cri/image-volumes/" PAUSE "/sha256:12", "/models",
		  "config", "image volume", NULL },
		{ &pod, "/run/containerd/io.containerd.grpc.v1.cri/image-volumes/" OTHER "/sha256:12", "/models",
		  NOT_OURS },
		{ &pod, STORAGE PAUSE "/userdata/hostname", "/etc/hostname", "engine", "hostname", NULL },
		{ &pod, STORAGE PAUSE "/userdata/.containerenv", "/run/.containerenv", "engine", ".containerenv",
		  NULL },
		{ &pod, STORAGE PAUSE "/userdata/shm", "/dev/shm", "engine", "shm", NULL },
		{ &pod, STORAGE OTHER "/userdata/shm", "/dev/shm", NOT_OURS },
		{ &pod, STORAGE OWN "/userdata/run/secrets", "/x", "secret", "secret of the engine", NULL },
		{ &pod, STORAGE OWN "/userdata/mounts/9d", "/data", "volume", "VOLUME of the image", "config" },
		{ &pod, "/var/lib/containers/storage/overlay/" OTHER "/merged", "/models", "secret",
		  "a file of an engine: the id is not this container's", "config" },
		{ &podman, STORAGE OTHER "/userdata/resolv.conf", "/etc/resolv.conf", "engine", "resolv.conf", NULL },
		{ &podman, STORAGE OWN "/userdata/hosts", "/etc/hosts", "engine", "hosts", NULL },
		{ &podman, STORAGE OWN "/userdata/run/notify", "/run/notify", "engine", "a file of the engine", NULL },
		{ &podman, STORAGE OWN "/userdata/secrets/db", "/etc/db-password", "secret", "secret of the engine",
		  NULL },
		{ &podman, "/run/user/1000/containers/vfs-containers/" OWN "/userdata/hostname", "/etc/hostname",
		  "engine", "hostname", NULL },
		{ &podman, "/var/lib/docker/containers/" OWN "/hostname", "/etc/hostname", "engine", "hostname", NULL },
		{ &podman, "/var/lib/docker/containers/" OWN "/hosts", "/etc/hosts", "engine", "hosts", NULL },
		{ &podman, "/data/docker/containers/" OWN "/resolv.conf", "/etc/resolv.conf", "engine", "resolv.conf",
		  NULL },
		{ &podman, "/var/lib/docker/containers/" OWN "/mounts/shm", "/dev/shm", "engine", "shm", NULL },
		{ &podman, "/var/lib/docker/containers/" OWN "/mounts/secrets/x", "/x", "secret",
		  "secret of the engine", NULL },
		{ &podman, "/var/lib/docker/containers/" OWN "/config.v2.json", "/x", NOT_OURS },
		{ &podman, "/var/lib/docker/containers/short/hosts", "/x", "secret",
		  "bind mount: credentials of the host are there", NULL },
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static void paths_of_the_host_in_a_pod(void **state)
{
#define PROVISIONED "volume", "volume of a hostPath provisioner", "config"
#define HOST_PATH "secret", "hostPath", NULL
	static const struct row rows[] = {
		{ &pod, "/opt/local-path-provisioner/pvc-1_ns_claim", "/data", PROVISIONED },
		{ &pod, "/var/local-path-provisioner/pvc-1_ns_claim", "/data", PROVISIONED },
		{ &pod, "/var/lib/rancher/k3s/storage/pvc-1_ns_claim", "/data", PROVISIONED },
		{ &pod, "/var/lib/rancher/rke2/storage/pvc-1_ns_claim", "/data", PROVISIONED },
		{ &pod, "/tmp/hostpath-provisioner/ns/claim", "/data", PROVISIONED },
		{ &pod, "/var/snap/microk8s/common/default-storage/ns-claim-pvc-1", "/data", PROVISIONED },
		{ &pod, "/var/openebs/local/pvc-1", "/data", PROVISIONED },
		{ &stranger, "/var/openebs/local/pvc-1", "/data", PROVISIONED },
		{ &pod, "/opt/local-path-provisioner", "/data", HOST_PATH },
		{ &pod, "/opt/local-path-provisioner2/x", "/data", HOST_PATH },
		{ &pod, "/srv/opt/local-path-provisioner/x", "/data", HOST_PATH },
		{ &pod, "/opt/local-path-provisioner/../x", "/data", "secret",
		  "bind mount: its source is not a plain path", NULL },
		{ &pod, "/", "/host", HOST_PATH },
		{ &pod, "/etc", "/host/etc", HOST_PATH },
		{ &pod, "/srv/data", "/data", HOST_PATH },
		{ &pod, "/var/lib/kubelet", "/var/lib/kubelet", HOST_PATH },
		{ &pod, "/var/lib/kubelet/pods", "/pods", HOST_PATH },
		{ &pod, "/var/lib/docker/volumes/x/_data", "/x", HOST_PATH },
		{ &pod, "/run/containerd/containerd.sock", "/c.sock", "secret", "socket of an engine or agent", NULL },
		{ &pod, "/var/run/docker.sock", "/var/run/docker.sock", "secret", "socket of an engine or agent",
		  NULL },
		{ &pod, "/var/lib/lxcfs/proc/meminfo", "/proc/meminfo", "engine", "lxcfs", NULL },
		{ &pod, "/var/lib/lxcfs/sys/devices/system/cpu", "/sys/devices/system/cpu", "engine", "lxcfs", NULL },
		{ &pod, "/var/lib/lxcfs", "/var/lib/lxcfs", HOST_PATH },
		/* The libraries that CDI adds: read-only. */
		{ &pod, "/usr/lib/x86_64-linux-gnu/libcuda.so.570", "/usr/lib/libcuda.so.570", "secret", "hostPath",
		  "config" },
		{ &pod, "/run/nvidia/driver/usr/bin/nvidia-smi", "/usr/bin/nvidia-smi", "secret", "hostPath",
		  "config" },
		{ &pod, "/usr/local/etc", "/x", HOST_PATH },
		{ &pod, "/usr", "/x", HOST_PATH },
		{ &pod, "/dev", "/dev2", HOST_PATH },
		{ &pod, "/dev/fuse", "/dev/fuse", HOST_PATH }, /* until the node says that it is a device */
		{ &pod, "/dev/shm", "/dev/shm", HOST_PATH },
		{ &host_ipc, "/dev/shm", "/dev/shm", "runtime", "the host's own", NULL },
		{ &host_ipc, "/dev/mqueue", "/dev/mqueue", "runtime", "the host's own", NULL },
		{ &host_ipc, "/sys", "/sys", HOST_PATH },
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static void mounts_of_podman_and_docker(void **state)
{
#define CREDENTIALS "secret", "bind mount: credentials of the host are there", NULL
#define BIND "volume", "bind mount", "config"
#define SOCKET "secret", "socket of an engine or agent", NULL
	static const struct row rows[] = {
		{ &podman, "/var/lib/containers/storage/volumes/db/_data", "/db", "volume", "Podman volume", "config" },
		{ &podman, "/home/u/.local/share/containers/storage/volumes/db/_data", "/db", "volume", "Podman volume",
		  "config" },
		{ &podman, "/var/lib/docker/volumes/db/_data", "/db", "volume", "Docker volume", "config" },
		{ &podman, "/var/lib/docker/volumes/db/_data/sub", "/db", "volume", "Docker volume", "config" },
		{ &podman, "/data/volumes/db/_data", "/db", "volume", "named volume", "config" },
		{ &podman, "/data/volumes/db/data", "/db", BIND },
		{ &podman, "/data/volumes/_data", "/db", BIND },
		{ &podman, "/home/u/project", "/work", BIND },
		{ &podman, "/srv/x", "/x", BIND },
		{ &podman, "/opt/local-path-provisioner/x", "/x", BIND },
		{ &podman, "/etc/hosts", "/etc/hosts", BIND },
		{ &podman, "/etc/localtime", "/etc/localtime", BIND },
		{ &podman, "/home/u", "/home/u", BIND },
		{ &podman, "/run/mysqld/mysqld.sock", "/s", BIND },
		{ &podman, "/run/user/1000/pulse/native", "/s", BIND },
		{ &podman, "/run/docker.sock", "/var/run/docker.sock", SOCKET },
		{ &podman, "/var/run/docker.sock", "/var/run/docker.sock", SOCKET },
		{ &podman, "/run/user/1000/podman/podman.sock", "/s", SOCKET },
		{ &podman, "/run/podman", "/s", SOCKET },
		{ &podman, "/var/run/containerd", "/s", SOCKET },
		{ &podman, "/tmp/ssh-XXXXabc/agent.1234", "/s", SOCKET },
		{ &podman, "/run/user/1000", "/s", CREDENTIALS },
		{ &podman, "/run", "/s", CREDENTIALS },
		{ &podman, "/var/run", "/s", CREDENTIALS },
		{ &podman, "/", "/host", CREDENTIALS },
		{ &podman, "/root", "/x", CREDENTIALS },
		{ &podman, "/root/project", "/x", BIND },
		{ &podman, "/home/u/.ssh", "/root/.ssh", CREDENTIALS },
		{ &podman, "/home/u/.ssh/id_ed25519", "/key", CREDENTIALS },
		{ &podman, "/home/u/.sshx", "/x", BIND },
		{ &podman, "/home/u/.aws", "/x", CREDENTIALS },
		{ &podman, "/home/u/.kube/config", "/x", CREDENTIALS },
		{ &podman, "/home/u/.config/gcloud", "/x", CREDENTIALS },
		{ &podman, "/home/u/.config/gh/hosts.yml", "/x", CREDENTIALS },
		{ &podman, "/home/u/.config/nvim", "/x", BIND },
		{ &podman, "/home/u/.netrc", "/x", CREDENTIALS },
		{ &podman, "/etc/shadow", "/x", CREDENTIALS },
		{ &podman, "/etc/kubernetes/pki", "/x", CREDENTIALS },
		{ &podman, "/var/lib/kubelet/config.json", "/x", CREDENTIALS },
		{ &podman, "/dev/dri", "/dev/dri", "device", "devices of the host", NULL },
		{ &podman, "/dev", "/dev2", CREDENTIALS },
		{ &podman, "/dev/shm/x", "/x", BIND },
		{ &podman, "/dev/shm", "/dev/shm", "runtime", "the host's own", NULL },
		{ &podman, "/sys", "/sys", "runtime", "the host's own", NULL },
		{ &podman, "/proc", "/proc", "runtime", "the host's own", NULL },
		{ &podman, "/proc", "/host/proc", CREDENTIALS },
		{ &podman, "relative", "/x", "secret", "bind mount: its source is not a plain path", NULL },
		{ &podman, "", "/x", "secret", "bind mount: its source is not a plain path", NULL },
		{ &podman, NULL, "/x", "secret", "bind mount: its source is not a plain path", NULL },
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static void places_of_secrets_are_secret_with_any_mount(void **state)
{
	static const struct row rows[] = {
		{ &pod, VOLUMES "empty-dir/x", "/vault/secrets", "secret", "emptyDir: at a place of secrets", NULL },
		{ &pod, VOLUMES "configmap/x", "/run/secrets/app", "secret", "ConfigMap: at a place of secrets", NULL },
		{ &pod, VOLUMES "nfs/x", "/var/run/secrets", "secret",
		  "in-tree persistent volume (nfs): at a place of secrets", NULL },
		{ &podman, "/srv/x", "/run/credentials/u.service", "secret", "bind mount: at a place of secrets",
		  NULL },
		{ &podman, "/dev/null", "/run/secrets", "secret", "devices of the host: at a place of secrets", NULL },
		{ &pod, VOLUMES "secret/x", "/run/secrets", "secret", "Secret", NULL },
		{ &pod, VOLUMES "empty-dir/x", "/run/secrets2", "volume", "emptyDir", "config" },
		{ &pod, VOLUMES "empty-dir/x", "/vault", "volume", "emptyDir", "config" },
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static void file_systems_of_the_runtime(void **state)
{
	static const struct {
		const struct kf_volume_owner *owner;
		const char *type, *destination, *kind, *what;
	} rows[] = {
		{ &pod, "proc", "/proc", "runtime", "proc" },
		{ &pod, "sysfs", "/sys", "runtime", "sysfs" },
		{ &pod, "cgroup", "/sys/fs/cgroup", "runtime", "cgroup" },
		{ &pod, "cgroup2", "/sys/fs/cgroup", "runtime", "cgroup2" },
		{ &pod, "devpts", "/dev/pts", "runtime", "devpts" },
		{ &pod, "mqueue", "/dev/mqueue", "runtime", "mqueue" },
		{ &pod, "tmpfs", "/dev", "runtime", "tmpfs" },
		{ &pod, "tmpfs", "/dev/shm", "runtime", "tmpfs" },
		{ &pod, "tmpfs", "/run", "runtime", "tmpfs" },
		{ &pod, "tmpfs", "/run/secrets", "secret", "tmpfs" },
		{ &podman, "tmpfs", "/cache", "volume", "tmpfs" },
		{ &podman, "overlay", "/x", "volume", "overlay" },
		{ &pod, "overlay", "/x", "secret", "a file system that is not known" },
		{ &pod, "nfs", "/x", "secret", "a file system that is not known" },
		{ &pod, "Proc", "/x", "secret", "a file system that is not known" },
		{ &pod, NULL, "/x", "secret", "a file system that is not known" },
		{ &pod, "bind", "/nono", "runtime", "kubefence's own" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct kf_volume_mount mount = { .destination = rows[i].destination, .type = rows[i].type };
		const struct kf_volume volume = kf_volume_tell(&mount, rows[i].owner, NULL);

		expect_text(rows[i].destination, "kind", kf_volume_kind_name(volume.kind), rows[i].kind);
		expect_text(rows[i].destination, "what", volume.what, rows[i].what);
	}
}

static void csi_volumes_by_driver_and_mode(void **state)
{
	static const struct {
		const char *driver, *mode, *kind, *text;
	} rows[] = {
		{ "ebs.csi.aws.com", "Persistent", "volume", "CSI persistent volume (ebs.csi.aws.com)" },
		{ "secrets-store.csi.k8s.io", "Ephemeral", "secret", "CSI inline volume (secrets-store.csi.k8s.io)" },
		{ "csi.spiffe.io", "Ephemeral", "secret", "CSI inline volume (csi.spiffe.io)" },
		{ "image.csi.example.com", "Ephemeral", "volume",
		  "CSI inline volume (image.csi.example.com): harmless_csi_drivers" },
		{ "x.image.csi.example.com", "Ephemeral", "secret", "CSI inline volume (x.image.csi.example.com)" },
		{ "ebs.csi.aws.com", "persistent", "secret",
		  "CSI volume (ebs.csi.aws.com): its vol_data.json does not tell its kind" },
		{ "ebs.csi.aws.com", NULL, "secret", "CSI volume: its vol_data.json does not tell its kind" },
		{ NULL, "Persistent", "secret", "CSI volume: its vol_data.json does not tell its kind" },
		{ "bad\ndriver", "Persistent", "secret", "CSI volume: its vol_data.json does not tell its kind" },
	};
	struct kf_list harmless = { 0 };
	const struct kf_volume_rules rules = { .harmless_csi_drivers = &harmless };
	const struct kf_volume_mount mount = { .destination = "/d", .source = "/s", .bind = true };
	char text[KF_VOLUME_TEXT_MAX];

	(void)state;
	assert_int_equal(kf_list_add(&harmless, "image.csi.example.com", strlen("image.csi.example.com")), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct kf_volume volume = kf_volume_tell_csi(&mount, rows[i].driver, rows[i].mode, &rules);

		expect_text(rows[i].text, "kind", kf_volume_kind_name(volume.kind), rows[i].kind);
		expect_text(rows[i].text, "text", kf_volume_describe(&volume, text), rows[i].text);
	}
	kf_list_clear(&harmless);
}

static void the_configuration_adds_directories_of_provisioners(void **state)
{
	static const struct row rows[] = {
		{ &pod, "/data/pv/pvc-1", "/data", PROVISIONED },
		{ &pod, "/data/pv", "/data", HOST_PATH },
		{ &pod, "/data/pvx/pvc-1", "/data", HOST_PATH },
		{ &pod, "/opt/local-path-provisioner/pvc-1", "/data", PROVISIONED },
	};
	struct kf_list dirs = { 0 };
	const struct kf_volume_rules rules = { .provisioner_dirs = &dirs };

	(void)state;
	assert_int_equal(kf_list_add(&dirs, "/data/pv", strlen("/data/pv")), 0);
	for (size_t i = 0; i < COUNT(rows); i++)
		check_row(&rows[i], &rules);
	kf_list_clear(&dirs);
}

/* Nothing is written beyond a buffer, and no text is taken for another because it was cut. */
static void long_paths_are_no_volumes(void **state)
{
	static char source[PATH_MAX];
	char text[KF_VOLUME_TEXT_MAX];
	struct row row = { .owner = &pod, .source = source, .destination = "/x" };

	(void)state;
	(void)snprintf(source, sizeof source, VOLUMES "empty-dir/%0*d", NAME_MAX, 0);
	assert_int_equal(tell(&row, false, NULL).kind, KF_VOLUME_WRITTEN);
	(void)snprintf(source, sizeof source, VOLUMES "empty-dir/%0*d", NAME_MAX + 1, 0);
	assert_int_equal(tell(&row, false, NULL).kind, KF_VOLUME_SECRET);
	(void)snprintf(source, sizeof source, POD "/volumes/%0*d/x", NAME_MAX, 0);

	struct kf_volume volume = tell(&row, false, NULL);

	assert_int_equal(volume.kind, KF_VOLUME_SECRET);
	assert_int_equal(strlen(volume.detail), KF_VOLUME_DETAIL_MAX - 1);
	assert_true(strlen(kf_volume_describe(&volume, text)) < KF_VOLUME_TEXT_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(volumes_of_a_pod),
		cmocka_unit_test(the_kubelets_root_may_be_anywhere),
		cmocka_unit_test(only_the_pods_own_uid_is_proof),
		cmocka_unit_test(mounts_the_kubelet_never_makes_are_secret),
		cmocka_unit_test(files_of_engines),
		cmocka_unit_test(paths_of_the_host_in_a_pod),
		cmocka_unit_test(mounts_of_podman_and_docker),
		cmocka_unit_test(places_of_secrets_are_secret_with_any_mount),
		cmocka_unit_test(file_systems_of_the_runtime),
		cmocka_unit_test(csi_volumes_by_driver_and_mode),
		cmocka_unit_test(the_configuration_adds_directories_of_provisioners),
		cmocka_unit_test(long_paths_are_no_volumes),
	};

	return cmocka_run_group_tests_name("policy/volume", tests, NULL, NULL);
}
