package main

import (
	"os"
	"path/filepath"
)

// btopGoals measures a refresh of btop, with a tree and once a second as the others have it, beside that of bones.
func btopGoals(bones *uiProgram) []goal {
	dir := filepath.Join(binDir, ".config", "btop") // HOME is binDir
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		settings := "update_ms = 1000\nproc_tree = True\nproc_sorting = \"pid\"\n"
		err = os.WriteFile(filepath.Join(dir, "btop.conf"), []byte(settings), 0o600)
	}
	var btop refreshed
	if err == nil {
		btop, err = refreshCost([]string{"btop"})
	}
	skip := ""
	if err != nil {
		skip = err.Error()
	}
	return []goal{ratio("CPU of a refresh of bones / btop", 0, bones.least.cpu.Seconds(), btop.cpu.Seconds(),
		bones.skip, skip)}
}
