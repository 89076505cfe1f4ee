package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Applicant is a person as an integrator sends them.
type Applicant struct {
	GivenName     string `json:"given_name" maxLength:"400"`
	MiddleName    string `json:"middle_name,omitempty" maxLength:"400"`
	FamilyName    string `json:"family_name" maxLength:"400"`
	DateOfBirth   string `json:"date_of_birth" maxLength:"40" doc:"YYYY-MM-DD" example:"1990-04-27"`
	Email         string `json:"email" maxLength:"400"`
	Phone         string `json:"phone" maxLength:"60" doc:"E.164, or a US number with its area code"`
	NationalID    string `json:"national_id" maxLength:"40" doc:"US Social Security number; never given back"`
	Street        string `json:"street" maxLength:"400"`
	Unit          string `json:"unit,omitempty" maxLength:"400"`
	City          string `json:"city" maxLength:"400"`
	State         string `json:"state" maxLength:"40" doc:"Two letters"`
	PostalCode    string `json:"postal_code" maxLength:"40"`
	Country       string `json:"country" maxLength:"40" doc:"ISO 3166-1 alpha-2; US only"`
	PastAddresses string `json:"past_addresses,omitempty" maxLength:"8000" doc:"One a line"`
}

func (a Applicant) profile() onboarding.Profile {
	p := onboarding.Profile{
		onboarding.FieldGivenName: a.GivenName, onboarding.FieldMiddleName: a.MiddleName, onboarding.FieldFamilyName: a.FamilyName,
		onboarding.FieldDateOfBirth: a.DateOfBirth, onboarding.FieldEmail: a.Email, onboarding.FieldPhone: a.Phone,
		onboarding.FieldNationalID: a.NationalID, onboarding.FieldStreet: a.Street, onboarding.FieldUnit: a.Unit, onboarding.FieldCity: a.City,
		onboarding.FieldState: a.State, onboarding.FieldPostalCode: a.PostalCode, onboarding.FieldCountry: a.Country,
		onboarding.FieldPastAddresses: a.PastAddresses,
	}
	return p
}

// Notice names the text that the person was shown.
type Notice struct {
	ID       string `json:"id" maxLength:"100"`
	Version  string `json:"version" maxLength:"40"`
	Language string `json:"language" maxLength:"20"`
	SHA256   string `json:"sha256" maxLength:"64" doc:"Of the text as shown, hex"`
}

// Origin says where a consent came from.
type Origin struct {
	IPAddress string `json:"ip_address" maxLength:"60"`
	UserAgent string `json:"user_agent" maxLength:"1000"`
}

// Consent is the evidence of one consent that the client's own form captured.
type Consent struct {
	Purpose   string    `json:"purpose" maxLength:"40"`
	Kind      string    `json:"kind" maxLength:"40"`
	Notice    Notice    `json:"notice"`
	Method    string    `json:"method" enum:"client_form,typed_signature"`
	Signature string    `json:"signature,omitempty" maxLength:"400" doc:"Name as typed, for what is signed"`
	ShownAt   time.Time `json:"shown_at"`
	GivenAt   time.Time `json:"given_at"`
	Origin    Origin    `json:"origin"`
}

// Application is the body of POST /applications.
type Application struct {
	Program   string    `json:"program" maxLength:"40"`
	Applicant Applicant `json:"applicant"`
	Language  string    `json:"language,omitempty" enum:"en,es" doc:"BCP 47; the language of letters and pages. Without it, that of the notices."`
	Consents  []Consent `json:"consents" maxItems:"20" doc:"One for each notice of GET /notices"`
}

type postInput struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"200" doc:"The same key and application make one applicant, however often sent"`
	Body           Application
}

type postOutput struct {
	Status   int
	Location string `header:"Location"`
	Body     struct {
		ID string `json:"id"`
	}
}

func (h handler) postApplication(a huma.API) {
	huma.Register(a, operation("post-application", http.MethodPost, "/applications", "Hand an application in", http.StatusCreated),
		func(ctx context.Context, in *postInput) (*postOutput, error) {
			if err := h.ofProgram(ctx, identity.Apply, in.Body.Program); err != nil {
				return nil, err
			}
			app := applicants.Application{Program: in.Body.Program, Profile: in.Body.Applicant.profile(), IdempotencyKey: in.IdempotencyKey, Actor: actor(ctx), Language: in.Body.Language}
			for _, c := range in.Body.Consents {
				app.Consents = append(app.Consents, applicants.ConsentEvidence{
					Purpose: consent.PurposeID(c.Purpose), Kind: consent.Kind(c.Kind), Method: c.Method, Signature: c.Signature,
					Notice:  ledger.NoticeRef{ID: c.Notice.ID, Version: c.Notice.Version, Language: c.Notice.Language, SHA256: c.Notice.SHA256},
					ShownAt: c.ShownAt, GivenAt: c.GivenAt, Origin: applicants.Origin{Address: c.Origin.IPAddress, UserAgent: c.Origin.UserAgent},
				})
			}
			id, created, err := h.Service.Apply(ctx, app)
			if err != nil {
				return nil, problem(err)
			}
			out := &postOutput{Status: http.StatusCreated, Location: Prefix + "/applications/" + string(id)}
			if !created {
				out.Status = http.StatusOK
			}
			out.Body.ID = string(id)
			return out, nil
		})
}
