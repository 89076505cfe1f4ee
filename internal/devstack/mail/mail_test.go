package mail_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/smtp"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/devstack/loopback"
	"github.com/vouchsafe/vouchsafe/internal/devstack/mail"
)

func config(t *testing.T) mail.Config {
	t.Helper()
	ports, err := loopback.Free("", 2)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { loopback.Release(ports...) })
	return mail.Config{Dir: filepath.Join(t.TempDir(), "mail"), SMTPPort: ports[0], InboxPort: ports[1]}
}

func start(t *testing.T, cfg mail.Config) *mail.Server {
	t.Helper()
	s, err := mail.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func send(t *testing.T, s *mail.Server, to, letter string) {
	t.Helper()
	letter = strings.ReplaceAll(letter, "\n", "\r\n")
	if err := smtp.SendMail(s.SMTP(), nil, "no-reply@example.com", []string{to}, []byte(letter)); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, address string, want int) string {
	t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != want {
		t.Fatalf("%s: %s: %s", address, resp.Status, body)
	}
	return string(body)
}

func list(t *testing.T, s *mail.Server, to string) []mail.Message {
	t.Helper()
	var answer []mail.Message
	body := get(t, s.Inbox()+"/api/messages?to="+url.QueryEscape(to), http.StatusOK)
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

const multipartLetter = `From: Vouchsafe <no-reply@example.com>
To: ada@example.com
Subject: =?utf-8?q?Your_sign-in_link_=E2=80=93_valid_15_minutes?=
Message-ID: <1@example.com>
Auto-Submitted: auto-generated
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="b1"

--b1
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Good day =E2=80=93 follow http://127.0.0.1:8080/apply/in?t=3Dabc=
def&x=3D1.
<script>alert(1)</script>
--b1
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: base64

PHA+bm90IHRoaXM8L3A+
--b1--
`

func TestLettersComeThroughDecoded(t *testing.T) {
	s := start(t, config(t))
	send(t, s, "ada@example.com", multipartLetter)
	send(t, s, "bob@example.com", "Subject: plain\n\nhello bob\n.dots\n")
	send(t, s, "Ada@Example.com", "Subject: html only\nContent-Type: text/html; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n<head><title>x</title></head><p>Caf=E9 &amp; <a href=3D\"http://h/p\">go</a></p>\n")
	send(t, s, "odd@example.com", "no header at all")

	ada := list(t, s, "ADA@example.com")
	if len(ada) != 2 {
		t.Fatalf("ada has %d letters", len(ada))
	}
	first := ada[0]
	if first.Subject != "Your sign-in link – valid 15 minutes" || first.From != "no-reply@example.com" || first.At.IsZero() ||
		first.Text != "Good day – follow http://127.0.0.1:8080/apply/in?t=abcdef&x=1.\n<script>alert(1)</script>" ||
		first.Headers["Auto-Submitted"] != "auto-generated" || first.Headers["Message-Id"] != "<1@example.com>" {
		t.Errorf("%+v", first)
	}
	if ada[1].Text != "Café & go http://h/p" {
		t.Errorf("%q", ada[1].Text)
	}
	if all := list(t, s, ""); len(all) != 4 || all[1].Text != "hello bob\n.dots\n" || !strings.Contains(all[3].Text, "no header") {
		t.Errorf("%+v", all)
	}
	if got := list(t, s, "nobody@example.com"); got == nil || len(got) != 0 {
		t.Errorf("nobody has %v", got)
	}

	var one mail.Message
	if err := json.Unmarshal([]byte(get(t, s.Inbox()+"/api/messages/"+first.ID, http.StatusOK)), &one); err != nil || one.ID != first.ID {
		t.Errorf("%v, %v", one, err)
	}
	get(t, s.Inbox()+"/api/messages/none", http.StatusNotFound)

	page := get(t, s.Inbox()+"/messages/"+first.ID, http.StatusOK)
	if !strings.Contains(page, `<a href="http://127.0.0.1:8080/apply/in?t=abcdef&amp;x=1">http://127.0.0.1:8080/apply/in?t=abcdef&amp;x=1</a>.`) {
		t.Errorf("no link: %s", page)
	}
	if strings.Contains(page, "<script>") {
		t.Error("a letter's markup got through")
	}
	get(t, s.Inbox()+"/messages/none", http.StatusNotFound)
	index := get(t, s.Inbox()+"/?to=bob@example.com", http.StatusOK)
	if !strings.Contains(index, "plain") || strings.Contains(index, "html only") {
		t.Errorf("the list is not only bob's: %s", index)
	}
}

func TestDeleteAndRestart(t *testing.T) {
	cfg := config(t)
	s := start(t, cfg)
	for i := range 3 {
		send(t, s, "ada@example.com", fmt.Sprintf("Subject: %d\n\nx\n", i))
	}
	send(t, s, "bob@example.com", "Subject: bob\n\nx\n")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(cfg.Dir)
	if err != nil || len(entries) != 4 {
		t.Fatalf("%d files, %v", len(entries), err)
	}
	if err := os.WriteFile(filepath.Join(cfg.Dir, "torn.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}

	s = start(t, cfg)
	ada := list(t, s, "ada@example.com")
	if len(ada) != 3 || ada[0].Subject != "0" || ada[2].Subject != "2" {
		t.Fatalf("after a restart: %+v", ada)
	}
	remove := func(to, site string) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, s.Inbox()+"/api/messages?to="+to, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if site != "" {
			req.Header.Set("Sec-Fetch-Site", site)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	if got := remove("ada@example.com", "cross-site"); got != http.StatusForbidden {
		t.Errorf("another site's page may delete: %d", got)
	}
	if got := remove("ada@example.com", ""); got != http.StatusNoContent {
		t.Errorf("delete: %d", got)
	}
	if all := list(t, s, ""); len(all) != 1 || all[0].Subject != "bob" {
		t.Errorf("left: %+v", all)
	}
	if got := remove("", ""); got != http.StatusNoContent || len(list(t, s, "")) != 0 {
		t.Errorf("delete all: %d", got)
	}
}

func TestLimits(t *testing.T) {
	cfg := config(t)
	s := start(t, cfg)
	big := append([]byte("Subject: big\r\n\r\n"), bytes.Repeat([]byte("0123456789\r\n"), 1<<20)...)
	if err := smtp.SendMail(s.SMTP(), nil, "a@example.com", []string{"b@example.com"}, big); err == nil {
		t.Error("a letter of 12 MB was taken")
	}
	if got := list(t, s, ""); len(got) != 0 {
		t.Errorf("%d letters", len(got))
	}
	other := cfg
	other.InboxPort = cfg.InboxPort + 1
	if _, err := mail.Start(t.Context(), other); err == nil || !strings.Contains(err.Error(), "SMTP") {
		t.Errorf("a busy port: %v", err)
	}
	other = cfg
	other.Host = "0.0.0.0"
	if _, err := mail.Start(t.Context(), other); err == nil {
		t.Error("an open host was taken")
	}
}

func TestCloseDoesNotWaitForIdleClients(t *testing.T) {
	s := start(t, config(t))
	conn, err := net.Dial("tcp", s.SMTP())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.Read(make([]byte, 64)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestClosedAtOnce: whoever stops it in the instant of its start need not wait.
func TestClosedAtOnce(t *testing.T) {
	for range 20 {
		s, err := mail.Start(t.Context(), config(t))
		if err != nil {
			t.Fatal(err)
		}
		closed := make(chan error, 1)
		go func() { closed <- s.Close() }()
		select {
		case err := <-closed:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(time.Minute):
			t.Fatal("it does not close")
		}
	}
}
