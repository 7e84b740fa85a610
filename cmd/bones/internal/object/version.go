package object

// Version says which bones this is.
type Version struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"` // the commit that it was built from; "" if the build did not see it
	Time     string `json:"time,omitempty"`     // of that commit, as RFC 3339 has it
	Modified bool   `json:"modified,omitempty"` // the source was not quite that commit
	Go       string `json:"go"`
	Arch     string `json:"arch"`
}
