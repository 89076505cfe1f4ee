package onebox_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"golang.org/x/sys/unix"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/onebox"
	"github.com/vouchsafe/vouchsafe/internal/telemetry"
)

// canary is a person whose every datum is a mark that stands nowhere else. The
// family name leads the vetting vendor to a record, so that a reviewer decides.
var canary = person{given: "Qumarkgiven", family: "Felony", email: "qumarkmail@example.com", phone: "(917) 555-0137", id: "987-65-4327",
	street: "77 Kwexmark Terrace", city: "Vexmarkville", past: "9 Pastmark Lane, Zedmark, OR 97302", born: [3]string{"3", "9", "1961"}}

const (
	reasonMark    = "Reasonmark of the reviewer, who saw papers"
	statementMark = "Statementmark, it was somebody else"
)

// marks are what must be found nowhere.
var marks = []string{"qumarkgiven", "qumarkmail", "9175550137", "(917) 555-0137", "917-555-0137", "987-65-4327", "987654327",
	"kwexmark", "vexmarkville", "pastmark", "zedmark", "1961-03-09", "reasonmark", "statementmark", "vouchsafe-demo"}

// TestNothingPersonalOutsideSealedBytes sends a person with marks through
// everything, and then searches what was written: Temporal's database files,
// the objects with their metadata, the sandbox's books, logs, spans, metrics.
//
// Promise 47.
func TestNothingPersonalOutsideSealedBytes(t *testing.T) {
	var logs, engines buffer
	spans := tracetest.NewInMemoryExporter()
	var home string
	h, box := start(t, func(c *onebox.Config) {
		home = c.Home
		c.LogLevel = "debug"
		c.Log = slog.New(slog.NewTextHandler(&engines, &slog.HandlerOptions{Level: slog.LevelInfo}))
		c.Telemetry = func(t *telemetry.Config) {
			t.LogOutput = &logs
			t.SpanProcessors = append(t.SpanProcessors, trace.NewSimpleSpanProcessor(spans))
		}
	})
	s := h.apply(canary, "support-basics")
	id := h.only()
	reviewer := func(st client.Status) bool { return st.Attention == "reviewer" }
	asked := h.await(id, reviewer)
	if err := h.api.Decide(t.Context(), id, "adverse", reasonMark, asked.AssessmentForm.Answered(reasonMark)); err != nil {
		t.Fatal(err)
	}
	h.await(id, func(st client.Status) bool { return st.Attention == "applicant" })
	s.open("/apply/report").at("/apply/report").says("county criminal", "felony", "Findly")
	s.open("/apply/dispute").hand("/apply/status", "kind", "statement", "statement", statementMark)
	h.await(id, reviewer)
	if err := h.api.Decide(t.Context(), id, "proceed", reasonMark, nil); err != nil {
		t.Fatal(err)
	}
	st := s.certify(id, canary, "support-basics")
	s.open("/apply/certificate.pdf").at("/apply/certificate.pdf")
	for _, path := range []string{"/api/v1/applications", "/api/v1/applications/" + id, "/verify/" + st.Credential} {
		h.send(http.MethodGet, path, "", "Authorization", "Bearer "+h.face.APIKey)
	}
	oneTrace(t, spans.GetSpans())
	line, secret := h.throughEveryVendor()
	for _, path := range []string{"/api/v1/applications/" + line, "/api/v1/applications/" + line + "/ledger", "/api/v1/lists"} {
		h.send(http.MethodGet, path, "", "Authorization", "Bearer "+h.face.APIKey)
	}
	seen := spans.GetSpans() // closing empties the exporter
	_, _, metrics := h.send(http.MethodGet, "/metrics", "")
	if err := box.Close(); err != nil {
		t.Fatal(err)
	}

	places := map[string][]byte{"logs": logs.bytes(), "engines' logs": engines.bytes(), "metrics": []byte(metrics),
		"spans": fmt.Appendf(nil, "%+v", seen)}
	for name, content := range written(t, home) {
		places[name] = content
	}
	knows := map[string]int{}
	for name, content := range places {
		all := slices.Concat(marks, lineMarks)
		if !strings.HasPrefix(filepath.ToSlash(name), "sandbox/") { // there Stripe is at home, whose secret it is
			all = append(all, strings.ToLower(secret))
		}
		for _, f := range findMarks(content, all) {
			t.Errorf("%s holds %s", name, f)
		}
		for bit, who := range []string{id, line} {
			if len(findMarks(content, []string{who})) > 0 {
				knows[strings.SplitN(filepath.ToSlash(name), "/", 2)[0]] |= 1 << bit
			}
		}
	}
	for _, place := range []string{"temporal", "s3", "spans"} {
		if knows[place] != 3 {
			t.Errorf("not even the applicants' IDs are in the %s: the search looks in the wrong place", place)
		}
	}
}

