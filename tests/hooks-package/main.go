// SPDX-License-Identifier: Apache-2.0

// Prints the JSONs in DIR as the package reads them with which CRI-O and Podman read hooks.d, as JSON: the hooks it
// puts into the spec of a container with these annotations, and those that the engine runs itself.
//
//	hooks-package DIR EXTENSION-STAGES [KEY=VALUE...]
//
// CRI-O has no extension stages (""); Podman has "precreate poststop".
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/containers/common/pkg/hooks"
	"github.com/opencontainers/runtime-spec/specs-go"
)

func run(dir, stages string, pairs []string) error {
	manager, err := hooks.New(context.Background(), []string{dir}, strings.Fields(stages))
	if err != nil {
		return err
	}
	annotations := map[string]string{}
	for _, pair := range pairs {
		key, value, _ := strings.Cut(pair, "=")
		annotations[key] = value
	}
	spec := specs.Spec{Process: &specs.Process{Args: []string{"app"}}}
	extensions, err := manager.Hooks(&spec, annotations, false)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"spec": spec.Hooks, "engine": extensions})
}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: hooks-package DIR EXTENSION-STAGES [KEY=VALUE...]")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
