package text

import (
	"encoding/json"
	"testing"
)

func TestJSONHidesNothing(t *testing.T) {
	const evil = "\u009b31m\x7f \u202e \U000e0041 \u200b \u65e5 \U0001f468 \\ < \x1b"
	b, err := json.Marshal([]Text{New(evil)})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range string(b) {
		if Deceptive(r) {
			t.Errorf("%U in %s", r, b)
		}
	}
	var back []string
	if err := json.Unmarshal(b, &back); err != nil || len(back) != 1 || back[0] != evil {
		t.Errorf("JSON carried %q, %v; want %q", back, err, evil)
	}
}

func TestExactKeepsEveryByte(t *testing.T) {
	for _, s := range []string{"", "plain", "\xff", "a\x00\xe2\x82", "\ufffd", "é\u202e\x1b", `{"base64":"YQ=="}`} {
		b, err := json.Marshal(Exact(s))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range string(b) {
			if Deceptive(r) {
				t.Errorf("%U in %s", r, b)
			}
		}
		var back Exact
		if err := json.Unmarshal(b, &back); err != nil || string(back) != s {
			t.Errorf("%q was written as %s and came back as %q, %v", s, b, back, err)
		}
	}
	for _, bad := range []string{"7", "{}", "[]", `{"base64":7}`} {
		var e Exact
		if err := json.Unmarshal([]byte(bad), &e); err == nil {
			t.Errorf("%s was taken for %q", bad, e)
		}
	}
}
