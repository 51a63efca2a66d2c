# config.json as containerd 2's CRI plugin writes it for a container of a pod without a securityContext on cgroup v1.
{
  ociVersion: "1.0.2",
  process: ({
    user: { uid: $user, gid: $group, additionalGids: $groups },
    args: $ARGS.positional,
    env: $env,
    cwd: $cwd,
    capabilities: { bounding: $capabilities, effective: $capabilities, permitted: $capabilities },
    oomScoreAdj: 1000
  } + (if $nnp then { noNewPrivileges: true } else {} end)),
  root: { path: "rootfs", readonly: $read_only },
  mounts: ([
    { destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"] },
    { destination: "/dev", type: "tmpfs", source: "tmpfs",
      options: ["nosuid", "strictatime", "mode=755", "size=65536k"] },
    { destination: "/dev/pts", type: "devpts", source: "devpts",
      options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"] },
    { destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"] },
    { destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"] },
    { destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup",
      options: ["nosuid", "noexec", "nodev", "relatime", "ro"] }
  ] + $mounts[0]),
  annotations: ({
    "io.kubernetes.cri.container-name": "app",
    "io.kubernetes.cri.container-type": "container",
    "io.kubernetes.cri.image-name": "docker.io/library/app:1",
    "io.kubernetes.cri.sandbox-id": $pause,
    "io.kubernetes.cri.sandbox-name": "web-0",
    "io.kubernetes.cri.sandbox-namespace": "prod",
    "io.kubernetes.cri.sandbox-uid": $uid
  } + ([range(0; $annotations | length; 2) as $i | { ($annotations[$i]): $annotations[$i + 1] }] | add // {})),
  linux: {
    resources: { devices: [{ allow: false, access: "rwm" }] },
    cgroupsPath: "/kubefence-images/\($id)",
    namespaces: [
      { type: "pid" },
      { type: "ipc", path: "\($ns)/ipc" },
      { type: "uts", path: "\($ns)/uts" },
      { type: "mount" },
      { type: "network", path: "\($ns)/net" }
    ],
    maskedPaths: ["/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
      "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware",
      "/sys/devices/virtual/powercap", "/proc/scsi"],
    readonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
  }
}
