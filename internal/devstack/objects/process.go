package objects

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// childArgument tells our executable that it is the gateway.
const childArgument = "__objects"

// order is what the child is told, as one line of JSON on its standard input:
// arguments and environments can be read by others on the machine.
type order struct {
	Dir            string
	Listen         string
	Keys           keys
	EvidenceBucket string
	VaultBucket    string
	Fsync          bool
}

// child is a running gateway.
type child struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	gone  chan struct{} // closed when the process has ended

	mu   sync.Mutex
	last string // its last line on standard error
	err  error  // how it ended
}

// startChild runs our own executable as the gateway. It lives as long as its
// standard input is open, which the kernel closes when we end, however we end.
func startChild(o order, log *slog.Logger) (*child, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(path, childArgument) //nolint:noctx // it ends by its standard input
	if runtime.GOOS == "linux" {
		cmd.Path = "/proc/self/exe" // this very program, also when a new one was built over it
	}
	// A group of its own: Ctrl-C in the terminal goes to us, and we stop things
	// in their order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &child{cmd: cmd, stdin: stdin, gone: make(chan struct{})}
	var read sync.WaitGroup
	read.Go(func() { c.listen(stdout, log, false) })
	read.Go(func() { c.listen(stderr, log, true) })
	go func() {
		read.Wait() // Wait closes the pipes
		err := cmd.Wait()
		c.mu.Lock()
		c.err = err
		c.mu.Unlock()
		close(c.gone)
	}()
	line, err := json.Marshal(o)
	if err == nil {
		_, err = stdin.Write(append(line, '\n'))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("tell the child what to do: %w", err), c.end())
	}
	return c, nil
}

func (c *child) listen(from io.Reader, log *slog.Logger, errors bool) {
	lines := bufio.NewReader(from)
	for {
		line, err := lines.ReadString('\n')
		if line = strings.TrimSpace(line); line != "" {
			log.Debug("S3 gateway", "says", line)
			if errors {
				c.mu.Lock()
				c.last = line
				c.mu.Unlock()
			}
		}
		if err != nil {
			return
		}
	}
}

// failure says why it ended.
func (c *child) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.last != "":
		return errors.New(c.last)
	case c.err != nil:
		return c.err
	default:
		return errors.New("it ended by itself")
	}
}

// end stops it: by its standard input, and if that does not help, by force.
func (c *child) end() error {
	_ = c.stdin.Close()
	select {
	case <-c.gone:
		return nil
	case <-time.After(stopLimit):
	}
	if err := c.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("objects: kill the S3 gateway: %w", err)
	}
	<-c.gone
	return nil
}
