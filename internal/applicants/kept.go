package applicants

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// KeptLine is a category of what the law keeps of somebody who is erased.
type KeptLine struct {
	Category string    `json:"category"`
	Says     string    `json:"says"`
	Rule     string    `json:"rule"`
	Until    time.Time `json:"until"`
}

// KeptByLaw lists what the law still keeps of an applicant who is erased; none for one who
// is not, or of whom all is gone.
func (s *Service) KeptByLaw(ctx context.Context, id onboarding.ApplicantID) ([]KeptLine, error) {
	kept, err := s.keptOf(ctx, id)
	out := []KeptLine{}
	for _, k := range kept {
		category, _ := policy.KeptCategoryOf(k.Category)
		out = append(out, KeptLine{Category: k.Category, Says: category.Says, Rule: category.Rule, Until: k.Until})
	}
	return out, err
}

func (s *Service) keptOf(ctx context.Context, id onboarding.ApplicantID) ([]workflows.KeptByLaw, error) {
	v, err := s.StaffView(ctx, id)
	if err != nil || v.Stage != onboarding.StageErased {
		return nil, err
	}
	var kept []workflows.KeptByLaw
	err = failure(s.queryAt(ctx, id.KeptID(), workflows.QueryKept, &kept))
	if onboarding.CodeOf(err) == onboarding.CodeUnknownApplicant { // all of it is gone
		return nil, nil
	}
	return kept, err
}

// OpenKept is what somebody asks for who opens what the law keeps.
type OpenKept struct {
	Category string // of policy.KeptCategories
	Basis    string // of policy.KeptBases
	Reason   string // which matter it is for; kept sealed, as long as what is opened
	Case     string // of legal process, where the basis needs one
}

// OpenKept gives what the law keeps of somebody who is erased, for a legal basis and as a
// ZIP. That it is opened, by whom and for what stands in the ledger first. Errors:
// CodeInvalid for a basis that does not open the category, no reason and a case that is
// not approved or does not name the applicant; CodeNotNow for what is not kept any more.
func (s *Service) OpenKept(ctx context.Context, id onboarding.ApplicantID, q OpenKept, by workflows.Actor) (Opened, error) {
	kept, err := s.keptOf(ctx, id)
	if err != nil {
		return Opened{}, err
	}
	basis, ok := policy.KeptBasisOf(q.Basis)
	if !ok || !basis.Opens(q.Category) {
		return Opened{}, onboarding.Invalid("basis", "What is kept there is not opened for that.", "Choose a basis that the list has for this category.")
	}
	q.Reason = strings.TrimSpace(q.Reason)
	if err := checkWords("reason", q.Reason); err != nil {
		return Opened{}, err
	}
	i := slices.IndexFunc(kept, func(k workflows.KeptByLaw) bool { return k.Category == q.Category })
	if i < 0 {
		return Opened{}, notKept()
	}
	k := kept[i]
	if held, err := s.Holds.Of(ctx, id); err != nil || !s.Now().Before(k.Until) && len(held) == 0 {
		return Opened{}, errors.Join(err, notKept())
	}
	in := workflows.OpenKept{Category: q.Category, Basis: q.Basis, Actor: by}
	if basis.Case {
		if in.Approver, err = s.caseFor(ctx, id, q.Case); err != nil {
			return Opened{}, err
		}
		in.Case = q.Case
	}
	if basis.Number {
		in.Fields = []onboarding.Field{onboarding.FieldTaxNumber}
	}
	if in.Words, err = s.seal(ctx, onboarding.ApplicantID(k.Key), sealReason, q.Reason); err != nil {
		return Opened{}, err
	}
	if err := failure(s.updateAt(ctx, id.KeptID(), workflows.UpdateOpenKept, &workflows.Ack{}, in)); err != nil {
		if onboarding.CodeOf(err) == onboarding.CodeUnknownApplicant {
			err = notKept()
		}
		return Opened{}, err
	}
	bundle, err := s.keptBundle(ctx, k)
	if err != nil {
		return Opened{}, err
	}
	packed, err := packKept(bundle, basis.Number)
	return Opened{MediaType: "application/zip", File: "kept-" + q.Category + ".zip", Body: packed}, err
}

func notKept() error {
	return &onboarding.Error{Code: onboarding.CodeNotNow, Message: "That is not kept of this applicant: there never was any, or its time is over.", Hint: "The ledger says what was kept, until when, and when it was destroyed."}
}

// caseFor gives who approved the case of legal process that names the applicant.
func (s *Service) caseFor(ctx context.Context, id onboarding.ApplicantID, name string) (workflows.Actor, error) {
	c, err := s.Process.Get(ctx, name)
	if onboarding.CodeOf(err) == onboarding.CodeInvalid || err == nil && (!c.Approved.Done() || !slices.Contains(c.Scope.Applicants, id)) {
		return "", onboarding.Invalid("case", "There is no case of legal process of that name that is approved and names this applicant.", "Look at the list of cases, and have it approved first.")
	}
	return workflows.Actor(c.Approved.By), err
}

// keptBundle opens a category under its own key.
func (s *Service) keptBundle(ctx context.Context, k workflows.KeptByLaw) (onboarding.KeptBundle, error) {
	var out onboarding.KeptBundle
	sealed, err := s.Objects.Get(ctx, k.Object)
	if s.Objects.IsMissing(err) {
		return out, notKept()
	}
	if err != nil {
		return out, err
	}
	err = s.opened(ctx, onboarding.ApplicantID(k.Key), k.Object, sealed, &out)
	if onboarding.CodeOf(err) == onboarding.CodeKeyDestroyed {
		return out, notKept()
	}
	return out, err
}

var notInNames = regexp.MustCompile(`[^A-Za-z0-9.-]+`)

// packKept puts a category into a ZIP with a list of what is in it. Taxpayer numbers are
// masked unless whole.
func packKept(b onboarding.KeptBundle, whole bool) ([]byte, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	put := func(name string, body []byte) error {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write(body)
		}
		return err
	}
	category, _ := policy.KeptCategoryOf(b.Category)
	list := fmt.Sprintf("%s\nKept by %s until %s.\n\n", category.Says, b.Rule, b.Until.UTC().Format(time.DateOnly))
	for i, item := range b.Items {
		body := item.Body
		if b.Category == policy.KeptTax && !whole {
			var err error
			if body, err = maskedTax(body); err != nil {
				return nil, err
			}
		}
		ending := ".txt"
		if json.Valid(body) {
			ending = ".json"
		}
		name := fmt.Sprintf("%02d-%s%s", i+1, strings.Trim(notInNames.ReplaceAllString(path.Base(item.Name), "-"), "-"), ending)
		if len(body) == 0 {
			name = "nothing beyond what the ledger says"
		} else if err := put(name, body); err != nil {
			return nil, err
		}
		list += fmt.Sprintf("%s, of %s: %s\n", item.Name, item.At.UTC().Format(time.RFC3339), name)
	}
	if err := errors.Join(put("list.txt", []byte(list)), z.Close()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// maskedTax gives the details of a tax form without the number in them.
func maskedTax(body []byte) ([]byte, error) {
	var p onboarding.Profile
	if err := json.Unmarshal(body, &p); err != nil {
		return nil, errors.New("applicants: the details of a tax form are not readable") // the cause would quote it
	}
	if p[onboarding.FieldTaxNumber] != "" {
		p[onboarding.FieldTaxNumber] = hiddenNumber
	}
	return json.Marshal(p)
}
