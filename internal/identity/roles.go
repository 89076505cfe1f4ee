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
)

// Actions lists every action.
func Actions() []Action {
	return []Action{ViewList, ViewCase, ViewTimeline, Retry, Waive, Decide, Revoke, VerifyLedger, DecodePayloads}
}

// may is the one table of role × action. Who reviews does not retry, who
// retries does not review, and who audits changes nothing.
var may = map[Role][]Action{
	RoleRecruiter: {ViewList, ViewCase, ViewTimeline},
	RoleOps:       {ViewList, ViewCase, ViewTimeline, Retry, Waive, DecodePayloads},
	RoleReviewer:  {ViewList, ViewCase, ViewTimeline, Decide, Revoke},
	RolePrivacy:   {ViewList, ViewCase, ViewTimeline, VerifyLedger},
	RoleAuditor:   {ViewList, ViewCase, ViewTimeline, VerifyLedger},
	RoleAdmin:     {ViewList, ViewCase, ViewTimeline, Retry, Waive, Decide, Revoke, VerifyLedger, DecodePayloads},
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
