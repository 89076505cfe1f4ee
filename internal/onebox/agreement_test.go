package onebox_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/demo"
	"github.com/vouchsafe/vouchsafe/internal/onebox"
)

// TestAgreementEndedUnderOlderCases: a case that was handed in while the agreement with a
// vendor held waits for that vendor; the program's new file ends the agreement, the house
// starts anew and the vendor is resumed. Nothing goes there, and the case says why.
//
// Promise 39.
func TestAgreementEndedUnderOlderCases(t *testing.T) {
	const holds = `kickbox: {agreement_version: "1.0", agreement_date: "2026-01-15"}`
	body, err := os.ReadFile("../program/files/support-basics.yaml")
	if err != nil {
		t.Fatal(err)
	}
	cfg := config(t.TempDir())
	cfg.ProgramsDir = t.TempDir()
	write := func(says string) {
		t.Helper()
		text := strings.Replace(string(body), holds, says, 1)
		if err := os.WriteFile(filepath.Join(cfg.ProgramsDir, "support-basics.yaml"), []byte(text), 0o600); err != nil || !strings.Contains(text, says) {
			t.Fatal(err, says)
		}
	}
	var id string
	begun(t, cfg, write, holds, func(h *house) {
		must(h.api.PauseVendor(t.Context(), "kickbox", "The agreement is being talked over."))(t)
		time.Sleep(3 * time.Second) // workers learn of it within two
		notices := must(h.api.Notices(t.Context(), "en"))(t)
		id = must(h.api.Apply(t.Context(), somebody(t, demo.NewClear(notices), 1, "support-basics", "Ada", "Example", "1990-04-27"), "first"))(t).ID
		h.await(id, func(st client.Status) bool { return checkOf(t, st, "phone").Status == "passed" })
	})
	ended := strings.Replace(holds, "}", `, agreement_end: "`+time.Now().AddDate(0, 0, -1).UTC().Format(time.DateOnly)+`"}`, 1)
	begun(t, cfg, write, ended, func(h *house) {
		must(h.api.ResumeVendor(t.Context(), "kickbox"))(t)
		st := h.await(id, func(st client.Status) bool { return st.Attention == "ops" })
		if k := checkOf(t, st, "email"); k.Status != "failed" || k.Problem != "NO_AGREEMENT" || k.Round != 1 {
			t.Errorf("%+v", k)
		}
		if n := len(h.books("kickbox")); n != 0 {
			t.Errorf("the vendor was asked %d times", n)
		}
		h.everyLedgerHolds(1)
	})
}

// begun starts a house with the program's file as it says, for as long as do takes.
func begun(t *testing.T, cfg onebox.Config, write func(string), says string, do func(*house)) {
	t.Helper()
	write(says)
	box, err := onebox.Start(context.WithoutCancel(t.Context()), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := box.Close(); err != nil {
			t.Error("stopping:", err)
		}
	}()
	do(visit(t, box.Face))
}
