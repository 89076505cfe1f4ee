// Package loopback finds and reserves TCP ports for the engines of one machine.
package loopback

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
)

// Host is where every engine listens: nothing of a development stack is
// reachable from another machine.
const Host = "127.0.0.1"

// Ports are taken from below the range that kernels give to outgoing
// connections (32768 and up on Linux, 49152 and up on macOS). One from inside it
// may be in use by some client when a stack wants it back after a restart.
const first, last = 20000, 31999

var (
	mu   sync.Mutex
	held = map[int]*os.File{} // reserved by this process
)

// Address joins host and port; an empty host is Host.
func Address(host string, port int) string {
	if host == "" {
		host = Host
	}
	return net.JoinHostPort(host, strconv.Itoa(port))
}

// Available says whether a listener can be opened on the port now.
func Available(host string, port int) bool {
	l, err := net.Listen("tcp", Address(host, port)) //nolint:noctx // nothing in it waits
	if err != nil {
		return false
	}
	_ = l.Close()
	return true
}

// Free gives n different ports that nobody listens on. No other process that
// uses this package is given them while this one runs, or until Release; two
// stacks that start at the same moment therefore cannot choose the same.
func Free(host string, n int) ([]int, error) {
	ports := make([]int, 0, n)
	for range 4000 {
		if len(ports) == n {
			return ports, nil
		}
		port := first + rand.N(last-first+1)
		if isHeld(port) || !Reserve(host, port) {
			continue
		}
		ports = append(ports, port)
	}
	Release(ports...)
	return nil, fmt.Errorf("no %d free ports between %d and %d on %s: stop what listens there", n, first, last, Address(host, 0))
}

// Reserve keeps one given port for this process; false if somebody listens on it
// or another process has it reserved. A port that this process holds already is
// fine: a stack that stops and starts wants its own back.
func Reserve(host string, port int) bool {
	if !Available(host, port) {
		return false
	}
	mu.Lock()
	defer mu.Unlock()
	if held[port] != nil {
		return true
	}
	file, err := lock(port)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false
	}
	// Any other error means that there is no place for lock files; the port is
	// free all the same, and only the guard against a simultaneous start is lost.
	held[port] = file
	return true
}

// Release ends the reservation of ports.
func Release(ports ...int) {
	mu.Lock()
	defer mu.Unlock()
	for _, port := range ports {
		if file := held[port]; file != nil {
			_ = file.Close()
		}
		delete(held, port)
	}
}

func isHeld(port int) bool {
	mu.Lock()
	defer mu.Unlock()
	_, ok := held[port]
	return ok
}

// lock takes the file that stands for a port. The kernel lets go of it when the
// process ends, however it ends.
func lock(port int) (*os.File, error) {
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("vouchsafe-ports-%d", os.Getuid()))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(dir, strconv.Itoa(port)), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}
