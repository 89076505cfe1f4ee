package devstack

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/devstack/loopback"
	"github.com/vouchsafe/vouchsafe/internal/stackfile"
)

// Ports are the TCP ports of a stack, all on loopback.
type Ports struct {
	Web      int `json:"web"`
	Temporal int `json:"temporal"`
	UI       int `json:"ui"`
	S3       int `json:"s3"`
	SMTP     int `json:"smtp"`
	Inbox    int `json:"inbox"`
	Sandbox  int `json:"sandbox"`
}

// Fixed are the ports of a stack that people find without looking them up.
var Fixed = Ports{Web: 8080, Temporal: 7233, UI: 8233, S3: 9000, SMTP: 1025, Inbox: 8025, Sandbox: 8090}

// use is one port and what it is for, in words for people.
type use struct {
	port *int
	what string
}

func (p *Ports) uses() []use {
	return []use{
		{&p.Web, "the web"},
		{&p.Temporal, "Temporal"},
		{&p.UI, "Temporal's Web UI"},
		{&p.S3, "S3"},
		{&p.SMTP, "SMTP"},
		{&p.Inbox, "the mail inbox"},
		{&p.Sandbox, "the vendor sandbox"},
	}
}

// portsFile remembers free ports, so that bookmarks and stack.json hold over a
// restart.
const portsFile = "ports.json"

// Allocate chooses a stack's ports before anything starts, since some engines
// are told the addresses of others. With free it takes those that this home had
// the last time and others for those of them that are taken now; without it the
// Fixed ones, and fails with ErrPortBusy naming every one that is taken. The home
// is made if it is not there; ErrHomeBusy if a stack runs on it.
//
// Nothing listens on them yet. Other stacks of this user are kept from choosing
// the same as long as this process runs.
func Allocate(home string, free bool) (Ports, error) {
	if err := os.MkdirAll(home, 0o700); err != nil {
		return Ports{}, fmt.Errorf("devstack: make the home: %w", err)
	}
	lock, err := lockHome(home) // a stack on this home explains its busy ports better
	if err != nil {
		return Ports{}, err
	}
	defer func() { _ = lock.Close() }()
	patience := time.Now().Add(patienceAfterKill(home))
	if !free {
		return fixed(patience)
	}
	ports := remembered(home)
	var lacking []*int
	var taken []int
	for _, u := range ports.uses() {
		if *u.port != 0 && !slices.Contains(taken, *u.port) && within(patience, func() bool { return loopback.Reserve(loopback.Host, *u.port) }) {
			taken = append(taken, *u.port)
			continue
		}
		lacking = append(lacking, u.port)
	}
	if len(lacking) == 0 {
		return ports, nil
	}
	found, err := loopback.Free(loopback.Host, len(lacking))
	if err != nil {
		return Ports{}, fmt.Errorf("devstack: %w", err)
	}
	for i, port := range lacking {
		*port = found[i]
	}
	body, err := json.MarshalIndent(ports, "", "  ")
	if err != nil {
		return Ports{}, err
	}
	if err := os.WriteFile(filepath.Join(home, portsFile), append(body, '\n'), 0o600); err != nil {
		return Ports{}, fmt.Errorf("devstack: remember the ports: %w", err)
	}
	return ports, nil
}

// patienceAfterKill is how long a port may still be busy: when the stack before
// was killed, its S3 gateway follows it a moment later.
func patienceAfterKill(home string) time.Duration {
	if _, err := os.Stat(filepath.Join(home, stackfile.Name)); err != nil {
		return 0 // it was stopped, or there was none
	}
	return 3 * time.Second
}

// within asks until the answer is yes or the time is over, once at least.
func within(deadline time.Time, ask func() bool) bool {
	for !ask() {
		if time.Now().After(deadline) {
			return false
		}
		time.Sleep(20 * time.Millisecond)
	}
	return true
}

// remembered reads the ports of the last time; zeros where there was none.
func remembered(home string) Ports {
	var ports Ports
	body, err := os.ReadFile(filepath.Join(home, portsFile))
	if err != nil || json.Unmarshal(body, &ports) != nil {
		return Ports{} // new ones do as well
	}
	return ports
}

// ErrPortBusy is that somebody else listens on a port that the stack needs.
var ErrPortBusy = errors.New("use --free-ports to take others, or stop what listens there")

func fixed(patience time.Time) (Ports, error) {
	ports := Fixed
	var busy []error
	for _, u := range ports.uses() {
		if !within(patience, func() bool { return loopback.Available(loopback.Host, *u.port) }) {
			busy = append(busy, fmt.Errorf("port %d, for %s, is in use", *u.port, u.what))
		}
	}
	if len(busy) > 0 {
		return Ports{}, fmt.Errorf("%w: %w", errors.Join(busy...), ErrPortBusy)
	}
	return ports, nil
}
