package proctest

import (
	"os"
	"testing"
)

// tiers are the parts of `make test` that need programs which most machines lack, by these programs. testdata/test.sh
// names the tests of each, so that a tier can be run, left out and measured by itself.
var tiers = map[string]string{
	"dockerd": "engines", "podman": "engines", "runc": "engines", "lxc-start": "engines", "prometheus": "engines",
	"sshd": "engines", "lintian": "engines",
	"debootstrap": "machines", "dpkg-deb": "machines",
}

// tierOf returns the tier of a test that needs these programs, "" for one of the others. A virtual machine may start
// an engine.
func tierOf(programs []string) string {
	tier := ""
	for _, name := range programs {
		if t := tiers[name]; t == "machines" || tier == "" {
			tier = t
		}
	}
	return tier
}

// checkTier fails a test that testdata/test.sh runs in another tier than that of the programs it needs: it would
// otherwise run, and be counted, where nobody looks for it. Beside test.sh, which sets BONES_TIER, it does nothing.
func checkTier(tb testing.TB, programs []string) {
	tb.Helper()
	if why := wrongTier(os.Getenv("BONES_TIER"), programs); why != "" {
		tb.Fatal(why)
	}
}

// wrongTier is the failure of a test that runs in a tier of test.sh, "" for none, and needs these programs.
func wrongTier(running string, programs []string) string {
	tier := tierOf(programs)
	if running == "" || tier == "" || tier == running {
		return ""
	}
	return "this test needs a program of the tier " + tier + ", and ran in the tier " + running +
		": testdata/test.sh must name it among the tests of the tier " + tier
}
