package netdev

import (
	"testing"

	"bones/procwalk/leaktest"
	"bones/procwalk/text"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

func TestParse(t *testing.T) {
	devices, err := Parse("Inter-| head\n face |head\n  a:b:1000 1 2 3 0 0 0 0 2000 4 5 6 0 0 0 0\n    lo: 1 1 " +
		"0 0 0 0 0 0 1 1 0 0 0 0 0 0\n")
	want := Device{Name: text.New("a:b"), RxBytes: 1000, RxPackets: 1, RxErrors: 2, RxDropped: 3, TxBytes: 2000,
		TxPackets: 4, TxErrors: 5, TxDropped: 6}
	if err != nil || len(devices) != 2 || devices[0] != want {
		t.Errorf("%+v, %v", devices, err)
	}
	if _, err := Parse("lo: 1 x 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n"); err == nil {
		t.Error("letters are accepted")
	}
}

func FuzzParse(f *testing.F) {
	f.Add("lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n")
	f.Fuzz(func(t *testing.T, s string) { Parse(s) })
}
