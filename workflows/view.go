package workflows

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
)

// staffView is the case as staff see it.
func (c *file) staffView() StaffView {
	wait := c.wait
	if c.restricted() {
		wait = c.stillWait()
	}
	return StaffView{
		Applicant: c.in.Applicant, Program: c.in.Program.ID, Version: c.in.Program.Version, Stage: c.Stage, Attention: c.attentionNow(),
		Outcome: c.Outcome, Place: c.Place, Checks: slices.Clone(c.Checks), Wait: wait, Consents: c.consentLines(), Profile: c.Profile,
		Ruling: c.Ruling, Review: c.reviewing || c.heldAgain(), Reviews: c.Reviews, Opinions: slices.Clone(c.Opinions), Form: c.form(), Law: c.jurisdiction().ID, Correctable: c.toCorrect(), DataView: c.dataView(), StaffState: c.StaffState, NoticeState: c.NoticeState, HoldState: HoldState{slices.Clone(c.Holds)}, Unproved: c.Unproved, ProofSpent: c.proofSpent(), ContactSince: c.ContactSince, Offered: c.Offered, Requirements: c.requirements(), Credential: c.Credential,
		Required: c.lines(), Past: slices.Clone(c.Past), Renewal: c.renewalView(), Adverse: c.Adverse, Begun: c.Begun, Submitted: c.Submitted, UpdatedAt: c.UpdatedAt, Ledger: c.book.Stored(),
	}
}

// ReportToShow gives the check whose report the applicant may read: with the
// notice before an adverse action goes a copy of the report that it rests on
// (15 USC 1681b(b)(3)(A)(i)), and it stays theirs to read.
func (v StaffView) ReportToShow() (onboarding.Check, bool) {
	for _, k := range v.Checks {
		rests := v.Stage != onboarding.StageValidation // a notice on the first checks rests on no report
		if k.Name == onboarding.CheckBackground && k.Result != "" && !v.Adverse.PreNoticeAt.IsZero() && rests {
			return k, true
		}
	}
	return onboarding.Check{}, false
}

// summary is the view that is kept when the case is over. It is taken when the
// last page is composed, so its ledger head is the chain's own.
func (c *file) summary() *StaffView {
	v := c.staffView()
	v.Ledger = c.book.Chain
	v.HoldState = HoldState{} // those may be released when nobody changes the view any more: the book of holds has them
	return &v
}

// Kept is a case's last view as it lies in the store. What the ledger tells as well
// stands open, so that a case that was erased can still be named; the rest (what was
// found, where the applicant lives, what a vendor calls them) is sealed with their
// key (design, decisions 6 and 7).
type Kept struct {
	StaffView
	Sealed []byte `json:"sealed"` // the whole view
}

// Open is the part of the view that may stand in the open.
func (v StaffView) Open() StaffView {
	v.Place, v.Law, v.Wait, v.Ruling, v.Form = Place{}, "", Wait{}, onboarding.Decision{}, policy.Form{}
	v.Opinions, v.Correctable, v.DataView, v.StaffState, v.NoticeState = nil, nil, DataView{}, StaffState{}, NoticeState{}
	v.Adverse.Vendor = ""
	v.Requirements.QuizScore = 0
	v.Required = slices.Clone(v.Required)
	for i, l := range v.Required { // what was done stays, how well it was done goes
		v.Required[i] = RequirementLine{ID: l.ID, Kind: l.Kind, Status: l.Status, PassedAt: l.PassedAt}
	}
	v.Checks = slices.Clone(v.Checks)
	for i := range v.Checks {
		k := &v.Checks[i]
		k.Findings, k.Order, k.Reported, k.Note = []onboarding.Finding{}, "", "", ""
	}
	return v
}

// Erased is what stays of a case's last view when its applicant is erased.
func (k Kept) Erased() StaffView {
	v := k.Open()
	v.Stage, v.Attention, v.Profile = onboarding.StageErased, onboarding.AttentionNone, ""
	return v
}

