package text

import (
	"encoding/json"
	"errors"
	"unicode/utf8"
)

// Exact is a string that JSON gives back byte by byte: a name in a record that is to be found again. As a JSON
// string, bytes that are not UTF-8 would become U+FFFD, and the name another one. Where there are such bytes, it is
// written as {"base64": "..."}.
type Exact string

type exactBytes struct {
	Base64 []byte `json:"base64"`
}

// MarshalJSON implements json.Marshaler.
func (e Exact) MarshalJSON() ([]byte, error) {
	if utf8.ValidString(string(e)) {
		return Text{string(e)}.MarshalJSON()
	}
	return json.Marshal(exactBytes{[]byte(e)})
}

// UnmarshalJSON implements json.Unmarshaler.
func (e *Exact) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*e = Exact(s)
		return nil
	}
	var coded exactBytes
	if err := json.Unmarshal(b, &coded); err != nil || coded.Base64 == nil {
		return errors.New("neither a string nor one in base64")
	}
	*e = Exact(coded.Base64)
	return nil
}
