package text

// idShown is how many digits of an id are shown in a sentence: as many as engines print.
const idShown = 12

// ShortIDs cuts the ids of 64 hexadecimal digits that containers have down to what engines print of them: in a path such
// as /docker/b5a7...: nobody reads the rest. It is for sentences and titles; what is pasted or compared keeps them whole.
func ShortIDs(s string) string {
	const whole = 64
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		n := 0
		for i+n < len(s) && isHex(s[i+n]) {
			n++
		}
		switch {
		case n == whole:
			out = append(out, s[i:i+idShown]...)
		case n == 0:
			n = 1
			out = append(out, s[i])
		default:
			out = append(out, s[i:i+n]...)
		}
		i += n
	}
	return string(out)
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' }
