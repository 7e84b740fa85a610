package rows

// Style says what a piece of text means; the screen decides how that looks.
type Style uint8

const (
	Plain Style = iota
	Warn        // deserves a look
	Bad         // dangerous, or broken
	Dim         // beside the point
)

// Section is a part of the details of one process.
type Section struct {
	Title string
	Lines []Line
}

// Line is one line of a Section. Its text is sanitised.
type Line struct {
	Label string
	Value string
	Style Style
}
