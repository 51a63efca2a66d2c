// SPDX-License-Identifier: Apache-2.0

// A runtime wrapper of the nvidia-container-runtime kind, for comparison only: it loads the config.json of --bundle into
// the structures of the OCI runtime spec, makes the changes that sandbox a container (the command's prefix, a variable,
// and a mounts entry or a hook), writes it back and executes the real runtime. It checks nothing of what kubefence checks.
//
//	PEER_RUNTIME=/usr/bin/crun   the real runtime
//	PEER_NONO=DIR                the directory that is mounted at /nono
//	PEER_HOOK=FILE               a createRuntime hook that mounts it, instead of the mounts entry
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/opencontainers/runtime-spec/specs-go"
)

func bundleOf(args []string) string {
	for i, arg := range args {
		if (arg == "--bundle" || arg == "-b") && i+1 < len(args) {
			return args[i+1]
		}
	}
	return ""
}

func change(spec *specs.Spec) {
	prefix := []string{"/nono/nono", "wrap", "--profile", "/nono/profiles/default.json", "--"}
	spec.Process.Args = append(prefix, spec.Process.Args...)
	spec.Process.Env = append(spec.Process.Env, "NONO_PROFILE=default")
	if hook := os.Getenv("PEER_HOOK"); hook != "" {
		if spec.Hooks == nil {
			spec.Hooks = &specs.Hooks{}
		}
		spec.Hooks.CreateRuntime = append(spec.Hooks.CreateRuntime, specs.Hook{Path: hook,
			Env: []string{"PATH=" + os.Getenv("PATH"), "PEER_NONO=" + os.Getenv("PEER_NONO")}})
		return
	}
	spec.Mounts = append(spec.Mounts, specs.Mount{Destination: "/nono", Type: "bind", Source: os.Getenv("PEER_NONO"),
		Options: []string{"rbind", "rprivate", "ro"}})
}

func rewrite(bundle string) error {
	path := filepath.Join(bundle, "config.json")
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var spec specs.Spec
	if err := json.Unmarshal(text, &spec); err != nil {
		return err
	}
	change(&spec)
	if text, err = json.Marshal(&spec); err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}

func run() error {
	if bundle := bundleOf(os.Args); bundle != "" {
		if err := rewrite(bundle); err != nil {
			return err
		}
	}
	runtime := os.Getenv("PEER_RUNTIME")
	return syscall.Exec(runtime, append([]string{runtime}, os.Args[1:]...), os.Environ())
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "peer:", err)
		os.Exit(1)
	}
}
