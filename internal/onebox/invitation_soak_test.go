package onebox_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/invitations"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/onebox"
)

// TestSoakInvitations invites as many as VOUCHSAFE_SOAK_INVITE says from one list:
// each address gets one letter, and the same list sent again invites nobody.
func TestSoakInvitations(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("VOUCHSAFE_SOAK_INVITE"))
	if err != nil || n < 1 {
		t.Skip("say how many in VOUCHSAFE_SOAK_INVITE")
	}
	h, box := start(t, func(c *onebox.Config) { c.Clock = 1 })
	var list strings.Builder
	list.WriteString("email,given_name,language,reference\n")
	for i := range n {
		fmt.Fprintf(&list, "soak.%05d@example.com,Soak,%s,S-%d\n", i, []string{"en", "es"}[i%2], i)
	}
	began := time.Now()
	sent, err := h.api.InviteCSV(t.Context(), []byte(list.String()), client.InviteOptions{Program: "support-basics", PerSecond: 1000}, uuid.NewString())
	if err != nil || sent.List.Total != n {
		t.Fatalf("%+v, %v", sent.List, err)
	}
	t.Logf("%d lines were looked at in %s", n, time.Since(began).Round(time.Millisecond))
	eventually(t, time.Hour, func() error {
		l, err := h.api.InvitationList(t.Context(), sent.List.ID)
		if err == nil && !l.Over() {
			err = fmt.Errorf("%d of %d", l.Dealt, l.Total)
		}
		return err
	})
	t.Logf("all were started after %s", time.Since(began).Round(time.Millisecond))
	eventually(t, time.Hour, func() error {
		counts, err := box.Invitations().Counts(t.Context(), invitations.Filter{})
		if err == nil && counts[onboarding.InvitationSent] != n {
			err = fmt.Errorf("%v", counts)
		}
		return err
	})
	took := time.Since(began)
	t.Logf("all %d letters were with the mail server after %s: %.1f a second", n, took.Round(time.Millisecond), float64(n)/took.Seconds())
	for _, i := range []int{0, n / 2, n - 1} {
		if got := len(h.mailTo(fmt.Sprintf("soak.%05d@example.com", i))); got != 1 {
			t.Errorf("%d letters came to number %d", got, i)
		}
	}
	again := time.Now()
	twice, err := h.api.InviteCSV(t.Context(), []byte(list.String()), client.InviteOptions{Program: "support-basics"}, uuid.NewString())
	if err != nil || twice.List.Total != 0 || twice.List.LeftOut != n {
		t.Errorf("the same list again: %+v, %v", twice.List, err)
	}
	t.Logf("the same list again was looked at in %s", time.Since(again).Round(time.Millisecond))
}
