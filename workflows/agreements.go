package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
)

// inForce reports whether an agreement with the vendor is in force today (obligation 39).
// Our own lists need none.
func (c *file) inForce(ctx workflow.Context, vendor string) bool {
	return c.agreementToday(ctx, vendor, c.agreement(vendor))
}

func (c *file) agreementToday(ctx workflow.Context, vendor string, a program.Vendor) bool {
	return program.Ours(vendor) || a.InForce(workflow.Now(ctx)) || !since(ctx, changeAgreed)
}

// agreement is the one by which the case goes: that of the file under which the
// application was handed in, unless somebody has asked again by a later one.
func (c *file) agreement(vendor string) program.Vendor {
	if a, ok := c.Agreements[vendor]; ok {
		return a
	}
	if e, moved := c.Elsewhere[vendor]; moved {
		return e.Agreement
	}
	return c.in.Program.Vendors[vendor]
}

// renewAgreement takes up what today's file says of the vendor when a check is retried;
// it gives the words for the ledger, empty when nothing is new.
func (c *file) renewAgreement(vendor string, today *AgreementsToday) string {
	if today == nil || program.Ours(vendor) {
		return ""
	}
	now, ok := today.Vendors[vendor]
	if !ok {
		return ""
	}
	was := c.agreement(vendor)
	if now.AgreementVersion == was.AgreementVersion && now.AgreementDate == was.AgreementDate && now.AgreementEnd == was.AgreementEnd {
		return ""
	}
	if c.Agreements == nil {
		c.Agreements = map[string]program.Vendor{}
	}
	c.Agreements[vendor] = now
	return "by the agreement with " + VendorTitle(vendor) + " in the program's file " + today.Version
}

// smsAgreed is inForce for text messages: the agreement with Twilio is for them too.
func (c *file) smsAgreed(ctx workflow.Context) bool { return c.inForce(ctx, consent.RecipientTwilio) }

// NotAgreed refuses a vendor with whom no agreement is in force, with CodeNoAgreement.
func NotAgreed(vendor string) error {
	return &onboarding.Error{Code: onboarding.CodeNoAgreement, Message: "No agreement with " + VendorTitle(vendor) + " is in force today, so nothing may go there.",
		Hint: "State the agreement that holds under vendors in the program's file, or choose another vendor."}
}
