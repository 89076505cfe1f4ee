package console

import (
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// revocationForm asks for the kind of reason, which the holder is told, and for the
// reason itself, which is sealed.
func revocationForm(v workflows.StaffView) web.Form {
	kinds := &web.Input{ID: "category", Label: "Kind of reason", Noun: "a kind of reason", Hint: "The holder is told this."}
	for _, c := range workflows.RevocationReasons() {
		kinds.Options = append(kinds.Options, web.Option{Value: string(c), Label: revocationWords(c)})
	}
	return append(web.Form{kinds}, reasonForm(v)...)
}

// revocationWords is a kind of reason as staff read it.
func revocationWords(c workflows.RevocationReason) string {
	switch c {
	case workflows.RevokedRequirement:
		return "What the program asks for is not met any more"
	case workflows.RevokedConduct:
		return "A rule of the program was broken"
	case workflows.RevokedMistake:
		return "It was issued by mistake"
	case workflows.RevokedRequest:
		return "The holder asked for it"
	case workflows.RevokedProgram:
		return "The program is given up"
	}
	return "The holder withdrew, or took a consent back"
}

// renewalWords says how far a renewal is.
func renewalWords(r workflows.RenewalView) string {
	switch {
	case !r.Refused.IsZero():
		return "Refused; the certificate stands until its own date"
	case r.At != "":
		return "Being checked again"
	case !r.Confirmed.IsZero():
		return "Asked for by the applicant"
	case !r.Opened.IsZero():
		return "Open; the applicant was asked"
	case r.Opens.IsZero():
		return "This program does not renew"
	}
	return "Not open yet"
}
