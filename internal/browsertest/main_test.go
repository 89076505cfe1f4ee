package browsertest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/devstack/objects"
	"github.com/vouchsafe/vouchsafe/internal/onebox"
)

// world is what the journeys of a run share: one browser, one house.
type world struct {
	browser context.Context
	box     *onebox.Box
	api     *client.Client
	site    string
	inbox   string
	axe     string
	home    string // a folder, gone when the run is over
}

var theWorld *world

func TestMain(m *testing.M) {
	if objects.IsChild() {
		os.Exit(objects.RunChild())
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	ctx := context.Background()
	flag.Parse()
	if testing.Short() {
		fmt.Println("The browser journeys take minutes: not with -short.")
		return 0
	}
	if os.Getenv(noBrowserEnv) == "1" {
		fmt.Println("The browser journeys are left out: " + noBrowserEnv + "=1.")
		return 0
	}
	home, err := os.MkdirTemp("", "journeys")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(home)
	w, stop, err := begin(ctx, home)
	if err != nil {
		fmt.Fprintln(os.Stderr, "The browser journeys cannot begin:", err)
		return 1
	}
	theWorld = w
	if f := flag.Lookup("test.parallel"); f.Value.String() == f.DefValue {
		_ = f.Value.Set("4") // journeys wait for workflows and letters most of the time
	}
	code := m.Run()
	fmt.Print(met.report())
	if err := errors.Join(writeAlbum(), stop()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func begin(ctx context.Context, home string) (*world, func() error, error) {
	w := &world{home: home}
	var err error
	if _, err = findBrowser(); err != nil {
		return nil, nil, err
	}
	if w.axe, err = axe(ctx); err != nil {
		return nil, nil, err
	}
	if dir := os.Getenv(screensEnv); dir != "" {
		if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755)); err != nil {
			return nil, nil, err
		}
	}
	cfg := config(filepath.Join(home, "stack"))
	cfg.ProgramsDir = filepath.Join(home, "offered")
	if err := writePrograms(cfg.ProgramsDir); err != nil {
		return nil, nil, err
	}
	if w.box, err = onebox.Start(ctx, cfg); err != nil {
		return nil, nil, err
	}
	w.site, w.inbox, w.api = w.box.Face.Web, w.box.Face.Mail.Inbox, client.New(w.box.Face.Web, w.box.Face.APIKey)
	browser, closed, err := launch(ctx, home+"/profile")
	if err != nil {
		return nil, nil, errors.Join(err, w.box.Close())
	}
	w.browser = browser
	return w, func() error {
		closed()
		err := w.box.Close()
		if later.w != nil {
			err = errors.Join(err, later.w.box.Close())
		}
		return err
	}, nil
}

// config is of a house in which time passes as it does outside: what somebody
// types stays, however slow the machine is.
func config(home string) onebox.Config {
	return onebox.Config{Home: home, FreePorts: true, Attempts: 3, Patience: time.Nanosecond, ReportDelay: 100 * time.Millisecond}
}
