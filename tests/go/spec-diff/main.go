// SPDX-License-Identifier: Apache-2.0

// spec-diff BEFORE AFTER reads two config.json as Podman reads them, with encoding/json into specs.Spec, and prints the
// path of everything in which they differ, one a line. A null is not an empty list, and a pointer to zero not a null.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"sort"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

func load(path string) *specs.Spec {
	text, err := os.ReadFile(path)
	spec := new(specs.Spec)
	if err == nil {
		err = json.Unmarshal(text, spec)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "spec-diff: %s: %v\n", path, err)
		os.Exit(2)
	}
	return spec
}

func isNil(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Interface:
		return v.IsNil()
	}
	return false
}

func member(path string, field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	return strings.TrimPrefix(path+"."+name, ".")
}

func diffMaps(path string, a, b reflect.Value, report func(string)) {
	for _, key := range append(a.MapKeys(), b.MapKeys()...) {
		at := fmt.Sprintf("%s[%v]", path, key)
		if x, y := a.MapIndex(key), b.MapIndex(key); x.IsValid() && y.IsValid() {
			diff(at, x, y, report)
		} else {
			report(at)
		}
	}
}

func diffLists(path string, a, b reflect.Value, report func(string)) {
	for i := 0; i < a.Len() || i < b.Len(); i++ {
		at := fmt.Sprintf("%s[%d]", path, i)
		if i < a.Len() && i < b.Len() {
			diff(at, a.Index(i), b.Index(i), report)
		} else {
			report(at)
		}
	}
}

func diff(path string, a, b reflect.Value, report func(string)) {
	switch {
	case isNil(a) || isNil(b):
		if isNil(a) != isNil(b) {
			report(path)
		}
	case a.Kind() == reflect.Pointer:
		diff(path, a.Elem(), b.Elem(), report)
	case a.Kind() == reflect.Struct:
		for i := 0; i < a.NumField(); i++ {
			diff(member(path, a.Type().Field(i)), a.Field(i), b.Field(i), report)
		}
	case a.Kind() == reflect.Map:
		diffMaps(path, a, b, report)
	case a.Kind() == reflect.Slice:
		diffLists(path, a, b, report)
	case !reflect.DeepEqual(a.Interface(), b.Interface()):
		report(path)
	}
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: spec-diff BEFORE AFTER")
		os.Exit(2)
	}
	before, after := load(os.Args[1]), load(os.Args[2])
	paths := map[string]bool{}
	diff("", reflect.ValueOf(before), reflect.ValueOf(after), func(path string) { paths[path] = true })
	if (len(paths) == 0) != reflect.DeepEqual(before, after) {
		fmt.Fprintln(os.Stderr, "spec-diff: reflect.DeepEqual does not agree")
		os.Exit(2)
	}
	sorted := []string{}
	for path := range paths {
		sorted = append(sorted, path)
	}
	sort.Strings(sorted)
	for _, path := range sorted {
		fmt.Println(path)
	}
}
