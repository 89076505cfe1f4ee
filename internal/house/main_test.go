package house

import (
	"flag"
	"fmt"
	"os"
	"testing"
)

// update has the generated parts of the documents written anew: make docs.
var update = flag.Bool("update", false, "write the generated parts of the documents")

// scratch is a folder for this run of the tests.
var scratch string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	var err error
	if scratch, err = os.MkdirTemp("", "house"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	return m.Run()
}
