package mail_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	netmail "net/mail"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/devstack/loopback"
	sink "github.com/vouchsafe/vouchsafe/internal/devstack/mail"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/granttest"
	"github.com/vouchsafe/vouchsafe/internal/vendors/mail"
)

const reader = "quillonia@example.com"

// post is the real sink and a relay of ours that sends there.
type post struct {
	t     *testing.T
	sink  *sink.Server
	dir   string
	relay *mail.Relay
}

func newPost(t *testing.T, change func(*mail.Config)) *post {
	t.Helper()
	ports, err := loopback.Free("", 2)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { loopback.Release(ports...) })
	p := &post{t: t, dir: filepath.Join(t.TempDir(), "mail")}
	if p.sink, err = sink.Start(t.Context(), sink.Config{Dir: p.dir, SMTPPort: ports[0], InboxPort: ports[1]}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.sink.Close(); err != nil {
			t.Error(err)
		}
	})
	p.relay = relay(t, p.sink.SMTP(), change)
	return p
}

func relay(t *testing.T, address string, change func(*mail.Config)) *mail.Relay {
	t.Helper()
	cfg := mail.Config{Address: address, From: "Vouchsafe <no-reply@example.com>", Domain: "letters.example.com", Plain: true}
	if change != nil {
		change(&cfg)
	}
	r, err := mail.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// grant is a permission to write to somebody once.
func grant(t *testing.T, change func(onboarding.Profile)) consent.Grant[consent.Account] {
	t.Helper()
	p := onboarding.Profile{onboarding.FieldEmail: reader, onboarding.FieldGivenName: "Zoë",
		onboarding.FieldFamilyName: "Canary", onboarding.FieldNationalID: "987654321"}
	if change != nil {
		change(p)
	}
	return granttest.Give[consent.Account](t, granttest.Use{Recipient: consent.RecipientMail, Profile: p,
		Fields: []onboarding.Field{onboarding.FieldEmail, onboarding.FieldGivenName}})
}

func letter(change func(*mail.Letter)) mail.Letter {
	l := mail.Letter{ID: "0198c0de.2", Thread: "0198c0de.1", Subject: "Your application: Support Basics", Text: "Here is the link.\n\nhttps://apply.example.com/apply/link/token\n"}
	if change != nil {
		change(&l)
	}
	return l
}

// inbox is what the sink's own API shows.
func (p *post) inbox() []sink.Message {
	p.t.Helper()
	resp, err := http.Get(p.sink.Inbox() + "/api/messages?to=" + url.QueryEscape(reader))
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	var out []sink.Message
	if err := json.Unmarshal(body, &out); err != nil {
		p.t.Fatalf("%v in %s", err, body)
	}
	return out
}

// wire is the last letter as it came over the wire, and read by the standard
// library.
func (p *post) wire() (string, *netmail.Message) {
	p.t.Helper()
	files, err := filepath.Glob(filepath.Join(p.dir, "*.json"))
	if err != nil || len(files) == 0 {
		p.t.Fatalf("no letter was kept: %v", err)
	}
	body, err := os.ReadFile(files[len(files)-1])
	if err != nil {
		p.t.Fatal(err)
	}
	var kept struct {
		Raw []byte `json:"raw"`
	}
	if err := json.Unmarshal(body, &kept); err != nil {
		p.t.Fatal(err)
	}
	m, err := netmail.ReadMessage(strings.NewReader(string(kept.Raw)))
	if err != nil {
		p.t.Fatal(err)
	}
	return string(kept.Raw), m
}

func TestSend(t *testing.T) {
	p := newPost(t, nil)
	before := time.Now().Add(-time.Second)
	if err := mail.Send(t.Context(), p.relay, grant(t, nil), letter(nil)); err != nil {
		t.Fatal(err)
	}
	all := p.inbox()
	if len(all) != 1 {
		t.Fatalf("%d letters", len(all))
	}
	got := all[0]
	if got.From != "no-reply@example.com" || len(got.To) != 1 || got.To[0] != reader || got.Subject != "Your application: Support Basics" {
		t.Errorf("from %s to %v: %s", got.From, got.To, got.Subject)
	}
	if want := "Hello Zoë,\n\nHere is the link.\n\nhttps://apply.example.com/apply/link/token\n"; strings.TrimSpace(got.Text) != strings.TrimSpace(want) {
		t.Errorf("text %q, want %q", got.Text, want)
	}
	raw, m := p.wire()
	for name, want := range map[string]string{
		"From": `"Vouchsafe" <no-reply@example.com>`, "To": "<" + reader + ">", "Message-Id": "<0198c0de.2@letters.example.com>",
		"References": "<0198c0de.1@letters.example.com>", "In-Reply-To": "<0198c0de.1@letters.example.com>", "Auto-Submitted": "auto-generated", "Mime-Version": "1.0", // RFC 3834, 5
	} {
		if values := m.Header[name]; len(values) != 1 || values[0] != want {
			t.Errorf("%s is %q, want %q once", name, values, want)
		}
	}
	if at, err := m.Header.Date(); err != nil || at.Before(before.Truncate(time.Second)) || at.After(time.Now().Add(time.Second)) {
		t.Errorf("Date %v, %v", at, err)
	}
	if kind := m.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/plain") || !strings.Contains(strings.ToLower(kind), "utf-8") {
		t.Errorf("Content-Type %q", kind)
	}
	// The grant opens two fields; nothing else of the person can be in a letter.
	for _, canary := range []string{"Canary", "987654321"} {
		if strings.Contains(raw, canary) {
			t.Errorf("the letter holds %q", canary)
		}
	}
}

