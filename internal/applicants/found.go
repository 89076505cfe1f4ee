package applicants

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// MatchReader reads the sealed result of a search by name.
type MatchReader func(raw []byte) (onboarding.Comparison, error)

// Found is what one check found, beside what the applicant gave. It holds personal
// data: it is made for the page that shows it and kept nowhere.
type Found struct {
	Check    onboarding.Check
	Given    []Given            // what the applicant gave, where the check is about just that
	Codes    []VendorCode       // what the vendor said, by its own names
	Compared *Compared          // of a search by name
	Report   *onboarding.Report // of a background investigation
}

// Given is one thing that the applicant gave.
type Given struct{ What, Value string }

// VendorCode is one member of a vendor's answer.
type VendorCode struct{ Name, Value string }

// Compared is a search by name, side by side.
type Compared struct {
	List, Edition string
	Threshold     float64
	Candidates    []ComparedCandidate
}

// ComparedCandidate is one entry of the list beside the applicant.
type ComparedCandidate struct {
	ID, Name string
	Over     bool // it reached the threshold
	Total    float64
	Rows     []ComparedRow
}

// ComparedRow is one thing that was compared, or that only the list says.
type ComparedRow struct {
	What, Given, Listed string
	Word                onboarding.Agreement // empty: there is nothing to compare
	Score               float64
	Scored              bool
}

// Found shows a reviewer what a check found. That they look, and at which fields,
// stands in the ledger before anything is opened (workflows.UpdateRecordView); if
// it cannot be recorded nothing is shown. Errors: CodeNotNow when the check has no
// answer yet or the application has ended, CodeKeyDestroyed when its data were
// erased, and those of StaffView.
func (s *Service) Found(ctx context.Context, id onboarding.ApplicantID, check onboarding.CheckName, as identity.Reading) (Found, error) {
	if err := as.Check(); err != nil {
		return Found{}, err
	}
	v, err := s.StaffView(ctx, id)
	if err != nil {
		return Found{}, err
	}
	i := slices.IndexFunc(v.Checks, func(k onboarding.Check) bool { return k.Name == check })
	if i < 0 || v.Checks[i].Result == "" {
		return Found{}, &onboarding.Error{Code: onboarding.CodeNotNow, Message: "There is no answer of this check to look at.", Hint: "Look at the applicant's page for how far it is."}
	}
	k := v.Checks[i]
	fields := besides(k)
	if err := s.update(ctx, id, workflows.UpdateRecordView, "", workflows.RecordView{Check: check, Fields: fields, Why: string(as.Purpose()), Actor: workflows.Actor(as.Actor()), Despite: groundOf(as.Purpose())}, &workflows.Ack{}); err != nil {
		return Found{}, err
	}
	result, err := s.result(ctx, id, k)
	if err != nil {
		return Found{}, err
	}
	p := onboarding.Profile{}
	if len(fields) > 0 {
		if p, err = s.profile(ctx, id, v.Profile); err != nil {
			return Found{}, err
		}
	}
	return s.found(k, result, p.Only(fields...))
}

// found reads the result by what sort of check it is of.
func (s *Service) found(k onboarding.Check, r onboarding.Result, p onboarding.Profile) (Found, error) {
	out := Found{Check: k}
	switch k.Name {
	case onboarding.CheckSanctions, onboarding.CheckExclusions, onboarding.CheckDebarment:
		read, ok := s.Matches[k.Vendor]
		if !ok {
			return Found{}, fmt.Errorf("applicants: nobody reads the matches of %s", k.Vendor)
		}
		c, err := read(r.Raw)
		if err != nil {
			return Found{}, err
		}
		out.Compared = compare(c, p)
	case onboarding.CheckBackground:
		read, ok := s.Reports[k.Vendor]
		if !ok {
			return Found{}, fmt.Errorf("applicants: nobody reads the reports of %s", k.Vendor)
		}
		report, err := read(r.Raw)
		if err != nil {
			return Found{}, err
		}
		out.Report = &report
	case onboarding.CheckEmail, onboarding.CheckPhone, onboarding.CheckAddress, onboarding.CheckIPRisk, onboarding.CheckIdentity,
		onboarding.CheckNationalID, onboarding.CheckDuplicate:
		out.Codes = codesOf(k.Vendor, r.Raw)
		for _, f := range onboarding.Fields() {
			if p[f] != "" {
				out.Given = append(out.Given, Given{What: strings.ReplaceAll(string(f), "_", " "), Value: p[f]})
			}
		}
	}
	return out, nil
}

