package deploy

import (
	"strings"
	"testing"
)

// TestPodsAreKeptApart: containers of several pods have one name, as those of a Deployment have. No graph adds them up,
// and each legend tells which is which.
func TestPodsAreKeptApart(t *testing.T) {
	looked := 0
	for _, p := range panels {
		for _, q := range p.queries {
			if !strings.Contains(q.expr, "bones_container_") || strings.Contains(q.expr, "by (state)") {
				continue
			}
			looked++
			sums := strings.Contains(q.expr, "sum ") || strings.Contains(q.expr, "max ")
			if sums && !strings.Contains(q.expr, "by (instance, namespace, pod, container)") {
				t.Errorf("%s adds up containers of several pods or hosts: %s", p.title, q.expr)
			}
			for _, label := range []string{"namespace", "pod", "container"} {
				if !strings.Contains(q.legend, "{{"+label+"}}") {
					t.Errorf("%s: the legend %q has no %s", p.title, q.legend, label)
				}
			}
		}
	}
	if looked < 10 {
		t.Errorf("only %d queries are of containers", looked)
	}
}
