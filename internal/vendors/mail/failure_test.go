package mail_test

import (
	"bufio"
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/mail"
)

// drop hangs up instead of answering, and hang never answers.
const (
	drop = "drop"
	hang = "hang"
)

// trouble is a relay that goes wrong at one point of the dialog, as real ones do
// and the sink never does.
type trouble struct {
	address string
	mu      sync.Mutex
	taken   int // letters that were accepted
	left    int // connections that the client left open
}

// newTrouble answers at a point (greeting, EHLO, MAIL, RCPT, DATA, the letter's
// end ".", RSET, QUIT) with the reply, and otherwise as a good relay would.
func newTrouble(t *testing.T, at, reply string) *trouble {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &trouble{address: l.Addr().String()}
	over := make(chan struct{})
	var dialogs sync.WaitGroup
	dialogs.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			dialogs.Go(func() {
				defer conn.Close()
				r.talk(conn, at, reply, over)
			})
		}
	})
	t.Cleanup(func() {
		close(over)
		_ = l.Close()
		dialogs.Wait()
		if r.left > 0 {
			t.Error("the connection was left open")
		}
	})
	return r
}

func (r *trouble) talk(conn net.Conn, at, reply string, over <-chan struct{}) {
	good := map[string]string{"greeting": "220 ready", "EHLO": "250 here", "MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go on", ".": "250 taken", "RSET": "250 ok", "NOOP": "250 ok", "QUIT": "221 bye"}
	say := func(point string) bool {
		line, ok := good[point]
		if !ok {
			line = "502 what?"
		}
		if point == at {
			line = reply
		}
		if line == hang {
			<-over
		}
		if line == drop || line == hang {
			return false
		}
		_, err := conn.Write([]byte(line + "\r\n"))
		return err == nil
	}
	in := bufio.NewScanner(conn)
	defer func() {
		if errors.Is(in.Err(), os.ErrDeadlineExceeded) {
			r.mu.Lock()
			r.left++
			r.mu.Unlock()
		}
	}()
	_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
	inLetter := false
	for ok := say("greeting"); ok && in.Scan(); {
		line := in.Text()
		switch {
		case inLetter && line != ".":
			continue
		case inLetter:
			inLetter = false
			if at != "." {
				r.mu.Lock()
				r.taken++
				r.mu.Unlock()
			}
			ok = say(".")
		default:
			word, _, _ := strings.Cut(strings.ToUpper(line), " ")
			ok = say(word)
			inLetter = word == "DATA" && at != "DATA"
		}
	}
}

// TestRelayInTrouble: a 5xx answer is final, all else may pass; neither says more
// than that, since a relay's words quote the address.
func TestRelayInTrouble(t *testing.T) {
	const says = " 5.1.1 <" + reader + "> and more"
	for name, tt := range map[string]struct {
		at, reply string
		want      onboarding.Code // "": the letter is on its way
	}{
		"no such mailbox":           {"RCPT", "550" + says, onboarding.CodeVendorRefused},
		"mailbox name not allowed":  {"RCPT", "553" + says, onboarding.CodeVendorRefused},
		"sender refused":            {"MAIL", "550" + says, onboarding.CodeVendorRefused},
		"letter refused":            {".", "554" + says, onboarding.CodeVendorRefused},
		"letter not wanted":         {"DATA", "554" + says, onboarding.CodeVendorRefused},
		"greylisted":                {"RCPT", "450" + says, onboarding.CodeVendorDown},
		"mailbox full for now":      {"RCPT", "452" + says, onboarding.CodeVendorDown},
		"sender, later":             {"MAIL", "451" + says, onboarding.CodeVendorDown},
		"disk full":                 {".", "452" + says, onboarding.CodeVendorDown},
		"shutting down":             {"DATA", "421" + says, onboarding.CodeVendorDown},
		"not now":                   {"greeting", "421 busy", onboarding.CodeVendorDown},
		"no service here":           {"greeting", "554 no", onboarding.CodeVendorDown}, // about the relay, not the letter
		"nonsense":                  {"greeting", "hello", onboarding.CodeVendorDown},
		"hung up at once":           {"greeting", drop, onboarding.CodeVendorDown},
		"hung up at the reader":     {"RCPT", drop, onboarding.CodeVendorDown},
		"hung up before the end":    {".", drop, onboarding.CodeVendorDown},
		"never greets":              {"greeting", hang, onboarding.CodeVendorDown},
		"never takes it":            {".", hang, onboarding.CodeVendorDown},
		"all is well":               {"", "", ""},
		"taken, then hung up":       {"RSET", drop, ""},
		"taken, then in trouble":    {"RSET", "421 shutting down", ""},
		"taken, then confused":      {"RSET", "502 what?", ""},
		"taken, without a farewell": {"QUIT", drop, ""},
		"taken, with a bad one":     {"QUIT", "500 no", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			far := newTrouble(t, tt.at, tt.reply)
			r := relay(t, far.address, func(c *mail.Config) { c.Timeout = 500 * time.Millisecond })
			start := time.Now()
			err := mail.Send(t.Context(), r, grant(t, nil), letter(nil))
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("it took %s, and the limit is half a second", took)
			}
			far.mu.Lock()
			defer far.mu.Unlock()
			if tt.want != "" {
				wantCode(t, name, err, tt.want)
				if far.taken > 0 {
					t.Error("the letter was taken, and will be sent again")
				}
				return
			}
			// The relay has taken the letter. To call that an error would send it twice.
			if err != nil || far.taken != 1 {
				t.Errorf("%v, %d letters taken", err, far.taken)
			}
		})
	}
}

// TestRelayDown: nobody listens, or the address leads nowhere.
func TestRelayDown(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	wantCode(t, "nobody listens", mail.Send(t.Context(), relay(t, address, nil), grant(t, nil), letter(nil)), onboarding.CodeVendorDown)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := mail.Send(ctx, newPost(t, nil).relay, grant(t, nil), letter(nil)); err == nil {
		t.Error("sent under a context that is over")
	}
}
