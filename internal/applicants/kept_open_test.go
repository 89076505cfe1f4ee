package applicants

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
	"github.com/vouchsafe/vouchsafe/internal/process"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// erasedDesk is a desk whose applicant was erased, with a tax form that the law keeps.
func erasedDesk(t *testing.T) *desk {
	t.Helper()
	d := newDesk(t)
	d.Process = process.New(d.bucket, d.Vault)
	const key = onboarding.ApplicantID("019ab3c0-0000-7000-8000-00000000beef")
	if err := d.Vault.Create(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	details, err := json.Marshal(onboarding.Profile{onboarding.FieldTaxName: "Quillonia Example", onboarding.FieldTaxNumber: "987654321"})
	if err != nil {
		t.Fatal(err)
	}
	k := workflows.KeptByLaw{Category: policy.KeptTax, Key: string(key), Object: onboarding.KeptKey(d.id, policy.KeptTax), Until: t0.AddDate(4, 0, 0)}
	sealed, err := d.sealed(t.Context(), key, k.Object, onboarding.KeptBundle{Category: k.Category, Rule: "26 CFR 31.6001-1(e)(2)", Until: k.Until,
		Items: []onboarding.KeptItem{{Name: onboarding.TaxKey(d.id, 1), At: t0, Body: details}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.bucket.Put(t.Context(), k.Object, sealed); err != nil {
		t.Fatal(err)
	}
	d.engine.open[d.id.WorkflowID()] = workflows.StaffView{Applicant: d.id, Program: "support-basics", Stage: onboarding.StageErased}
	d.engine.open[d.id.KeptID()] = workflows.StaffView{}
	d.engine.kept = []workflows.KeptByLaw{k}
	if err := d.Vault.Destroy(t.Context(), d.id); err != nil {
		t.Fatal(err)
	}
	return d
}

// opensKept opens and gives the files; "" where it was refused, and then nothing was put
// on record.
func (d *desk) opensKept(t *testing.T, q OpenKept) (said, files string) {
	t.Helper()
	sent := len(d.engine.sent)
	opened, err := d.OpenKept(t.Context(), d.id, q, "staff:privacy:4f")
	if err != nil {
		if len(d.engine.sent) != sent || len(opened.Body) > 0 {
			t.Errorf("refused with %v, and sent %v", err, d.engine.sent[sent:])
		}
		return string(onboarding.CodeOf(err)) + " " + err.Error(), ""
	}
	z, err := zip.NewReader(bytes.NewReader(opened.Body), int64(len(opened.Body)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files += f.Name + "\n" + string(body) + "\n"
	}
	if len(d.engine.sent) != sent+1 || !strings.HasPrefix(d.engine.sent[sent], workflows.UpdateOpenKept+" "+d.id.KeptID()) || strings.Contains(d.engine.sent[sent], q.Reason) {
		t.Errorf("on record: %v", d.engine.sent[sent:])
	}
	return d.engine.sent[sent], files
}

// TestKeptByLawIsOpenedForABasis: what the law keeps of somebody who is erased opens under
// its own key, for a legal basis that is about it, on record and while its time lasts or a
// hold stands. The taxpayer number is shown to who may ask for just that.
//
// Promise 21.
func TestKeptByLawIsOpenedForABasis(t *testing.T) {
	d := erasedDesk(t)
	lines, err := d.KeptByLaw(t.Context(), d.id)
	if err != nil || len(lines) != 1 || lines[0].Rule == "" || lines[0].Says == "" {
		t.Fatalf("%+v, %v", lines, err)
	}
	q := OpenKept{Category: policy.KeptTax, Basis: policy.BasisTaxAuthority, Reason: "Their letter of 2 March"}
	if said, files := d.opensKept(t, q); !strings.Contains(files, "987654321") || !strings.Contains(files, "26 CFR 31.6001-1(e)(2)") || !strings.Contains(said, "taxpayer_number") {
		t.Errorf("for the tax authority: %s, %s", said, files)
	}
	masked := q
	masked.Basis = policy.BasisLitigation
	if said, files := d.opensKept(t, masked); !strings.Contains(files, "Quillonia Example") || strings.Contains(files, "987654321") || strings.Contains(said, "taxpayer_number") {
		t.Errorf("for a suit: %s, %s", said, files)
	}
	for what, change := range map[string]func(*OpenKept){
		"a basis of something else": func(q *OpenKept) { q.Basis = policy.BasisClaim },
		"no basis":                  func(q *OpenKept) { q.Basis = "" },
		"no reason":                 func(q *OpenKept) { q.Reason = " " },
		"no case":                   func(q *OpenKept) { q.Basis, q.Case = policy.BasisProcess, "matter-9" },
		"what is not kept":          func(q *OpenKept) { q.Category, q.Basis = policy.KeptScreening, policy.BasisClaim },
	} {
		in := q
		change(&in)
		if said, files := d.opensKept(t, in); files != "" || !strings.HasPrefix(said, string(onboarding.CodeInvalid)) && !strings.HasPrefix(said, string(onboarding.CodeNotNow)) {
			t.Errorf("%s: %s", what, said)
		}
	}

	// Legal process needs a case that somebody else has approved and that names the applicant.
	legal := process.Case{ID: "matter-9", Kind: onboarding.ProcessSubpoena, Scope: process.Scope{Applicants: []onboarding.ApplicantID{d.id}}, Asked: process.Deed{By: "staff:privacy:4f", At: t0}}
	if err := d.Process.Open(t.Context(), legal); err != nil {
		t.Fatal(err)
	}
	q.Basis, q.Case = policy.BasisProcess, legal.ID
	if said, files := d.opensKept(t, q); files != "" || !strings.Contains(said, "approved") {
		t.Errorf("a case that nobody has approved: %s", said)
	}
	if err := d.RuleOnLegalCase(t.Context(), legal.ID, true, "It is genuine", "staff:admin:7f"); err != nil {
		t.Fatal(err)
	}
	if said, files := d.opensKept(t, q); files == "" || !strings.Contains(said, "staff:admin:7f") {
		t.Errorf("a case that is approved: %s", said)
	}

	// Its time is over, unless a hold stands.
	d.now = t0.AddDate(4, 0, 0)
	q.Basis, q.Case = policy.BasisTaxAuthority, ""
	if said, files := d.opensKept(t, q); files != "" || !strings.HasPrefix(said, string(onboarding.CodeNotNow)) {
		t.Errorf("after its end: %s", said)
	}
	if err := d.Holds.Set(t.Context(), Hold{ID: "matter-17", Applicant: d.id, Program: "support-basics", Kind: onboarding.HoldLegal, Owner: "staff:privacy:4f", Since: t0}); err != nil {
		t.Fatal(err)
	}
	if said, files := d.opensKept(t, q); files == "" {
		t.Errorf("while a hold stands: %s", said)
	}
	d.now = t0.Add(time.Hour)
	if err := d.Vault.Destroy(t.Context(), onboarding.ApplicantID(d.engine.kept[0].Key)); err != nil {
		t.Fatal(err)
	}
	if _, err := d.OpenKept(t.Context(), d.id, q, "staff:privacy:4f"); err == nil {
		t.Error("it opens when its key is gone")
	}
	delete(d.engine.open, d.id.KeptID())
	if lines, err := d.KeptByLaw(t.Context(), d.id); err != nil || len(lines) != 0 {
		t.Errorf("all is gone: %+v, %v", lines, err)
	}
}