// besides lists the fields that are shown beside what a check found: those that it
// was about, and no other. A report about a person needs none, and the identity
// number is never shown.
func besides(k onboarding.Check) []onboarding.Field {
	switch k.Name {
	case onboarding.CheckEmail:
		return []onboarding.Field{onboarding.FieldEmail}
	case onboarding.CheckPhone:
		return []onboarding.Field{onboarding.FieldPhone}
	case onboarding.CheckAddress:
		return []onboarding.Field{onboarding.FieldStreet, onboarding.FieldUnit, onboarding.FieldCity, onboarding.FieldState, onboarding.FieldPostalCode}
	case onboarding.CheckSanctions, onboarding.CheckExclusions, onboarding.CheckDebarment:
		fields := []onboarding.Field{onboarding.FieldGivenName, onboarding.FieldMiddleName, onboarding.FieldFamilyName, onboarding.FieldDateOfBirth}
		if onboarding.ListName(k.Vendor).Known() { // we searched ourselves, and by place too
			fields = append(fields, onboarding.FieldState, onboarding.FieldCountry)
		}
		return fields
	case onboarding.CheckIPRisk, onboarding.CheckIdentity, onboarding.CheckNationalID, onboarding.CheckDuplicate, onboarding.CheckBackground:
	}
	return nil
}

// compare sets a search's candidates beside the applicant.
func compare(c onboarding.Comparison, p onboarding.Profile) *Compared {
	name := strings.Join(strings.Fields(p[onboarding.FieldGivenName]+" "+p[onboarding.FieldMiddleName]+" "+p[onboarding.FieldFamilyName]), " ")
	place := strings.Trim(p[onboarding.FieldState]+", "+p[onboarding.FieldCountry], ", ")
	out := &Compared{List: c.List, Edition: c.Edition, Threshold: c.Threshold}
	for _, e := range c.Candidates {
		row := func(what, given, listed, part string) ComparedRow {
			k := e.Part(part)
			return ComparedRow{What: what, Given: given, Listed: listed, Word: k.Agreement, Score: k.Score, Scored: k.Scored}
		}
		shown := ComparedCandidate{ID: e.ID, Name: e.Name, Over: e.Over, Total: e.Total}
		matched := e.Name
		if e.Matched != "" {
			matched = e.Matched
		}
		shown.Rows = append(shown.Rows, row("name", name, matched, onboarding.PartName),
			row("date of birth", p[onboarding.FieldDateOfBirth], strings.Join(e.Born, "; "), onboarding.PartBorn),
			row("place", place, strings.Join(e.Places, "; "), onboarding.PartPlace))
		for _, own := range e.Parts {
			if own.Agreement == "" {
				shown.Rows = append(shown.Rows, row(own.What, "", "", own.What))
			}
		}
		for _, says := range []ComparedRow{{What: "listed for", Listed: e.Reason}, {What: "remarks", Listed: e.Remarks}} {
			if says.Listed != "" {
				shown.Rows = append(shown.Rows, says)
			}
		}
		out.Candidates = append(out.Candidates, shown)
	}
	return out
}

// result opens the sealed answer of one check.
func (s *Service) result(ctx context.Context, id onboarding.ApplicantID, k onboarding.Check) (onboarding.Result, error) {
	sealed, err := s.Evidence.Get(ctx, k.Result)
	if err != nil {
		return onboarding.Result{}, fmt.Errorf("applicants: read what the check %s found: %w", k.Name, err)
	}
	plain, err := s.Vault.Open(ctx, id, k.Result, sealed)
	if err != nil {
		return onboarding.Result{}, err
	}
	var results map[onboarding.CheckName]onboarding.Result
	if err := json.Unmarshal(plain, &results); err != nil {
		return onboarding.Result{}, fmt.Errorf("applicants: the result %s is not readable", k.Result) // the cause would quote it
	}
	return results[k.Name], nil
}