// written reads all that lies under home but the mail, which is the letters
// themselves as the applicant's mailbox has them. Extended attributes, in which
// the gateway keeps objects' metadata and tags, count as content.
func written(t *testing.T, home string) map[string][]byte {
	t.Helper()
	found := map[string][]byte{}
	err := filepath.WalkDir(home, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(home, path)
		if err != nil || name == "mail" {
			return filepath.SkipDir
		}
		content := []byte(name + "\n")
		if d.Type().IsRegular() {
			body, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			content = append(content, body...)
		}
		found[name] = append(content, attributes(path)...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func attributes(path string) []byte {
	names := make([]byte, 64<<10)
	n, err := unix.Llistxattr(path, names)
	if err != nil {
		return nil
	}
	var all []byte
	for _, name := range bytes.Split(names[:n], []byte{0}) {
		value := make([]byte, 64<<10)
		if n, err := unix.Lgetxattr(path, string(name), value); err == nil {
			all = append(append(all, value[:n]...), '\n')
		}
	}
	return all
}

// findMarks looks for each mark in clear, base64 and hex, whatever the case and
// wherever in its three places a base64 block begins.
func findMarks(content []byte, marks []string) []string {
	var found []string
	lower := bytes.ToLower(content)
	for _, m := range marks {
		if bytes.Contains(lower, []byte(strings.ToLower(m))) {
			found = append(found, m+" in clear")
		}
		if bytes.Contains(lower, []byte(hex.EncodeToString([]byte(m)))) || bytes.Contains(lower, []byte(hex.EncodeToString([]byte(strings.ToUpper(m[:1])+m[1:])))) {
			found = append(found, m+" in hex")
		}
		for _, written := range []string{m, strings.ToUpper(m[:1]) + m[1:], strings.ToUpper(m)} {
			for shift := range 3 {
				for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
					// Of the block that the mark lies in, only what the mark alone determines.
					coded := e.EncodeToString([]byte(strings.Repeat("\x00", shift) + written))
					skip := []int{0, 2, 3}[shift]
					inner := coded[skip : len(coded)-1]
					if bytes.Contains(content, []byte(inner)) {
						found = append(found, m+" in base64")
					}
				}
			}
		}
	}
	return found
}

// TestFindMarks shows that the search finds what it is to find.
func TestFindMarks(t *testing.T) {
	for _, around := range []string{"", "a", "ab"} {
		text := []byte(around + "Qumarkgiven" + around)
		for name, content := range map[string][]byte{"clear": text, "base64": []byte(base64.StdEncoding.EncodeToString(text)),
			"URL base64": []byte(base64.RawURLEncoding.EncodeToString(text)), "hex": []byte(hex.EncodeToString(text)),
			"upper hex": []byte(strings.ToUpper(hex.EncodeToString(text)))} {
			if len(findMarks(content, []string{"qumarkgiven"})) == 0 {
				t.Errorf("not found in %s after %q", name, around)
			}
		}
	}
	if f := findMarks([]byte("nothing of the kind"), marks); len(f) != 0 {
		t.Errorf("found %v in nothing", f)
	}
}

// buffer may be written by many.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) bytes() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Clone(b.b.Bytes())
}
