package house

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/devstack"
	"github.com/vouchsafe/vouchsafe/internal/devstack/lists"
	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox"
)

const (
	steeringBegin = "<!-- steering: begin (made by `make docs`) -->\n"
	steeringEnd   = "<!-- steering: end -->\n"
)

// steering are the sandbox's tables as the README shows them.
func steering() string {
	var b strings.Builder
	b.WriteString("\n")
	what := map[string]string{sandbox.Kickbox: "E-mail (Kickbox)", sandbox.Twilio: "Phone (Twilio)", sandbox.TwilioSMS: "Text messages (Twilio)", sandbox.Findly: "Background (Findly)", sandbox.Checkr: "Background (Checkr)", sandbox.Stripe: "Identity document (Stripe)",
		sandbox.Smarty: "Home address (Smarty)", sandbox.MaxMind: "Internet connection (MaxMind)",
		sandbox.Watchman: "Sanctions, in a program that has Watchman do it", sandbox.Yente: "Sanctions, in a program that has OpenSanctions (yente) do it"}
	last := ""
	for _, s := range sandbox.Steering() {
		if s.Vendor != last {
			if last != "" {
				b.WriteString("\n")
			}
			title := what[s.Vendor]
			if title == "" {
				title = s.Vendor
			}
			fmt.Fprintf(&b, "| %s | Outcome |\n|---|---|\n", title)
			last = s.Vendor
		}
		fmt.Fprintf(&b, "| %s | %s |\n", s.Typed, s.Outcome)
	}
	b.WriteString("\n| Name, date of birth and state | Sanctions | Exclusions (LEIE) | Debarment (SAM) | Why |\n|---|---|---|---|---|\n")
	flagged := func(yes bool) string {
		if yes {
			return "flagged"
		}
		return "clear"
	}
	for _, s := range lists.Steering() {
		name := strings.Join(strings.Fields(s.Given+" "+s.Middle+" "+s.Family), " ")
		state := cmp.Or(s.State, "any")
		fmt.Fprintf(&b, "| %s, %s, %s | %s | %s | %s | %s |\n", name, s.Born, state, flagged(s.Sanctions), flagged(s.Exclusions), flagged(s.Debarment), s.Why)
	}
	b.WriteString("\n")
	return b.String()
}

// The README's tables are the functions' own output; make docs writes them.
func TestReadmeTables(t *testing.T) {
	text := string(read(t, "README.md"))
	before, rest, ok := strings.Cut(text, steeringBegin)
	have, after, ok2 := strings.Cut(rest, steeringEnd)
	if !ok || !ok2 {
		t.Fatal("README.md has lost the marks between which the sandbox's tables stand")
	}
	want := steering()
	if have == want {
		return
	}
	if !*update {
		t.Fatal("README.md's tables are not those of the sandbox: run make docs")
	}
	if err := os.WriteFile(filepath.Join(root(t), "README.md"), []byte(before+steeringBegin+want+steeringEnd+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// The README's addresses are the fixed ports.
func TestReadmeAddresses(t *testing.T) {
	f := devstack.Fixed
	known := map[int]bool{f.Web: true, f.Temporal: true, f.UI: true, f.S3: true, f.SMTP: true, f.Inbox: true, f.Sandbox: true}
	found := map[int]bool{}
	for _, m := range regexp.MustCompile(`127\.0\.0\.1:(\d+)`).FindAllStringSubmatch(string(read(t, "README.md")), -1) {
		port, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		found[port] = true
		if !known[port] {
			t.Errorf("README.md has port %d, where nothing listens", port)
		}
	}
	for port := range known {
		if !found[port] {
			t.Errorf("README.md does not say what is at port %d", port)
		}
	}
}
