package workflows_test

import (
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// finish takes the quiz and signs.
func finish(t *testing.T) player {
	p := basics(t)
	answers := map[string]string{}
	for _, q := range p.Certification.Quiz.Questions {
		answers[q.ID] = q.Answer
	}
	signed := false
	return func(v workflows.StaffView, send func(string, any)) {
		if v.Stage != onboarding.StageCertification || signed {
			return
		}
		signed = true
		send(workflows.UpdateTakeQuiz, workflows.TakeQuiz{Answers: answers})
		send(workflows.UpdateSignAgreement, workflows.SignAgreement{Version: p.Certification.Agreement.Version, SHA256: p.Certification.Agreement.SHA256(), Signature: []byte("sealed")})
	}
}

// both lets several players act.
func both(players ...player) player {
	return func(v workflows.StaffView, send func(string, any)) {
		for _, p := range players {
			p(v, send)
		}
	}
}

// decide gives these rulings, one for each time a reviewer is asked.
func decide(rulings ...onboarding.Ruling) player {
	return func(v workflows.StaffView, send func(string, any)) {
		if !v.Review || len(rulings) == 0 {
			return
		}
		send(workflows.UpdateDecide, workflows.Decide{Ruling: rulings[0], Reason: []byte("sealed"), Actor: "staff:reviewer:1"})
		rulings = rulings[1:]
	}
}
