package taskiter

import "math/bits"

// adjust scales user and system time as the kernel does before it shows them: what the timer's ticks have sampled is
// only a ratio, by which the exact sum is divided. What was shown last is the least.
//
// Source: kernel/sched/cputime.c, cputime_adjust, as it is since Linux 5.9.
func adjust(user, system, sum, shownUser, shownSystem uint64) (uint64, uint64) {
	if shownSystem+shownUser >= sum {
		return shownUser, shownSystem
	}
	switch {
	case system == 0:
		user = sum
	case user == 0:
		system = sum
	default:
		// system/(system+user) is below 1, and so the quotient fits: see mul_u64_u64_div_u64.
		hi, lo := bits.Mul64(system, sum)
		if all := system + user; hi < all {
			q, _ := bits.Div64(hi, lo, all)
			system = min(q, sum)
		}
	}
	system = max(system, shownSystem)
	user = sum - system
	if user < shownUser {
		user = shownUser
		system = sum - user
	}
	return user, system
}
