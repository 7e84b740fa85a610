package sockets

import (
	"encoding/binary"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"testing"

	"bones/procwalk"
	"bones/procwalk/leaktest"

	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// message makes struct inet_diag_msg.
func message(family, state byte, local, peer netip.AddrPort, inode uint32, more ...byte) []byte {
	b := make([]byte, sizeofInet)
	b[0], b[1] = family, state
	binary.BigEndian.PutUint16(b[4:], local.Port())
	binary.BigEndian.PutUint16(b[6:], peer.Port())
	copy(b[8:24], local.Addr().AsSlice())
	copy(b[24:40], peer.Addr().AsSlice())
	binary.NativeEndian.PutUint32(b[44:], 7)
	binary.NativeEndian.PutUint32(b[48:], 1)
	binary.NativeEndian.PutUint32(b[56:], 3)
	binary.NativeEndian.PutUint32(b[60:], 128)
	binary.NativeEndian.PutUint32(b[64:], 1000)
	binary.NativeEndian.PutUint32(b[68:], inode)
	return append(b, more...)
}

func TestParse(t *testing.T) {
	local, peer := netip.MustParseAddrPort("10.0.0.1:80"), netip.MustParseAddrPort("10.0.0.2:4711")
	info := make([]byte, 4+offsetOfReceived+8)
	binary.NativeEndian.PutUint16(info, uint16(len(info)))
	binary.NativeEndian.PutUint16(info[2:], inetDiagInfo)
	binary.NativeEndian.PutUint64(info[4+offsetOfAcked:], 5)
	binary.NativeEndian.PutUint64(info[4+offsetOfReceived:], 6)
	s, ok := parse(TCP, message(unix.AF_INET, byte(Established), local, peer, 42, info...))
	want := Socket{Protocol: TCP, Local: local, Peer: peer, State: Established, Inode: 42, Cookie: 1<<32 | 7, UID: 1000,
		Rx: 3, Tx: 128, Acked: 5, Received: 6, HasBytes: true}
	if !ok || s != want {
		t.Errorf("%+v, want %+v", s, want)
	}
	any6 := netip.MustParseAddrPort("[::]:53")
	s, ok = parse(TCP, message(unix.AF_INET6, byte(Listen), any6, netip.MustParseAddrPort("[::]:0"), 1, 5, 0,
		inetDiagV6Only, 0, 1, 0, 0, 0))
	if !ok || !s.V6 || !s.V6Only || !s.AnyAddress() || !s.Listening() || s.HasBytes {
		t.Errorf("%+v", s)
	}
	if _, ok := parse(UDP, make([]byte, sizeofInet-1)); ok {
		t.Error("half an answer was taken for a whole one")
	}
	u, ok := parse(Unix, append([]byte{unix.AF_UNIX, unix.SOCK_STREAM, byte(Listen), 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0}, 8, 0, unixDiagName, 0, 0, 'a', 0x1b, 'b'))
	if !ok || u.Path.Raw() != "@a\x1bb" || u.Path.String() != `@a\x1bb` || u.Kind != "stream" || u.Inode != 9 {
		t.Errorf("%+v", u)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte{})
	f.Add(message(unix.AF_INET6, 1, netip.AddrPort{}, netip.AddrPort{}, 1, 200, 0, 2, 0, 1))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, p := range []Protocol{TCP, UDP, Unix} {
			if s, ok := parse(p, b); ok {
				_, _, _ = s.State.String(), s.Listening(), s.Local.String()
			}
		}
	})
}

// TestOurSockets finds sockets of this process in the kernel's answer, and the process that has them open; and no more
// of them than was asked for.
func TestOurSockets(t *testing.T) {
	tcp, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	udp, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	c, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ask := Ask{TCP: true, UDP: true, Unix: true, V4: true, V6: true, Most: 1 << 20}
	list, left, err := c.Read(ask)
	if err != nil || left != 0 {
		t.Fatal(left, err)
	}
	w, err := procwalk.NewWalker("/proc")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	s, err := w.Snapshot(t.Context(), procwalk.Request{})
	if err != nil {
		t.Fatal(err)
	}
	own := s.Find(unix.Getpid())
	for protocol, at := range map[Protocol]string{TCP: tcp.Addr().String(), UDP: udp.LocalAddr().String()} {
		found := false
		for i := range list {
			x := &list[i]
			if x.Protocol != protocol || x.Local.String() != at {
				continue
			}
			found = true
			h := FindHolders(t.Context(), "/proc", []*procwalk.Process{own}, map[uint64]bool{x.Inode: true})
			if got := h.Of[x.Inode]; len(got) != 1 || got[0].Process != own || h.Cut || h.Refused != 0 {
				t.Errorf("%s is held by %+v", at, h)
			}
		}
		if !found {
			t.Errorf("%s %s is not among %d sockets", protocol, at, len(list))
		}
	}
	// A socket that is open more often than is listed is another matter than descriptors that were not looked at.
	f, err := tcp.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for range MostHolders {
		fd, err := unix.Dup(int(f.Fd()))
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(fd)
	}
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		t.Fatal(err)
	}
	other := exec.Command("cat") // until its input is closed
	other.ExtraFiles = []*os.File{f}
	in, err := other.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	defer other.Wait()
	defer in.Close()
	start, err := procwalk.StartTime("/proc", other.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	second := &procwalk.Process{Stat: procwalk.Stat{PID: other.Process.Pid, StartTime: start}}
	h := FindHolders(t.Context(), "/proc", []*procwalk.Process{own, second}, map[uint64]bool{st.Ino: true})
	if !h.Crowded || h.Cut || len(h.Of[st.Ino]) != MostHolders || h.Number[st.Ino] != 2 {
		t.Errorf("of a socket that is open often: %+v", h)
	}
	ask.Most = 1
	if list, left, err := c.Read(ask); len(list) != 1 || left == 0 || err != nil {
		t.Errorf("%d sockets, %d left, %v: asked for one at most", len(list), left, err)
	}
}