// applicantView is the case as the applicant sees it.
func (c *file) applicantView() ApplicantView {
	v := ApplicantView{
		Applicant: c.in.Applicant, Program: c.in.Program.ID, Edition: c.in.Program, Stage: c.Stage, Attention: c.attentionNow(), Wait: c.wait, Profile: c.Profile,
		Consents: c.consentLines(), Offered: c.Offered, Requirements: c.requirements(), Credential: c.Credential, Adverse: c.Adverse,
		Required: c.lines(), Submitted: c.Submitted, Checks: []ApplicantCheck{}, Correctable: c.toCorrect(), Language: c.Language,
		Past: slices.Clone(c.Past), Renewal: c.renewalView(),
		Unproved: c.Unproved, ContactSince: c.ContactSince, Entered: c.Entered, DataView: c.dataView(), NoticeState: c.NoticeState,
	}
	v.Place = c.Place
	if h := c.restriction(); h != nil {
		v.Restricted, v.Wait = h.Since, c.stillWait()
	}
	_, v.Report = c.staffView().ReportToShow()
	for _, k := range c.Checks {
		v.Checks = append(v.Checks, ApplicantCheck{Name: k.Name, Vendor: k.Vendor, Status: k.Status, Since: k.Since, Began: k.Began, Due: c.due(&k),
			Yours: k.WaitsFor == onboarding.AttentionApplicant, Held: k.Held(), Note: k.Note})
	}
	return v
}

func (c *file) dataView() DataView {
	return DataView{Editable: c.editable(), Corrections: slices.Clone(c.Corrections), Attachments: slices.Clone(c.Attachments), Requests: slices.Clone(c.Requests)}
}

func (c *file) requirements() Requirements { return c.inShort() }

func (c *file) consentLines() []ConsentLine {
	out := make([]ConsentLine, 0, len(c.Consents.Held))
	for _, h := range c.Consents.Held {
		out = append(out, ConsentLine{Receipt: h.Receipt.ID, Purpose: h.Receipt.Purpose, Kind: h.Receipt.Kind, Notice: h.Receipt.Notice,
			GivenAt: h.Receipt.GivenAt, Withdrawn: h.Withdrawn, Method: h.Receipt.Method, ShownAt: h.Receipt.ShownAt})
	}
	return out
}

// FailedRoundTag is what FailedChecks holds besides of one failed check: which round
// failed, and when (in Unix milliseconds), so that lists tell both without the case
// being read. FailedRound reads it.
func FailedRoundTag(k onboarding.Check) string {
	return string(k.Name) + "#" + strconv.Itoa(k.Round) + "#" + strconv.FormatInt(k.Since.UnixMilli(), 10)
}

// FailedRound reads a tag of FailedRoundTag. It is false for any other tag.
func FailedRound(tag string) (name onboarding.CheckName, round int, since time.Time, ok bool) {
	parts := strings.Split(tag, "#")
	if len(parts) != 3 {
		return "", 0, time.Time{}, false
	}
	round, err := strconv.Atoi(parts[1])
	ms, merr := strconv.ParseInt(parts[2], 10, 64)
	if err != nil || merr != nil || round < 1 {
		return "", 0, time.Time{}, false
	}
	return onboarding.CheckName(parts[0]), round, time.UnixMilli(ms).UTC(), true
}

// FailedCheckTags is what the search attribute FailedChecks holds for one
// failed check: its name, its name at its vendor, the vendor, and the last two with
// the code of what stopped it.
func FailedCheckTags(name onboarding.CheckName, vendor, problem string) []string {
	tags := []string{string(name), string(name) + "@" + vendor, "@" + vendor}
	if problem != "" {
		tags = append(tags, string(name)+"@"+vendor+"!"+problem, "@"+vendor+"!"+problem)
	}
	return tags
}
