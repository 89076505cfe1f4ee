package twiliosms

import (
	"context"
	"errors"
	"net/http"
	"regexp"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors"
	"github.com/vouchsafe/vouchsafe/internal/vendors/outbound"
)

// notComplete is Twilio's code for a message that it has not finished with: it cannot be
// deleted yet, for minutes as a rule.
const notComplete = "20009"

var messageSID = regexp.MustCompile(`^(?:SM|MM)[0-9a-zA-Z]{1,32}$`)

// Delete removes a message, with its number and words, by the SID that Send has given or
// that a webhook has named (DELETE /2010-04-01/Accounts/{Sid}/Messages/{Sid}.json, which
// answers 204). It sends no field of the person and needs no consent: it must work when
// that is gone. It gives false for a message that is not there any more. Errors:
// CodeInvalid for what is no SID, CodeVendorBusy while Twilio has not finished with the
// message, those of outbound.Client.Do.
func (c *Client) Delete(ctx context.Context, sid string) (bool, error) {
	if !messageSID.MatchString(sid) {
		return false, onboarding.Invalid("sid", "That names no message of Twilio's.", "")
	}
	reply, err := c.out.Do(ctx, outbound.Call{Method: http.MethodDelete, Path: "/2010-04-01/Accounts/{account}/Messages/{message}.json",
		Params: map[string]string{"account": c.cfg.Account, "message": sid}, Accept: []int{http.StatusNotFound}})
	var p *vendors.Problem
	if errors.As(err, &p) && p.Code == notComplete {
		return false, vendors.Fail(onboarding.CodeVendorBusy, vendors.Problem{Vendor: consent.RecipientTwilioSMS, Status: p.Status, Code: p.Code}, "has not finished with the message", "It is asked again later.")
	}
	if err != nil {
		return false, err
	}
	return reply.Status != http.StatusNotFound, nil
}
