package devstack

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/stackfile"
)

// ErrHomeBusy is that another stack runs on the home.
var ErrHomeBusy = errors.New("another stack runs on this home: stop it, or choose another with --home")

// lockFile holds the lock and, for people, the process that has it.
const lockFile = "lock"

// lockPatience is how long a home may still be taken by a stack that has just ended: a
// process that was being started meanwhile holds its files for a moment longer.
const lockPatience = time.Second

// lockHome takes the home for this process until the file is closed, which the
// kernel does when the process ends, however it ends.
func lockHome(home string) (*os.File, error) {
	path := filepath.Join(home, lockFile)
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("devstack: lock the home: %w", err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	for until := time.Now().Add(lockPatience); errors.Is(err, syscall.EWOULDBLOCK) && time.Now().Before(until); {
		time.Sleep(50 * time.Millisecond)
		err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	if err == nil {
		if err := file.Truncate(0); err == nil {
			_, _ = fmt.Fprintf(file, "%d\n", os.Getpid())
		}
		return file, nil
	}
	defer func() { _ = file.Close() }()
	if !errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, fmt.Errorf("devstack: lock %s: %w", path, err)
	}
	owner, _ := os.ReadFile(path)
	return nil, fmt.Errorf("devstack: %s, process %s: %w", home, strings.TrimSpace(string(owner)), ErrHomeBusy)
}

// Face is the content of stack.json, by which tests and tools find a stack. It
// is stackfile's, which programs use that must not link the engines.
type Face = stackfile.File

// WriteFace writes home/stack.json, whole and readable by the owner only. It
// should be written when all is ready: who waits for it then needs no patience.
func WriteFace(home string, f Face) error { return stackfile.Write(home, f) }

// ReadFace reads a stack.json.
func ReadFace(path string) (Face, error) { return stackfile.Read(path) }
