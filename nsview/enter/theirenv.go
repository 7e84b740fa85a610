package enter

import (
	"errors"
	"os"
)

// environmentSafe refuses to give the target's environment to a program of the host's that may do more than the
// target.
// Variables choose what a program runs: LD_PRELOAD names code that the loader runs in it, PATH the program that a
// name means, BASH_ENV what a shell runs first. The target would choose what is done with the host's files, and it can
// put its code there: what a container writes lies at a path of the host, too.
//
// Source: ld.so(8), "Secure-execution mode", which is not for a program that root itself starts.
func (e *Enter) environmentSafe(t *target) error {
	if e.plan.InRoot || t.id.PID == os.Getpid() {
		return nil
	}
	elsewhere, err := t.elsewhere()
	if err != nil {
		return err
	}
	if elsewhere || e.as != AsContainer || e.req.User != "" {
		return errors.New("the environment of the target (--env) would choose by LD_PRELOAD and PATH what a program with " +
			"the host's files runs: join mnt too, or give the variables that it needs with -e")
	}
	return nil
}