// TestOneClickUnsubscribe: a letter that can be ended has both headers that mail
// programs make a button of (RFC 8058, 3.1), and no other letter has one.
//
// Promise 60.
func TestOneClickUnsubscribe(t *testing.T) {
	const stop = "https://apply.example.com/apply/invited/token/stop"
	for _, l := range []mail.Letter{letter(nil), letter(func(l *mail.Letter) { l.Stop = stop })} {
		p := newPost(t, nil)
		if err := mail.Send(t.Context(), p.relay, grant(t, nil), l); err != nil {
			t.Fatal(err)
		}
		_, m := p.wire()
		link, how := m.Header.Get("List-Unsubscribe"), m.Header.Get("List-Unsubscribe-Post")
		if l.Stop == "" && link+how != "" {
			t.Errorf("a letter that nobody can end offers it: %q, %q", link, how)
		}
		if l.Stop != "" && (link != "<"+stop+">" || how != "List-Unsubscribe=One-Click") {
			t.Errorf("%q, %q", link, how)
		}
	}
}

// TestMessageIDIsTheLetters: a repeat carries the same, so that a reader's program
// shows it once, and another letter of the thread another.
func TestMessageIDIsTheLetters(t *testing.T) {
	p := newPost(t, nil)
	second := letter(func(l *mail.Letter) { l.ID = "0198c0de.3" })
	var ids, threads []string
	for _, l := range []mail.Letter{letter(nil), letter(nil), second, letter(func(l *mail.Letter) { l.Thread = "" }),
		letter(func(l *mail.Letter) { l.ID = l.Thread })} {
		if err := mail.Send(t.Context(), p.relay, grant(t, nil), l); err != nil {
			t.Fatal(err)
		}
		_, m := p.wire()
		ids, threads = append(ids, m.Header.Get("Message-Id")), append(threads, m.Header.Get("References"))
	}
	if ids[0] != ids[1] || ids[0] == ids[2] {
		t.Errorf("Message-IDs %q", ids)
	}
	if threads[0] != threads[2] || threads[0] == "" || threads[3] != "" || threads[4] != "" {
		t.Errorf("References %q", threads)
	}
}

