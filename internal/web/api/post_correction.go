package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Correction is the details that an applicant has put right in a client's own
// form. What is left out stays as it is.
type Correction struct {
	Email      *string `json:"email,omitempty" maxLength:"400" doc:"The applicant gets a new link there"`
	Phone      *string `json:"phone,omitempty" maxLength:"60" doc:"E.164, or a US number with its area code"`
	Street     *string `json:"street,omitempty" maxLength:"400"`
	Unit       *string `json:"unit,omitempty" maxLength:"400" doc:"Empty takes it out"`
	City       *string `json:"city,omitempty" maxLength:"400"`
	State      *string `json:"state,omitempty" maxLength:"40" doc:"Two letters"`
	PostalCode *string `json:"postal_code,omitempty" maxLength:"40"`
}

func (c Correction) profile() onboarding.Profile {
	p := onboarding.Profile{}
	for f, value := range map[onboarding.Field]*string{
		onboarding.FieldEmail: c.Email, onboarding.FieldPhone: c.Phone, onboarding.FieldStreet: c.Street, onboarding.FieldUnit: c.Unit,
		onboarding.FieldCity: c.City, onboarding.FieldState: c.State, onboarding.FieldPostalCode: c.PostalCode,
	} {
		if value != nil {
			p[f] = *value
		}
	}
	return p
}

type correctionInput struct {
	IDInput
	Body struct {
		Profile Correction `json:"profile"`
	}
}

func (h handler) postCorrection(a huma.API) {
	o := operation("post-correction", http.MethodPost, "/applications/{id}/corrections", "Put details right", http.StatusOK)
	o.Description = "While an application is open, the e-mail address, the phone number and the home address can be corrected, whether they hold or not. " +
		"The checks that use them then run again, in a new round, and no others; one that is under way with the old detail is stopped first. What cannot be corrected at this point gives 409."
	huma.Register(a, o, func(ctx context.Context, in *correctionInput) (*statusOutput, error) {
		id, err := in.parse()
		if err != nil {
			return nil, problem(err)
		}
		if err := h.Service.Correct(ctx, id, in.Body.Profile.profile(), actor(ctx)); err != nil {
			return nil, problemIn(err, "body.profile.")
		}
		v, err := h.Service.StaffView(ctx, id)
		if err != nil {
			return nil, problem(err)
		}
		return &statusOutput{Body: statusOf(v)}, nil
	})
}
