package program_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
)

// TestShipped: the programs inside the binary load, and so do the same files from
// a folder, which is where an operator begins with their own.
func TestShipped(t *testing.T) {
	inside, err := program.Load("")
	if err != nil {
		t.Fatal(err)
	}
	folder, err := program.Load("files")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(inside.All(), folder.All()); d != "" {
		t.Errorf("(-binary +folder):\n%s", d)
	}
	var ids []string
	for _, p := range inside.All() {
		ids = append(ids, p.ID)
		t.Run(p.ID, func(t *testing.T) {
			if file := filepath.Join("files", p.ID+".yaml"); len(program.Check(file)) != 0 {
				t.Errorf("%s: %v", file, program.Check(file))
			}
			if p.MinimumAge < 18 {
				t.Errorf("28: a contract at %d", p.MinimumAge)
			}
			// A rule may clear or call a person; none may decline.
			for i, r := range p.Adjudication {
				if r.Then != program.ThenClear && r.Then != program.ThenReview && r.Then != program.ThenAdverseCandidate {
					t.Errorf("rule %d says %q", i+1, r.Then)
				}
			}
			// Only numbers set aside for fiction stand in what we ship.
			for name, v := range p.Vendors {
				if phone := v.Agency.Phone; phone != "" && !strings.Contains(phone, "555-01") {
					t.Errorf("%s has the telephone number %s", name, phone)
				}
			}
		})
	}
	if want := []string{"health-line", "support-basics"}; !slices.Equal(ids, want) {
		t.Errorf("shipped are %v; want %v, by ID", ids, want)
	}
}

// TestTrial: with those for one machine, every check and every vendor that can do
// it is shown, so that a person can try each by choosing a program.
func TestTrial(t *testing.T) {
	set, err := program.LoadTrial()
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	shown := map[onboarding.CheckName]bool{}
	for _, p := range set.All() {
		ids = append(ids, p.ID)
		for _, c := range p.Checks {
			shown[c.Name] = true
		}
	}
	for _, name := range onboarding.CheckNames() {
		if !shown[name] {
			t.Errorf("no program shows the check %s", name)
		}
	}
	for _, vendor := range []string{"kickbox", "twilio", "smarty", "maxmind", "stripe", "ofac", "watchman", "yente", "leie", "sam", "findly", "checkr"} {
		if set.Using(vendor) == "" {
			t.Errorf("no program uses %s", vendor)
		}
	}
	if want := []string{"guest-line", "health-line", "secure-line", "support-basics"}; !slices.Equal(ids, want) {
		t.Errorf("%v; want %v, by ID", ids, want)
	}
}

func TestSet(t *testing.T) {
	set, err := program.Load("")
	if err != nil {
		t.Fatal(err)
	}
	p, err := set.Get("health-line")
	if err != nil || p.Title != "Health Line" {
		t.Errorf("%+v, %v", p, err)
	}
	for _, id := range []string{"", "Health-line", "none"} {
		_, err := set.Get(id)
		var e *onboarding.Error
		if !errors.As(err, &e) || e.Code != onboarding.CodeUnknownProgram || e.Field != "program" || e.Hint == "" {
			t.Errorf("%q: %v", id, err)
		}
	}
	all := set.All()
	all[0].ID = "changed"
	if set.All()[0].ID == "changed" {
		t.Error("the set can be changed from outside")
	}
}

// TestAnswersStayHome: what may be shown of a quiz has no way to hold the answer,
// neither by its type nor in its bytes.
func TestAnswersStayHome(t *testing.T) {
	set, err := program.Load("")
	if err != nil {
		t.Fatal(err)
	}
	if _, has := reflect.TypeFor[program.PublicQuestion]().FieldByName("Answer"); has {
		t.Error("a question that is shown has its answer")
	}
	for _, p := range set.All() {
		q := p.Certification.Quiz
		public := q.Public()
		if len(public.Questions) != len(q.Questions) || public.Title != q.Title || public.PassMark != q.PassMark {
			t.Errorf("%s: %+v", p.ID, public)
		}
		b, err := json.Marshal(public)
		if err != nil || strings.Contains(strings.ToLower(string(b)), `"answer"`) {
			t.Errorf("%s: %s, %v", p.ID, b, err)
		}
		for i, x := range q.Questions {
			if d := cmp.Diff(x.Options, public.Questions[i].Options); d != "" {
				t.Errorf("%s, %s (-want +got):\n%s", p.ID, x.ID, d)
			}
			if !x.Offers(x.Answer) || x.Offers("") || x.Offers(x.Answer+"x") {
				t.Errorf("%s, %s: what is offered is not what can be chosen", p.ID, x.ID)
			}
		}
	}
}

// TestAgreementHash: a signature is bound to the text as shown, to the byte.
func TestAgreementHash(t *testing.T) {
	set, err := program.LoadFS(fstest.MapFS{"x.yaml": {Data: []byte(rightFile(t))}}, "")
	if err != nil {
		t.Fatal(err)
	}
	a := set.All()[0].Certification.Agreement
	sum := sha256.Sum256([]byte("You offer your services to us."))
	if a.SHA256() != hex.EncodeToString(sum[:]) {
		t.Errorf("%q has the hash %s", a.Text, a.SHA256())
	}
	b := a
	b.Text += " "
	if a.SHA256() == b.SHA256() {
		t.Error("another text has the same hash")
	}
}
