package text

import (
	"encoding/json"
	"testing"
)

// TestPlainJSON: text that is written as it is, is what encoding/json makes of it.
func TestPlainJSON(t *testing.T) {
	written := 0
	for c := range 256 {
		s := "a " + string([]byte{byte(c)}) + "z"
		got, err := New(s).MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		var back string
		if err := json.Unmarshal(got, &back); err != nil {
			t.Errorf("%q: %v", got, err)
		}
		if !plain(s) {
			continue
		}
		written++
		if want, err := json.Marshal(s); err != nil || string(got) != string(want) {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if written < 80 {
		t.Errorf("only %d of 95 characters are written as they are", written)
	}
}
