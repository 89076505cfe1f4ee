package identity

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// plainSealer shows its inside, so that a test can forge; names are kept apart
// as a real one keeps them.
type plainSealer struct{}

func (plainSealer) SystemSeal(name string, p []byte) ([]byte, error) {
	return append([]byte(name+"\x00"), p...), nil
}

func (plainSealer) SystemOpen(name string, s []byte) ([]byte, error) {
	rest, ok := strings.CutPrefix(string(s), name+"\x00")
	if !ok {
		return nil, errors.New("the seal does not hold")
	}
	return []byte(rest), nil
}

const someone = onboarding.ApplicantID("0198c0de-0000-7000-8000-0000000000aa")

func TestLinksOpenUntilTheyExpire(t *testing.T) {
	now := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	links := NewLinks(plainSealer{}, func() time.Time { return now })
	token, err := links.Mint(someone, LinkTTL)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(token, string(someone)) || strings.ContainsAny(token, "+/= ") {
		t.Errorf("token %q is not fit for an address", token)
	}
	now = now.Add(time.Hour)
	if sent := links.Sent(token); !sent.Equal(now.Add(-time.Hour)) {
		t.Errorf("sent %s", sent)
	}
	now = now.Add(LinkTTL - time.Hour - time.Second)
	if id, err := links.Open(token); err != nil || id != someone {
		t.Errorf("just before its end: %q, %v", id, err)
	}
	now = now.Add(time.Second)
	id, err := links.Open(token)
	if !errors.Is(err, ErrLinkExpired) || id != someone || onboarding.CodeOf(err) != onboarding.CodeNotAllowed {
		t.Errorf("at its end: %q, %v; want the ID and ErrLinkExpired", id, err)
	}
}

func TestLinksRefuseWhatIsNotOurs(t *testing.T) {
	links := NewLinks(plainSealer{}, nil)
	good, err := links.Mint(someone, LinkTTL)
	if err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{
		"empty": "", "words": "hello", "cut": good[:len(good)-4], "longer": good + "AAAA", "not base64": good + "!",
		"huge": strings.Repeat("A", 100_000), "another use": "Y29va2llLwAB",
	} {
		if id, err := links.Open(token); !errors.Is(err, ErrLinkForged) || id != "" {
			t.Errorf("%s: %q, %v; want ErrLinkForged and no ID", name, id, err)
		}
		if sent := links.Sent(token); !sent.IsZero() {
			t.Errorf("%s: sent %s", name, sent)
		}
	}
	if _, err := links.Mint("somebody", LinkTTL); onboarding.CodeOf(err) != onboarding.CodeUnknownApplicant {
		t.Errorf("an ID that is none: %v", err)
	}
}

func TestApplicantSessionEnds(t *testing.T) {
	t0 := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	s := NewApplicantSession(someone, t0)
	if !s.Live(t0.Add(SessionIdle-time.Second)) || s.Live(t0.Add(SessionIdle)) {
		t.Error("idle time is not held")
	}
	s.Renewed = t0.Add(SessionMax - time.Minute)
	if !s.Live(t0.Add(SessionMax-time.Second)) || s.Live(t0.Add(SessionMax)) {
		t.Error("the longest time is not held")
	}
	if (ApplicantSession{}).Live(time.Time{}) {
		t.Error("the zero session is live")
	}
}

// TestSessionIsRenewedNowAndThen: often enough that one who is at work is not put
// out, and not at every page.
func TestSessionIsRenewedNowAndThen(t *testing.T) {
	t0 := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	s := NewApplicantSession(someone, t0)
	if s.Applicant != someone || !s.Since.Equal(t0) || !s.Renewed.Equal(t0) {
		t.Errorf("%+v", s)
	}
	if s.Stale(t0) || s.Stale(t0.Add(time.Minute)) {
		t.Error("the cookie is set again at every page")
	}
	if at, longer := s.Ends(); !at.Equal(t0.Add(SessionIdle)) || !longer {
		t.Errorf("ends %v, %v", at, longer)
	}
	if !s.Stale(t0.Add(SessionIdle / 2)) {
		t.Error("one who looks in every hour is put out")
	}
}
