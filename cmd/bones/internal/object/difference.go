package object

// Difference is what `bones diff --json` prints.
type Difference struct {
	A           string           `json:"a"`
	B           string           `json:"b"`
	Same        bool             `json:"same"` // as far as both are known
	Differences []DifferenceFact `json:"differences"`
	Unknown     []UnknownFact    `json:"unknown"`
}

// DifferenceFact is one fact that differs; null: that side does not have it.
type DifferenceFact struct {
	Section string  `json:"section"`
	Name    string  `json:"name"`
	A       *string `json:"a"`
	B       *string `json:"b"`
}

// UnknownFact is one that could not be compared; name * is the whole section.
type UnknownFact struct {
	Section string `json:"section"`
	Name    string `json:"name"`
	Why     string `json:"why"`
}
