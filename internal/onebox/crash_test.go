package onebox_test

import (
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/demo"
	"github.com/vouchsafe/vouchsafe/internal/stackfile"
)

// TestKilledInMidFlight kills the whole house, engines and all, again and again
// while applicants are on their way, and starts it on the same home. Nobody may
// be lost, nothing may be ordered twice, every ledger must hold.
func TestKilledInMidFlight(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes a minute")
	}
	killAndGoOn(t, demo.Personas(), 4)
}

// TestSoakKilled is the same for as many kills as VOUCHSAFE_SOAK_KILLS says.
func TestSoakKilled(t *testing.T) {
	kills, err := strconv.Atoi(os.Getenv("VOUCHSAFE_SOAK_KILLS"))
	if err != nil {
		t.Skip("VOUCHSAFE_SOAK_KILLS is not set; make soak sets it")
	}
	killAndGoOn(t, 5*demo.Personas(), kills)
}

// killAndGoOn takes n applicants at a time to their ends, as often as it takes until
// the house was killed so many times.
func killAndGoOn(t *testing.T, n, kills int) {
	home := t.TempDir()
	c := startChild(t, home)
	face, err := stackfile.Read(filepath.Join(home, stackfile.Name))
	if err != nil {
		t.Fatal(err)
	}
	all := 0
	for done := 0; done < kills; all += n {
		ended := make(chan error, 1)
		go func() {
			_, err := demo.Run(t.Context(), face, n, io.Discard, t.Output())
			ended <- err
		}()
		over := false
		for !over && done < kills {
			select {
			case err = <-ended:
				over = true
			case <-time.After(2*time.Second + rand.N(2*time.Second)):
				c.kill()
				c = startChild(t, home)
				done++
			}
		}
		if !over {
			err = <-ended
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, c.said.bytes())
		}
	}
	h := visit(t, face)
	h.everyLedgerHolds(all)
	for key, made := range h.orders() {
		if made != 1 {
			t.Errorf("order %s was made %d times", key, made)
		}
	}
}
