// Program manifests reads Kubernetes manifests from its standard input, and fails where a field is not one of the
// types of k8s.io/api, stands there twice, or has a value of another type. It prints the objects as JSON, a line
// each. It is a module of its own, so that bones itself does not depend on Kubernetes.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	all, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	for _, document := range bytes.Split(all, []byte("\n---\n")) {
		var kind struct{ APIVersion, Kind string }
		if err := yaml.Unmarshal(document, &kind); err != nil {
			return err
		}
		var object any
		switch kind.APIVersion + " " + kind.Kind {
		case "v1 Namespace":
			object = &core.Namespace{}
		case "v1 Pod":
			object = &core.Pod{}
		case "apps/v1 DaemonSet":
			object = &apps.DaemonSet{}
		default:
			return fmt.Errorf("an object of a kind that is not expected: %+v", kind)
		}
		if err := yaml.UnmarshalStrict(document, object); err != nil {
			return fmt.Errorf("%s: %w", kind.Kind, err)
		}
		line, err := json.Marshal(object)
		if err != nil {
			return err
		}
		fmt.Println(string(line))
	}
	return nil
}
