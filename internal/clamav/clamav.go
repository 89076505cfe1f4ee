// Package clamav asks a ClamAV daemon whether a file holds something harmful, by
// its INSTREAM command (clamd(8)). The Go clients that there are have had no
// release in years or write the file to disk; the protocol is a dozen lines.
package clamav

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// ErrFound: the daemon knows something harmful in the file.
var ErrFound = errors.New("clamav: something harmful was found")

const (
	chunk   = 64 << 10
	patient = 30 * time.Second
	most    = 4 << 10 // of an answer
)

// Scanner is one daemon.
type Scanner struct{ network, address string }

// New takes the daemon's address: host:port, or the path of its socket.
func New(address string) (*Scanner, error) {
	if strings.HasPrefix(address, "/") {
		return &Scanner{network: "unix", address: address}, nil
	}
	if _, _, err := net.SplitHostPort(address); err != nil {
		return nil, fmt.Errorf("clamav: %q is neither host:port nor the path of a socket", address)
	}
	return &Scanner{network: "tcp", address: address}, nil
}

// Scan gives nil when the daemon says that it knows nothing harmful in body, and
// ErrFound when it does. Any other error means that it is not known, and nobody may
// take the file for clean.
func (s *Scanner) Scan(ctx context.Context, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, patient)
	defer cancel()
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, s.network, s.address)
	if err != nil {
		return fmt.Errorf("clamav: reach the daemon: %w", err)
	}
	defer func() { _ = conn.Close() }()
	if until, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(until); err != nil {
			return fmt.Errorf("clamav: %w", err)
		}
	}
	sendErr := send(conn, body) // a daemon that has read enough answers and closes: what it says counts
	answer, err := io.ReadAll(io.LimitReader(conn, most))
	said := strings.TrimRight(string(answer), "\x00\r\n ")
	switch {
	case said == "stream: OK" && sendErr == nil:
		return nil
	case strings.HasPrefix(said, "stream: ") && strings.HasSuffix(said, " FOUND"):
		return ErrFound
	case err == nil:
		err = sendErr
	}
	if said != "" {
		return fmt.Errorf("clamav: the daemon could not scan: %s", said)
	}
	if err == nil {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("clamav: the daemon did not answer: %w", err)
}

// send writes the command, the file in chunks with their lengths, and the end.
func send(w io.Writer, body []byte) error {
	if _, err := io.WriteString(w, "zINSTREAM\x00"); err != nil {
		return err
	}
	for r := bytes.NewReader(body); ; {
		part := make([]byte, chunk)
		n, err := r.Read(part)
		if err != nil {
			break
		}
		if _, err := w.Write(append(binary.BigEndian.AppendUint32(nil, uint32(n)), part[:n]...)); err != nil {
			return err
		}
	}
	_, err := w.Write(make([]byte, 4))
	return err
}
