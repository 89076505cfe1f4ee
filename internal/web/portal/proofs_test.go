package portal

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// fakeProofs has a proof of everything once something was sealed.
type fakeProofs struct {
	sealed time.Time
	fail   error
}

func (f *fakeProofs) get(of string) (LedgerProof, error) {
	switch {
	case f.fail != nil:
		return LedgerProof{}, f.fail
	case f.sealed.IsZero():
		return LedgerProof{}, &onboarding.Error{Code: onboarding.CodeNotNow, Message: "No signed checkpoint has this record yet."}
	}
	return LedgerProof{JSON: json.RawMessage(`{"leaf":"` + of + `"}`), Checkpoint: 7, At: f.sealed}, nil
}

func (f *fakeProofs) Consent(_ context.Context, _ onboarding.ApplicantID, receipt string) (LedgerProof, error) {
	return f.get("of " + receipt)
}

func (f *fakeProofs) Certificate(_ context.Context, _ onboarding.ApplicantID, credential string) (LedgerProof, error) {
	return f.get("of " + credential)
}

// TestVerifyProof: the public page says whether the record of a certificate's issue is
// sealed, and gives its proof to whoever has the address; none for what we did not issue.
func TestVerifyProof(t *testing.T) {
	h := newHouse(t)
	_, c := h.certified()
	page := "/verify/" + c.view.Credential.ID
	h.browser().get(page).is(200).says("Sealed?", "Not yet.").silent(page + "/proof")
	h.browser().get(page + "/proof").is(404).says("There is no proof of such a certificate")
	h.proofs.sealed = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	h.browser().get(page).is(200).says("Yes, on", "can be checked with our public key alone")
	b := h.browser().get(page + "/proof").is(200)
	if b.body != `{"leaf":"of `+c.view.Credential.ID+`"}` || b.header.Get("X-Robots-Tag") != "noindex, nofollow" {
		t.Errorf("%s, %v", b.body, b.header)
	}
	for _, other := range []string{"unknown-certificate", "x", "%3Cscript%3E"} {
		h.browser().get("/verify/" + other + "/proof").is(404)
	}
}

// TestProofs: receipt and certificate carry their record's proof once there is one, and
// say before when it comes. A proof that cannot be made keeps nobody from either.
func TestProofs(t *testing.T) {
	h := newHouse(t)
	b, c := h.handedIn()
	c.view.Stage = onboarding.StageCertified
	c.view.Credential = workflows.CredentialLine{ID: "cert-" + string(c.view.Applicant), Issued: h.fake.now(), Expires: h.fake.now().AddDate(1, 0, 0)}
	id := ""
	for _, l := range c.view.Consents {
		if l.Receipt != "" {
			id = l.Receipt
		}
	}
	receipt := func() (proof struct {
		Proof struct {
			Leaf string `json:"leaf"`
		} `json:"ledger_proof"`
		Pending string `json:"ledger_proof_pending"`
	}) {
		t.Helper()
		b.get(receiptPath(id) + "/jsonld").is(200)
		if err := json.Unmarshal([]byte(b.body), &proof); err != nil {
			t.Fatal(err)
		}
		return proof
	}
	for _, fail := range []error{nil, context.DeadlineExceeded} {
		h.proofs.fail = fail
		b.get(receiptPath(id)).is(200).says("Sealed?", "Not yet.")
		if p := receipt(); p.Proof.Leaf != "" || p.Pending == "" {
			t.Errorf("before it is sealed: %+v", p)
		}
		b.get("/apply/certificate").is(200).says("comes with the next seal").silent("Download the proof")
	}
	h.proofs.fail = nil
	b.get(proofPath).is(404).says("There is no proof of your certificate yet.")
	h.proofs.sealed = h.fake.now()
	b.get(receiptPath(id)).says("nobody can change or drop it unseen").silent("Not yet.")
	if p := receipt(); p.Proof.Leaf != "of "+id || p.Pending != "" {
		t.Errorf("sealed: %+v", p)
	}
	b.get("/apply/certificate").follow("Download the proof").is(200)
	if b.body != `{"leaf":"of `+c.view.Credential.ID+`"}` || b.header.Get("Content-Disposition") != `attachment; filename="certificate-proof.json"` {
		t.Errorf("%q comes as %v", b.body, b.header)
	}
	h.browser().get(proofPath).is(401)
}
