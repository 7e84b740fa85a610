package rows

import "testing"

// TestPortsLeftOut: sockets that were not looked at are counted behind the ports, also where there are no others.
func TestPortsLeftOut(t *testing.T) {
	for want, x := range map[string]*ContainerExtra{
		"-":     {},
		"80":    {Listens: []Listens{{Port: 80}}},
		"80 +9": {Listens: []Listens{{Port: 80}}, ListensLeft: 9},
		" +9":   {ListensLeft: 9},
	} {
		if got := string(portsColumn.cell(nil, nil, &ContainerRow{Extra: x})); got != want {
			t.Errorf("%q; want %q", got, want)
		}
	}
}