// TestWordsOfTheWorld: subject and text come as they were written.
func TestWordsOfTheWorld(t *testing.T) {
	p := newPost(t, nil)
	for _, tt := range []struct{ subject, name, text string }{
		{"Ihre Bewerbung: Größe für Ärzte", "Jürgen", "Weiter geht es hier.\n"},
		{"あなたの応募", "李", "次に何が起こるか\n"},
		{strings.Repeat("Überlänge ", 40), "Zoë", strings.Repeat("Ein langer Satz ohne Ende ", 100) + "\n"},
		{"Dots", "Bob", "first\n.\n..\n.hidden\nlast\n"}, // a dot alone ends a letter in SMTP (RFC 5321, 4.5.2)
		{"From", "Bob", "From here on\n\tand = signs =3D at 100 %\n"},
	} {
		err := mail.Send(t.Context(), p.relay, grant(t, func(f onboarding.Profile) { f[onboarding.FieldGivenName] = tt.name }),
			letter(func(l *mail.Letter) { l.Subject, l.Text = tt.subject, tt.text }))
		if err != nil {
			t.Fatal(err)
		}
		all := p.inbox()
		got := all[len(all)-1]
		if strings.TrimSpace(got.Subject) != strings.TrimSpace(tt.subject) {
			t.Errorf("subject %q, want %q", got.Subject, tt.subject)
		}
		if want := "Hello " + tt.name + ",\n\n" + tt.text; strings.TrimRight(got.Text, "\n") != strings.TrimRight(want, "\n") {
			t.Errorf("text %q, want %q", got.Text, want)
		}
		raw, _ := p.wire()
		head, _, _ := strings.Cut(raw, "\r\n\r\n")
		for line := range strings.SplitSeq(raw, "\r\n") {
			if len(line) > 998 { // RFC 5322, 2.1.1
				t.Errorf("a line of %d bytes", len(line))
			}
		}
		if strings.ContainsFunc(head, func(r rune) bool { return r > 126 }) {
			t.Errorf("the head is not ASCII: %s", head)
		}
	}
}

