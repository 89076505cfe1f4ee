package clamav_test

import (
	"bytes"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/clamav"
	"github.com/vouchsafe/vouchsafe/internal/clamav/clamavtest"
)

func TestScan(t *testing.T) {
	daemon := clamavtest.Start(t)
	s, err := clamav.New(daemon.Address())
	if err != nil {
		t.Fatal(err)
	}
	big := bytes.Repeat([]byte("x"), 1<<20)
	if err := s.Scan(t.Context(), big); err != nil {
		t.Errorf("a clean file: %v", err)
	}
	if got := daemon.Last(); !bytes.Equal(got, big) {
		t.Errorf("the daemon got %d bytes", len(got))
	}
	if err := s.Scan(t.Context(), []byte(clamavtest.EICAR)); !errors.Is(err, clamav.ErrFound) {
		t.Errorf("EICAR: %v", err)
	}
	for _, says := range []string{"INSTREAM size limit exceeded. ERROR", "", "stream: OK or not", "nonsense"} {
		daemon.Say(says)
		if err := s.Scan(t.Context(), big); err == nil || errors.Is(err, clamav.ErrFound) {
			t.Errorf("%q: %v", says, err)
		}
	}
	daemon.Close()
	if err := s.Scan(t.Context(), big); err == nil || errors.Is(err, clamav.ErrFound) {
		t.Errorf("a daemon that is down: %v", err)
	}
}

func TestAddress(t *testing.T) {
	if _, err := clamav.New("nonsense"); err == nil || !strings.Contains(err.Error(), "host:port") {
		t.Errorf("%v", err)
	}
	path := t.TempDir() + "/clamd.sock"
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	daemon := clamavtest.Serve(t, l)
	s, err := clamav.New(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Scan(t.Context(), []byte("clean")); err != nil || string(daemon.Last()) != "clean" {
		t.Errorf("by a socket: %v", err)
	}
}
