package house

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// module is ours; in-house packages stand below it.
const module = "github.com/vouchsafe/vouchsafe"

// root is the folder that has go.mod.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// output runs a command at the root and gives what it prints.
func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = root(t)
	var problems strings.Builder
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, problems.String())
	}
	return string(out)
}

// outside reads a file that is not of this tree.
func outside(t *testing.T, path string) string {
	t.Helper()
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

var vouchsafeOnce struct {
	sync.Once
	path string
}

// vouchsafe builds bin/vouchsafe once, apart, without cgo: as the image has it.
func vouchsafe(t *testing.T) string {
	t.Helper()
	vouchsafeOnce.Do(func() {
		path := filepath.Join(scratch, "vouchsafe")
		cmd := exec.CommandContext(t.Context(), "go", "build", "-o", path, "./cmd/vouchsafe")
		cmd.Dir = root(t)
		cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("build cmd/vouchsafe without cgo: %v\n%s", err, out)
			return
		}
		vouchsafeOnce.path = path
	})
	if vouchsafeOnce.path == "" {
		t.Fatal("cmd/vouchsafe does not build without cgo")
	}
	return vouchsafeOnce.path
}
