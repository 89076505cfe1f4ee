package applicants

import "github.com/vouchsafe/vouchsafe/internal/onboarding"

// casePage is the address of a case's page in the console, or "".
func (s *Service) casePage(id onboarding.ApplicantID) string {
	if s.ConsoleURL == "" {
		return ""
	}
	return s.ConsoleURL + "/applicants/" + string(id)
}

// staticDetails is what the Temporal Web UI says of every case (Markdown).
func staticDetails(page string) string {
	out := "One applicant's way from sign-up to certified. Where it is, what it waits for and until when stands under Current Details, as a checklist."
	if page != "" {
		out += "\n\n[Open this applicant in the console](" + page + ")"
	}
	return out
}
