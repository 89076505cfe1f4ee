package browsertest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/chromedp/chromedp"
)

// Names under which systems have Chromium, or what is near enough to it.
var chromiums = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "headless-shell"}

// Settings of these tests.
const (
	browserEnv   = "VOUCHSAFE_CHROMIUM"    // path of the browser
	noBrowserEnv = "VOUCHSAFE_NO_BROWSER"  // 1: do without these tests, on purpose
	screensEnv   = "VOUCHSAFE_SCREENS"     // folder for a picture of every page
	axeEnv       = "VOUCHSAFE_AXE_TARBALL" // file of axe-core's package, where no registry can be reached
)

var errNoBrowser = errors.New("there is no Chromium for the browser journeys: `apt-get install chromium`, or name one in " + browserEnv +
	", or do without them on purpose by " + noBrowserEnv + "=1")

func findBrowser() (string, error) {
	if named := os.Getenv(browserEnv); named != "" {
		if _, err := exec.LookPath(named); err != nil {
			return "", fmt.Errorf("%s names no program that can be run: %w", browserEnv, err)
		}
		return named, nil
	}
	for _, name := range append(chromiums, "/usr/bin/chromium", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome") {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errNoBrowser
}

// launch starts the one browser of a run. It talks to nobody but the pages that
// it is told to open: else it looks for updates, accounts and lists at its maker.
func launch(ctx context.Context, dir string) (context.Context, func(), error) {
	path, err := findBrowser()
	if err != nil {
		return nil, nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(dir), chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-domain-reliability", true),
		chromedp.Flag("no-pings", true), chromedp.Flag("no-proxy-server", true), chromedp.Flag("lang", "en-US"),
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"), // a test plays recordings by a script
		// A microphone and a camera for pages that ask for one, and leave to use them.
		chromedp.Flag("use-fake-device-for-media-stream", true), chromedp.Flag("use-fake-ui-for-media-stream", true))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // it does not start in its sandbox as root
	}
	ctx, stop := chromedp.NewExecAllocator(ctx, options...)
	ctx, closed := chromedp.NewContext(ctx, chromedp.WithErrorf(func(string, ...any) {}))
	if err := chromedp.Do(ctx); err != nil {
		closed()
		stop()
		return nil, nil, fmt.Errorf("%s does not start: %w", path, err)
	}
	return ctx, func() { _ = chromedp.Cancel(ctx); closed(); stop() }, nil
}
