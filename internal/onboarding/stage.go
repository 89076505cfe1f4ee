package onboarding

// Stage is where an applicant stands.
type Stage string

// The stages in their order, then the ends.
const (
	StageSignup        Stage = "signup"
	StageValidation    Stage = "validation"
	StageVetting       Stage = "vetting"
	StageCertification Stage = "certification"
	StageCertified     Stage = "certified"

	StageDeclined  Stage = "declined"
	StageWithdrawn Stage = "withdrawn"
	StageExpired   Stage = "expired"
	StageErased    Stage = "erased"
)

// Stages lists every stage in the order in which people read them.
func Stages() []Stage {
	return []Stage{StageSignup, StageValidation, StageVetting, StageCertification, StageCertified,
		StageDeclined, StageWithdrawn, StageExpired, StageErased}
}

// Known reports whether s is one of the stages.
func (s Stage) Known() bool {
	for _, k := range Stages() {
		if s == k {
			return true
		}
	}
	return false
}

// Open reports whether the applicant is still on the way. A certified
// applicant is at the end of the way but their workflow lives on until the
// credential expires.
func (s Stage) Open() bool {
	switch s {
	case StageSignup, StageValidation, StageVetting, StageCertification:
		return true
	case StageCertified, StageDeclined, StageWithdrawn, StageExpired, StageErased:
		return false
	}
	return false
}

// Closed reports whether nothing will ever happen again in this stage, so that
// the workflow can end.
func (s Stage) Closed() bool {
	switch s {
	case StageDeclined, StageWithdrawn, StageExpired, StageErased:
		return true
	case StageSignup, StageValidation, StageVetting, StageCertification, StageCertified:
		return false
	}
	return false
}

// Attention says who the applicant's case waits for.
type Attention string

// Attention values. AttentionNone: nobody, or a vendor or a clock.
const (
	AttentionNone      Attention = "none"
	AttentionApplicant Attention = "applicant"
	AttentionRecruiter Attention = "recruiter"
	AttentionReviewer  Attention = "reviewer"
	AttentionOps       Attention = "ops"
	AttentionPrivacy   Attention = "privacy"
)

// Attentions lists every value.
func Attentions() []Attention {
	return []Attention{AttentionNone, AttentionApplicant, AttentionRecruiter, AttentionReviewer, AttentionOps, AttentionPrivacy}
}

// Known reports whether a is one of the attention values.
func (a Attention) Known() bool {
	for _, k := range Attentions() {
		if a == k {
			return true
		}
	}
	return false
}
