package console

import (
	"net/http"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestRevokedIsNotMerelyExpired: a case whose certificate was revoked ends in
// the same stage as one whose time is over, so the page says which it was.
func TestRevokedIsNotMerelyExpired(t *testing.T) {
	h := newHouse(t)
	v := h.fake.cases[certifiedID]
	v.Stage = onboarding.StageExpired
	d := h.desk(identity.RoleReviewer)
	d.get(casePath(certifiedID)).is(http.StatusOK).silent("was revoked")
	v.Credential.Revoked = noon
	d.get(casePath(certifiedID)).is(http.StatusOK).says("The certificate was revoked on 24 Nov 2026, 12:00:00 UTC.")
}

// TestCertificatesLife: whoever watches sees until when a certificate is good,
// whether its holder was reminded, and how far the renewal is.
func TestCertificatesLife(t *testing.T) {
	h := newHouse(t)
	v := h.fake.cases[certifiedID]
	d := h.desk(identity.RoleRecruiter)
	d.get(casePath(certifiedID)).is(http.StatusOK).says("Expires", "24 Nov 2027", "Not yet", "This program does not renew")
	v.Credential.Reminded = []int{30, 7}
	v.Renewal.Opens, v.Renewal.Opened = noon, noon
	v.Past = []workflows.CredentialLine{{ID: "c0", Issued: noon, Expires: noon}}
	d.get(casePath(certifiedID)).says("30, 7 days before its end", "Open; the applicant was asked", "A certificate that ends")
	v.Renewal.Confirmed = noon
	d.get(casePath(certifiedID)).says("Asked for by the applicant")
	v.Renewal.At = onboarding.StageVetting
	d.get(casePath(certifiedID)).says("Being checked again")
	v.Renewal.Refused = noon
	d.get(casePath(certifiedID)).says("Refused; the certificate stands until its own date")
	v.Credential.Revoked, v.Credential.Why = noon, workflows.RevokedConduct
	d.get(casePath(certifiedID)).says("A rule of the program was broken")
}

// TestFilterByFailedCheck: for each check that there is, from the form and back into it.
func TestFilterByFailedCheck(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleRecruiter)
	for _, k := range onboarding.CheckNames() {
		d.get(listPath).submit("check", string(k)).is(http.StatusOK)
		if d.value("check") != string(k) || h.asked().Check != k {
			t.Errorf("check %s: the form says %q, the service heard %+v", k, d.value("check"), h.asked())
		}
	}
	d.get(listPath).submit("check", "email").is(http.StatusOK, string(failedID)).silent(string(reviewID))
}

// TestHowToGetALink: also where there is no vouchsafe-dev.
func TestHowToGetALink(t *testing.T) {
	newHouse(t).desk("").get(listPath).is(http.StatusUnauthorized).says("vouchsafe staff-link ROLE")
}
