package logs

import (
	"strings"
	"time"
)

// ParseCRI reads a line of a log as the kubelet's engines write it, and Podman's driver k8s-file: the time, the
// stream, tags of which the first is P for a part of a line and F for the last part, and what was printed.
//
// Source: Kubernetes, pkg/kubelet/kuberuntime/logs/logs.go (parseCRILog).
func ParseCRI(line []byte) (Entry, error) {
	stamp, rest, ok1 := strings.Cut(string(line), " ")
	stream, rest, ok2 := strings.Cut(rest, " ")
	tags, printed, ok3 := strings.Cut(rest, " ")
	at, err := time.Parse(time.RFC3339Nano, stamp)
	if !ok3 && ok2 { // an empty line, where the last blank was left out
		tags, ok3 = rest, true
	}
	if err != nil || !ok1 || !ok2 || !ok3 || streamName(stream) == "" {
		return Entry{}, errForm
	}
	tag, _, _ := strings.Cut(tags, ":")
	if tag != "P" && tag != "F" {
		return Entry{}, errForm
	}
	return Entry{Time: at, Stream: stream, Text: printed, Partial: tag == "P"}, nil
}
