package checkr_test

import (
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/checkr"
	"github.com/vouchsafe/vouchsafe/internal/vendors/granttest"
)

// TestEntriesCannotBeTried: the reference of an entry stands in the ledger in the
// clear when it is disputed. The same count of the same case in another report has
// another, so that nobody finds the case by trying all numbers.
func TestEntriesCannotBeTried(t *testing.T) {
	read := func(search string) onboarding.Entry {
		people, err := checkr.ReadReport([]byte(`{"report":{"id":"r1"},"screenings":[{"object":"county_criminal_search","id":"` + search + `","status":"complete",
			"records":[{"case_number":"24-CR-000123","county":"Marion","state":"OR","charges":[{"charge":"Theft"}]}]}]}`))
		if err != nil || len(people.Searches) != 1 || len(people.Searches[0].Entries) != 1 {
			t.Fatalf("%+v, %v", people, err)
		}
		return people.Searches[0].Entries[0]
	}
	one, again, other := read("539fd88c101897f7cd000001"), read("539fd88c101897f7cd000001"), read("539fd88c101897f7cd000002")
	if one.ID == "" || one.ID != again.ID || one.ID == other.ID || one.CaseNumber != other.CaseNumber {
		t.Errorf("%q, %q and %q", one.ID, again.ID, other.ID)
	}
}

// TestRevisedAfterDispute: Checkr leaves the time of completion as it was and sets
// that of the revision, by which a second look is told from the first.
func TestRevisedAfterDispute(t *testing.T) {
	s := start(t, sandbox.Config{})
	id := granttest.NewApplicant()
	o := s.order(id, "Consider")
	first, _ := s.fetch(id, o.ID)
	asked := time.Now()
	s.post("/_checkr/reports/"+first.ID+"/dispute", `{"corrected":false}`)
	second, raw := s.fetch(id, o.ID)
	if first.CompletedAt == nil || second.CompletedAt == nil || !first.CompletedAt.Before(asked) || second.CompletedAt.Before(asked) {
		t.Errorf("completed %v, disputed %v, then %v", first.CompletedAt, asked, second.CompletedAt)
	}
	if people, err := checkr.ReadReport(raw); err != nil || !people.Completed.Equal(*second.CompletedAt) {
		t.Errorf("people read %v, %v", people.Completed, err)
	}
}
