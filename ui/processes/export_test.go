package processes

// Top is the first row in view.
func (v *View) Top() int { return v.table.Top }
