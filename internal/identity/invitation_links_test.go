package identity

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

func TestInvitationLinks(t *testing.T) {
	now := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	links := NewInvitationLinks(plainSealer{}, func() time.Time { return now })
	in := Invited{ID: someone, Ref: onboarding.InvitationRef{Program: "support-basics", Contact: strings.Repeat("0a", 20)}, Expires: now.Add(14 * 24 * time.Hour)}
	token, err := links.Mint(in)
	if err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(token, "+/= ") || len(token) > 300 {
		t.Errorf("token %q is not fit for an address", token)
	}
	got, err := links.Open(token)
	if err != nil || got.ID != in.ID || got.Ref != in.Ref || !got.Expires.Equal(in.Expires) {
		t.Errorf("opened %+v, %v", got, err)
	}
	now = in.Expires
	if got, err = links.Open(token); !errors.Is(err, ErrLinkExpired) || got.Ref != in.Ref {
		t.Errorf("at its end: %+v, %v; want what it says and ErrLinkExpired", got, err)
	}
	now = in.Expires.Add(-time.Hour)
	// A link into an application is none into an invitation, and the other way round.
	other, err := NewLinks(plainSealer{}, nil).Mint(someone, LinkTTL)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", "x", other, token[:len(token)-len("support-basics")*2], strings.Repeat("A", 600),
		base64.RawURLEncoding.EncodeToString([]byte(invitationUse + "\x00short"))} {
		if got, err := links.Open(bad); !errors.Is(err, ErrLinkForged) || got != (Invited{}) {
			t.Errorf("%q: %+v, %v", bad, got, err)
		}
	}
	if _, err := NewLinks(plainSealer{}, nil).Open(token); !errors.Is(err, ErrLinkForged) {
		t.Errorf("an invitation opens an application: %v", err)
	}
	for _, bad := range []Invited{{Ref: in.Ref}, {ID: someone}, {ID: someone, Ref: onboarding.InvitationRef{Program: "p", Contact: "ada@example.com"}}} {
		if _, err := links.Mint(bad); err == nil {
			t.Errorf("%+v was minted", bad)
		}
	}
}
