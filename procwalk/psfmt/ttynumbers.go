package psfmt

import "strconv"

// assignedTTY returns the name below /dev that is assigned to a device number, or "".
//
// Source: the kernel's Documentation/admin-guide/devices.txt; procps 4.0.2, library/devname.c, for names of old.
func assignedTTY(maj, min uint32) string {
	n := strconv.FormatUint(uint64(min), 10)
	switch maj {
	case 3:
		if min > 255 {
			return ""
		}
		return "tty" + string("pqrstuvwxyzabcde"[min>>4]) + string("0123456789abcdef"[min&15])
	case 4:
		if min < 64 {
			return "tty" + n
		}
		return "ttyS" + strconv.FormatUint(uint64(min-64), 10)
	case 136, 137, 138, 139, 140, 141, 142, 143:
		return "pts/" + strconv.FormatUint(uint64(min+(maj-136)*256), 10)
	case 156:
		return "ttySR" + strconv.FormatUint(uint64(min)+256, 10)
	case 204:
		if name := lowDensity(min); name != "" {
			return "tty" + name
		}
		return ""
	}
	if prefix := ttyPrefix(maj); prefix != "" {
		return prefix + n
	}
	return ""
}

func ttyPrefix(maj uint32) string {
	switch maj {
	case 11:
		return "ttyB"
	case 17:
		return "ttyH"
	case 19:
		return "ttyC"
	case 22, 23:
		return "ttyD"
	case 24:
		return "ttyE"
	case 32:
		return "ttyX"
	case 43:
		return "ttyI"
	case 46:
		return "ttyR"
	case 48:
		return "ttyL"
	case 57:
		return "ttyP"
	case 71:
		return "ttyF"
	case 75:
		return "ttyW"
	case 78, 112:
		return "ttyM"
	case 105:
		return "ttyV"
	case 148:
		return "ttyT"
	case 154:
		return "ttySR"
	case 164:
		return "ttyCH"
	case 166:
		return "ttyACM"
	case 172:
		return "ttyMX"
	case 174:
		return "ttySI"
	case 188:
		return "ttyUSB"
	case 208:
		return "ttyU"
	case 216:
		return "ttyUB"
	case 224:
		return "ttyY"
	case 227:
		return "3270/tty"
	case 229:
		return "iseries/vtty"
	case 256:
		return "ttyEQ"
	}
	return ""
}

// lowDensity names the serial ports of major 204, which many drivers share.
func lowDensity(min uint32) string {
	for _, r := range [...]struct {
		first, count, base uint32
		name               string
	}{
		{0, 4, 0, "LU"}, {4, 1, 0, "FB"}, {5, 3, 0, "SA"}, {8, 4, 0, "SC"}, {12, 4, 0, "FW"}, {16, 16, 0, "AM"},
		{32, 8, 0, "DB"}, {40, 1, 0, "SG"}, {41, 3, 0, "SMX"}, {44, 2, 0, "MM"}, {46, 4, 0, "CPM"}, {50, 32, 0, "IOC"},
		{82, 2, 0, "VR"}, {84, 32, 84, "IOC"}, {116, 32, 0, "SIOC"}, {148, 6, 0, "PSC"}, {154, 16, 0, "AT"},
		{170, 16, 0, "NX"}, {186, 1, 0, "J"}, {187, 4, 0, "UL"}, {191, 1, 0, "xvc"}, {192, 4, 0, "PZ"},
		{196, 8, 0, "TX"}, {204, 4, 0, "SC"}, {208, 4, 0, "MAX"},
	} {
		if min >= r.first && min-r.first < r.count {
			return r.name + strconv.FormatUint(uint64(min-r.first+r.base), 10)
		}
	}
	return ""
}
