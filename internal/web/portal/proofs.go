package portal

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

// LedgerProof is the proof that a record stands in a signed checkpoint.
type LedgerProof struct {
	JSON       json.RawMessage // the file that anybody can check
	Checkpoint int
	At         time.Time // when the checkpoint was signed
}

// Proofs gives the proofs of an applicant's own records. CodeNotNow while no checkpoint
// has the record yet.
type Proofs interface {
	Consent(ctx context.Context, id onboarding.ApplicantID, receipt string) (LedgerProof, error)
	Certificate(ctx context.Context, id onboarding.ApplicantID, credential string) (LedgerProof, error)
}

const proofPath = "/apply/certificate/proof"

// proved gives a proof, or the zero one while there is none. Without it the page says
// that it comes; that it could not be read keeps nobody from their receipt.
func (p *Portal) proved(r *http.Request, proof LedgerProof, err error) LedgerProof {
	if err != nil {
		if code := onboarding.CodeOf(err); code != onboarding.CodeNotNow && code != onboarding.CodeUnknownApplicant {
			p.site.Log().WarnContext(r.Context(), "a proof of the ledger could not be made", "error", err)
		}
		return LedgerProof{}
	}
	return proof
}

// downloadProof gives the proof that the certificate's issue stands in a signed
// checkpoint. The signed file cannot have it: it is older than its checkpoint.
func (p *Portal) downloadProof(w http.ResponseWriter, r *http.Request, v *visit) {
	if v.view.Credential.ID == "" {
		p.site.Refuse(w, r, http.StatusNotFound, "You do not have a certificate yet.", "Your status page says what is still to do.")
		return
	}
	proof, err := p.proofs.Certificate(r.Context(), v.id, v.view.Credential.ID)
	if code := onboarding.CodeOf(err); code == onboarding.CodeNotNow || code == onboarding.CodeUnknownApplicant {
		p.site.Refuse(w, r, http.StatusNotFound, "There is no proof of your certificate yet.", "It comes with the next signed checkpoint, as a rule within the hour.")
		return
	}
	if err != nil {
		p.site.Fail(w, r, err)
		return
	}
	web.Download(w, "application/json", "certificate-proof.json", proof.JSON)
}
