package identity

// Role is what a member of staff does.
type Role string

// The roles.
const (
	RoleRecruiter Role = "recruiter"
	RoleOps       Role = "ops"
	RoleReviewer  Role = "reviewer"
	RolePrivacy   Role = "privacy"
	RoleAuditor   Role = "auditor"
	RoleAdmin     Role = "admin"
)

// Roles lists every role.
func Roles() []Role {
	return []Role{RoleRecruiter, RoleOps, RoleReviewer, RolePrivacy, RoleAuditor, RoleAdmin}
}

// Action is something that staff can do.
type Action string

// The actions.
const (
	ViewList       Action = "view_list"
	ViewCase       Action = "view_case"
	ViewTimeline   Action = "view_timeline"
	Retry          Action = "retry"
	Waive          Action = "waive"
	Decide         Action = "decide"
	Revoke         Action = "revoke"
	VerifyLedger   Action = "verify_ledger"
	DecodePayloads Action = "decode_payloads"
	ViewFindings   Action = "view_findings" // what a check found, beside what the applicant gave
	AnswerData     Action = "answer_data"   // a request for a copy or for erasure
	ViewOutages    Action = "view_outages"  // which vendors do not answer
	AllowProof     Action = "allow_proof"   // new tries at proving a corrected e-mail address
	Assess         Action = "assess"        // score a live assessment, look at declared equipment
	Accommodate    Action = "accommodate"   // waive a requirement, answer a wish for another way
)

// Actions lists every action.
func Actions() []Action {
	return []Action{ViewList, ViewCase, ViewTimeline, Retry, Waive, Decide, Revoke, VerifyLedger, DecodePayloads, ViewFindings, ViewOutages, AllowProof, Assess, Accommodate, AnswerData}
}

// may is the one table of role × action. Who reviews does not retry, who
// retries does not review, and who audits changes nothing. Personal data beyond an
// applicant's own words is for those alone who weigh it.
var may = map[Role][]Action{
	RoleRecruiter: {ViewList, ViewCase, ViewTimeline, ViewOutages, AllowProof, Assess, Accommodate},
	RoleOps:       {ViewList, ViewCase, ViewTimeline, Retry, Waive, DecodePayloads, ViewOutages},
	RoleReviewer:  {ViewList, ViewCase, ViewTimeline, Decide, Revoke, ViewFindings, Assess, Accommodate},
	RolePrivacy:   {ViewList, ViewCase, ViewTimeline, VerifyLedger, AllowProof, AnswerData},
	RoleAuditor:   {ViewList, ViewCase, ViewTimeline, VerifyLedger},
	RoleAdmin:     {ViewList, ViewCase, ViewTimeline, Retry, Waive, Decide, Revoke, VerifyLedger, DecodePayloads, ViewFindings, ViewOutages, AllowProof, Assess, Accommodate, AnswerData},
}

// Allowed reports whether the role may do the action. What the table does not
// say is forbidden.
func Allowed(r Role, a Action) bool {
	for _, allowed := range may[r] {
		if allowed == a {
			return true
		}
	}
	return false
}
