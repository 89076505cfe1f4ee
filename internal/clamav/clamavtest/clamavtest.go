// Package clamavtest is a ClamAV daemon for tests: it speaks the wire format of
// INSTREAM and knows one thing that is harmful, the EICAR test file.
package clamavtest

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"
)

// EICAR is the test file that every scanner knows, put together so that none finds
// it here.
const EICAR = `X5O!P%@AP[4\PZX54(P^)7CC)7}$` + `EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`

// Daemon is one that listens.
type Daemon struct {
	listener net.Listener
	mu       sync.Mutex
	last     []byte
	say      *string
}

// Start listens on loopback.
func Start(t testing.TB) *Daemon {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return Serve(t, l)
}

// Serve listens where it is told.
func Serve(t testing.TB, l net.Listener) *Daemon {
	t.Helper()
	d := &Daemon{listener: l}
	t.Cleanup(d.Close)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go d.answer(conn)
		}
	}()
	return d
}

// Address is host:port.
func (d *Daemon) Address() string { return d.listener.Addr().String() }

// Close stops it.
func (d *Daemon) Close() { _ = d.listener.Close() }

// Last is the file that it got last.
func (d *Daemon) Last() []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return bytes.Clone(d.last)
}

// Say makes it answer so, whatever it gets.
func (d *Daemon) Say(words string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.say = &words
}

func (d *Daemon) answer(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	command := make([]byte, len("zINSTREAM\x00"))
	if _, err := io.ReadFull(conn, command); err != nil || string(command) != "zINSTREAM\x00" {
		_, _ = io.WriteString(conn, "UNKNOWN COMMAND\x00")
		return
	}
	var body []byte
	for {
		var size [4]byte
		if _, err := io.ReadFull(conn, size[:]); err != nil {
			return
		}
		n := binary.BigEndian.Uint32(size[:])
		if n == 0 {
			break
		}
		part := make([]byte, n)
		if _, err := io.ReadFull(conn, part); err != nil {
			return
		}
		body = append(body, part...)
	}
	d.mu.Lock()
	d.last = body
	says := "stream: OK"
	if bytes.Contains(body, []byte(EICAR)) {
		says = "stream: Eicar-Signature FOUND"
	}
	if d.say != nil {
		says = *d.say
	}
	d.mu.Unlock()
	_, _ = io.WriteString(conn, says+"\x00")
}
