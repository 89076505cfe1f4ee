package console

import (
	"net/http"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
)

// twoPrograms are those of a house with two clients.
type twoPrograms struct{}

func (twoPrograms) All() []program.Program {
	return append(programs{}.All(), program.Program{ID: "other", Title: "Another client's line",
		Checks: []program.CheckSpec{{Name: onboarding.CheckSanctions, Vendor: "watchman"}}})
}

// TestFiltersNameOwnProgramsAlone: who is scoped to some programs chooses among those
// alone, and among the vendors that those ask, on every page with such a choice.
func TestFiltersNameOwnProgramsAlone(t *testing.T) {
	h := newHouse(t)
	h.console.Programs = twoPrograms{}
	for _, at := range []string{"/console", "/console/board", "/console/failed", "/console/webhooks"} {
		d := h.desk(identity.RoleAdmin)
		const others = `value="other"`
		if d.get(at).is(http.StatusOK); !strings.Contains(d.body, others) {
			t.Errorf("%s does not offer every program to who sees all", at)
		}
		d.swap(func(string) string {
			return d.sealed(identity.Staff{ID: "00c0ffee", Role: identity.RoleAdmin, Programs: []string{"support-basics"}})
		})
		if d.get(at).is(http.StatusOK); strings.Contains(d.body, others) || strings.Contains(d.body, "watchman") {
			t.Errorf("%s offers what belongs to another program", at)
		}
	}
}

// TestAnotherProgramsApplicantIsUnknown: every address that names an applicant of
// another program answers as one that names nobody, in the same words, and nothing
// is done.
func TestAnotherProgramsApplicantIsUnknown(t *testing.T) {
	h := newHouse(t)
	h.fake.cases[reviewID].Program = "other"
	d := h.desk(identity.RoleAdmin)
	d.swap(func(string) string {
		return d.sealed(identity.Staff{ID: "00c0ffee", Role: identity.RoleAdmin, Programs: []string{"support-basics"}})
	})
	d.get(casePath(failedID)).is(http.StatusOK)
	d.get("/console").is(http.StatusOK, string(failedID))
	if strings.Contains(d.body, string(reviewID)) {
		t.Error("the list has an applicant of another program")
	}
	for _, rt := range h.console.routes() {
		method, path, _ := strings.Cut(rt.pattern, " ")
		if !strings.Contains(path, "/applicants/{id}") {
			continue
		}
		for _, name := range []string{"{check}", "{requirement}", "{number}"} {
			path = strings.ReplaceAll(path, name, "1")
		}
		ask := func(id onboarding.ApplicantID) string {
			at := strings.ReplaceAll(path, "{id}", string(id))
			if method == http.MethodPost {
				d.post(at, nil)
			} else {
				d.get(at)
			}
			d.is(http.StatusNotFound)
			return strings.ReplaceAll(d.body, string(id), "ID")
		}
		if theirs, nobodys := ask(reviewID), ask(unknownID); theirs != nobodys {
			t.Errorf("%s tells an applicant of another program from nobody", rt.pattern)
		}
	}
	if len(h.fake.deeds)+len(h.fake.looks) > 0 {
		t.Errorf("something was done: %v %v", h.fake.deeds, h.fake.looks)
	}
}
