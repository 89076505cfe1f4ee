package loopback_test

import (
	"net"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/devstack/loopback"
)

func TestFreePortsDifferAndListen(t *testing.T) {
	ports, err := loopback.Free("", 20)
	if err != nil {
		t.Fatal(err)
	}
	defer loopback.Release(ports...)
	seen := map[int]bool{}
	for _, port := range ports {
		if seen[port] {
			t.Fatalf("port %d was given twice", port)
		}
		seen[port] = true
		l, err := net.Listen("tcp", loopback.Address("", port))
		if err != nil {
			t.Fatal(err)
		}
		if loopback.Available("", port) || loopback.Reserve("", port) {
			t.Errorf("port %d is listened on and yet called free", port)
		}
		_ = l.Close()
		if !loopback.Reserve("", port) {
			t.Errorf("port %d is our own and free, and yet refused", port)
		}
	}
}