// TestNoHeaderIsSmuggledIn: whatever a value holds, it stays one value, one
// letter, one reader.
func TestNoHeaderIsSmuggledIn(t *testing.T) {
	p := newPost(t, nil)
	const evil = "\r\nBcc: evil@example.com\r\nX-Evil: yes\r\n\r\nEvil text"
	for name, tt := range map[string]struct {
		letter  func(*mail.Letter)
		profile func(onboarding.Profile)
		refused bool
	}{
		"the subject":               {func(l *mail.Letter) { l.Subject += evil }, nil, false},
		"the subject, by \\n":       {func(l *mail.Letter) { l.Subject += "\nBcc: evil@example.com" }, nil, false},
		"the thread":                {func(l *mail.Letter) { l.Thread += evil }, nil, false},
		"the number":                {func(l *mail.Letter) { l.ID += evil }, nil, false},
		"the first name":            {nil, func(f onboarding.Profile) { f[onboarding.FieldGivenName] += evil }, false},
		"the address":               {nil, func(f onboarding.Profile) { f[onboarding.FieldEmail] += evil }, true},
		"two addresses":             {nil, func(f onboarding.Profile) { f[onboarding.FieldEmail] += ", evil@example.com" }, true},
		"a command in the address":  {nil, func(f onboarding.Profile) { f[onboarding.FieldEmail] = "a@example.com>\r\nRCPT TO:<evil@example.com" }, true},
		"a dot line in the subject": {func(l *mail.Letter) { l.Subject += "\r\n.\r\nMAIL FROM:<evil@example.com>" }, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.RemoveAll(p.dir); err != nil { // wire reads what is there
				t.Fatal(err)
			}
			if err := os.MkdirAll(p.dir, 0o700); err != nil {
				t.Fatal(err)
			}
			err := mail.Send(t.Context(), p.relay, grant(t, tt.profile), letter(tt.letter))
			if tt.refused {
				if onboarding.CodeOf(err) != onboarding.CodeVendorRefused || strings.Contains(err.Error(), "example.com") {
					t.Errorf("%v: want a final refusal that quotes nothing", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			raw, m := p.wire()
			if m.Header.Get("Bcc") != "" || m.Header.Get("X-Evil") != "" {
				t.Errorf("a header was smuggled in:\n%s", raw)
			}
			if all := p.inbox(); len(all[len(all)-1].To) != 1 {
				t.Errorf("it went to %v", all[len(all)-1].To)
			}
			if name == "the first name" && !strings.Contains(raw, "Hello Zo=C3=ABBcc: evil@example.comX-Evil: yesEvil text,") {
				t.Errorf("the greeting is not one line:\n%s", raw)
			}
		})
	}
	resp, err := http.Get(p.sink.Inbox() + "/api/messages?to=evil@example.com")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || strings.TrimSpace(string(body)) != "[]" {
		t.Errorf("somebody else got a letter: %s, %v", body, err)
	}
}

// TestGreeting: somebody whose name is not known yet is greeted all the same.
func TestGreeting(t *testing.T) {
	p := newPost(t, nil)
	for name, want := range map[string]string{"": "Hello,\n\nHere", "O’Brien": "Hello O’Brien,\n\nHere", "\t\n": "Hello,\n\nHere"} {
		err := mail.Send(t.Context(), p.relay, grant(t, func(f onboarding.Profile) { f[onboarding.FieldGivenName] = name }), letter(nil))
		if err != nil {
			t.Fatal(err)
		}
		all := p.inbox()
		if got := all[len(all)-1].Text; !strings.HasPrefix(got, want) {
			t.Errorf("%q is greeted %q", name, got)
		}
	}
}

// TestGrantIsSpent: one permission, one letter; and none for another's.
func TestGrantIsSpent(t *testing.T) {
	p := newPost(t, nil)
	once := grant(t, nil)
	if err := mail.Send(t.Context(), p.relay, once, letter(nil)); err != nil {
		t.Fatal(err)
	}
	elsewhere := granttest.Give[consent.Validation](t, granttest.Use{Recipient: "kickbox", Fields: []onboarding.Field{onboarding.FieldEmail},
		Profile: onboarding.Profile{onboarding.FieldEmail: reader}})
	for name, err := range map[string]error{
		"a second letter":  mail.Send(t.Context(), p.relay, once, letter(nil)),
		"another vendor's": mail.Send(t.Context(), p.relay, elsewhere, letter(nil)),
		"one of nobody":    mail.Send(t.Context(), p.relay, consent.Grant[consent.Account]{}, letter(nil)),
	} {
		if onboarding.CodeOf(err) != onboarding.CodeGrantRefused {
			t.Errorf("%s: %v, want CodeGrantRefused", name, err)
		}
	}
	if all := p.inbox(); len(all) != 1 {
		t.Errorf("%d letters went out", len(all))
	}
}

// TestNothingInClear: a relay that offers no TLS gets nothing, and one that is not
// on this machine may not even be set up without (obligation 48).
func TestNothingInClear(t *testing.T) {
	p := newPost(t, func(c *mail.Config) { c.Plain = false })
	err := mail.Send(t.Context(), p.relay, grant(t, nil), letter(nil))
	if onboarding.CodeOf(err) != onboarding.CodeVendorDown {
		t.Errorf("%v, want CodeVendorDown", err)
	}
	if all := p.inbox(); len(all) != 0 {
		t.Error("the letter went out in clear")
	}
}

func TestNew(t *testing.T) {
	for name, tt := range map[string]struct {
		address string
		plain   bool
		says    string
	}{
		"no port":               {"smtp.example.com", false, "host:port"},
		"a port of words":       {"smtp.example.com:smtp", false, "no number"},
		"empty":                 {"", false, "host:port"},
		"elsewhere without TLS": {"smtp.example.com:25", true, "set up TLS"},
		"a name like ours":      {"localhost.example.com:25", true, "set up TLS"},
		"an open address":       {"0.0.0.0:25", true, "set up TLS"},
		"elsewhere with TLS":    {"smtp.example.com:587", false, ""},
		"here":                  {"127.0.0.1:25", true, ""},
		"here, by IPv6":         {"[::1]:25", true, ""},
		"here, by name":         {"localhost:25", true, ""},
	} {
		r, err := mail.New(mail.Config{Address: tt.address, Plain: tt.plain})
		if (err == nil) != (tt.says == "") || (r == nil) != (err != nil) || (err != nil && !strings.Contains(err.Error(), tt.says)) {
			t.Errorf("%s: %v, want %q", name, err, tt.says)
		}
	}
}

// TestManyAtOnce: one relay serves all workers of a process.
func TestManyAtOnce(t *testing.T) {
	p := newPost(t, nil)
	const n = 24
	grants := make(chan consent.Grant[consent.Account], n)
	for range n {
		grants <- grant(t, nil)
	}
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			if err := mail.Send(context.Background(), p.relay, <-grants, letter(nil)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := len(p.inbox()); got != n {
		t.Errorf("%d letters, want %d", got, n)
	}
}

func wantCode(t *testing.T, what string, err error, want onboarding.Code) {
	t.Helper()
	var e *onboarding.Error
	if !errors.As(err, &e) || e.Code != want {
		t.Errorf("%s: %v, want %s", what, err, want)
		return
	}
	if strings.Contains(err.Error(), reader) || strings.Contains(err.Error(), "quillonia") {
		t.Errorf("%s: the error holds the address: %v", what, err)
	}
}
