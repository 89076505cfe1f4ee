package holds_test

import (
	"errors"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/holds"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/shelf/shelftest"
)

const (
	ada = onboarding.ApplicantID("019ab3c0-0000-7000-8000-000000000001")
	bob = onboarding.ApplicantID("019ab3c0-0000-7000-8000-000000000002")
)

var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

func hold(id onboarding.ApplicantID, name string, at time.Time) holds.Hold {
	return holds.Hold{ID: name, Applicant: id, Program: "support-basics", Kind: onboarding.HoldLegal, Owner: "staff:privacy:1f", Reason: []byte("sealed"), Since: at}
}

// TestHolds: one that stands is given until it is released, and stays on record with who
// released it and why; set or released again it stays what it was.
func TestHolds(t *testing.T) {
	b := holds.New(&shelftest.Bucket{}, shelftest.Named{})
	for _, h := range []holds.Hold{hold(ada, "matter-2", noon.Add(time.Hour)), hold(ada, "matter-1", noon), hold(bob, "matter-1", noon)} {
		if err := b.Set(t.Context(), h); err != nil {
			t.Fatal(err)
		}
	}
	other := hold(ada, "matter-1", noon.Add(time.Minute))
	other.Kind = onboarding.HoldEmergency
	if err := b.Set(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	of, err := b.Of(t.Context(), ada)
	if err != nil || len(of) != 2 || of[0].ID != "matter-1" || of[0].Kind != onboarding.HoldLegal || of[1].ID != "matter-2" {
		t.Fatalf("%+v, %v", of, err)
	}
	if err := holds.Refused(of); onboarding.CodeOf(err) != onboarding.CodeNotNow {
		t.Errorf("destroyed while held: %v", err)
	}
	if err := b.Counted(t.Context(), ada, "matter-1", holds.Objects{Evidence: 7, Unlocked: true}); err != nil {
		t.Error(err)
	}
	for _, at := range []time.Time{noon.Add(2 * time.Hour), noon.Add(3 * time.Hour)} {
		if err := b.Release(t.Context(), ada, "matter-1", at, "staff:admin:2f", []byte("why")); err != nil {
			t.Error(err)
		}
	}
	if err := b.Set(t.Context(), hold(ada, "matter-1", noon)); err != nil {
		t.Error(err)
	}
	of, err = b.Of(t.Context(), ada)
	if err != nil || len(of) != 1 || of[0].ID != "matter-2" {
		t.Errorf("after a release: %+v, %v", of, err)
	}
	h, err := b.Get(t.Context(), ada, "matter-1")
	if err != nil || h.Stands() || !h.Released.Equal(noon.Add(2*time.Hour)) || h.By != "staff:admin:2f" || string(h.Why) != "why" || h.Objects.Evidence != 7 {
		t.Errorf("released: %+v, %v", h, err)
	}
	past, err := b.Past(t.Context(), ada)
	if err != nil || len(past) != 2 {
		t.Errorf("%+v, %v", past, err)
	}
	standing, err := b.Standing(t.Context())
	if err != nil || len(standing) != 2 || len(standing[ada]) != 1 || len(standing[bob]) != 1 {
		t.Errorf("%+v, %v", standing, err)
	}
	if err := holds.Refused(nil); err != nil {
		t.Errorf("refused for nothing: %v", err)
	}
}

func TestWhatIsNoHold(t *testing.T) {
	bucket := &shelftest.Bucket{}
	b := holds.New(bucket, shelftest.Named{})
	for _, h := range []holds.Hold{{}, {ID: "matter-1", Applicant: ada, Kind: "whim", Owner: "staff:privacy:1f", Since: noon}, {ID: "matter-1", Applicant: ada, Kind: onboarding.HoldLegal, Since: noon}} {
		if err := b.Set(t.Context(), h); err == nil {
			t.Errorf("%+v was kept", h)
		}
	}
	if err := b.Release(t.Context(), ada, "matter-1", noon, "staff:privacy:1f", nil); onboarding.CodeOf(err) != onboarding.CodeInvalid {
		t.Errorf("released what there is not: %v", err)
	}
	if len(bucket.Held()) != 0 {
		t.Errorf("left behind: %v", bucket.Held())
	}
	if _, err := b.Get(t.Context(), ada, "matter-1"); onboarding.CodeOf(err) != onboarding.CodeInvalid {
		t.Errorf("%v", err)
	}
	// A store that does not answer must never read as "nothing is held".
	bucket.Down = errors.New("down")
	if _, err := b.Of(t.Context(), ada); !errors.Is(err, bucket.Down) {
		t.Errorf("%v", err)
	}
}

func TestNames(t *testing.T) {
	for id, fits := range map[string]bool{"matter-1": true, "a": false, "Matter-1": false, "dispute-17": false, "../x/yy": false, "019ab3c0-0000-7000-8000-000000000001": true} {
		if err := onboarding.CheckHoldID(id); (err == nil) != fits {
			t.Errorf("%s: %v", id, err)
		}
	}
}
