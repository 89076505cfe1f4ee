package house

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// pins are versions that must not be raised by themselves. Who raises one does
// it here too, and says why it holds again. One that is not used is as good.
var pins = []struct{ module, version, why string }{
	{"go.temporal.io/server", "v1.32.1", "the newest that builds with Go 1.26.8; later ones ask for 1.26.10"},
	{"github.com/temporalio/ui-server/v2", "v2.55.0", "as the server"},
	{"go.temporal.io/sdk", "v1.50.0", "the version that was tried with this server"},
	{"modernc.org/sqlite", "v1.51.0", "it must stay at the version that the server asks for; it comes with a modernc.org/libc of the same age"},
	{"go.opentelemetry.io/otel/log", "v0.20.0", "server v1.32.1 does not compile with v0.21 and later; `go get -u` brings them in"},
	{"go.opentelemetry.io/contrib/bridges/otelslog", "v0.18.0", "v0.21 brings otel/log v0.21"},
	{"go.opentelemetry.io/otel/exporters/prometheus", "v0.56.0", "the version that the server asks for; alerts.yaml hangs on the names that it makes, so try those when raising it"},
	{"github.com/versity/versitygw", "v1.8.0", "internal/devstack/objects wraps its PutObject"},
	{"github.com/chromedp/chromedp", "v0.23.0", "its interface has changed from version to version, and internal/browsertest was tried with this one and with Debian's Chromium 148"},
	{"github.com/go-resty/resty/v2", "v2.17.2", "v3 is a release candidate"},
}

func TestPins(t *testing.T) {
	have := map[string]string{}
	dec := json.NewDecoder(strings.NewReader(output(t, "go", "list", "-m", "-json", "all")))
	for dec.More() {
		var m struct{ Path, Version string }
		if err := dec.Decode(&m); err != nil {
			t.Fatal(err)
		}
		have[m.Path] = m.Version
	}
	for _, p := range pins {
		if got, ok := have[p.module]; ok && got != p.version {
			t.Errorf("%s is %s, not %s: %s", p.module, got, p.version, p.why)
		}
	}
}

// Go is 1.26 and no newer toolchain is fetched behind anybody's back.
func TestGoVersion(t *testing.T) {
	body, err := os.ReadFile(filepath.Join(root(t), "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`(?m)^go 1\.26\.8$`).Match(body) {
		t.Error("go.mod does not say go 1.26.8")
	}
	if regexp.MustCompile(`(?m)^(toolchain|replace|exclude) `).Match(body) {
		t.Error("go.mod has a toolchain, replace or exclude line: say in pins_test.go why, or take it out")
	}
}
