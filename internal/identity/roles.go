package identity

import "slices"

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
	InstructData   Action = "instruct_data" // a client's, about data that it controls
	ViewOutages    Action = "view_outages"  // which vendors do not answer
	AllowProof     Action = "allow_proof"   // new tries at proving a corrected e-mail address
	Assess         Action = "assess"        // score a live assessment, look at declared equipment
	Accommodate    Action = "accommodate"   // waive a requirement, answer a wish for another way
	ReadNotes      Action = "read_notes"    // what staff noted on a case
	WriteNote      Action = "write_note"
	AssignCase     Action = "assign_case" // take a case, give it to another recruiter, hand it back
	// The documents of an applicant, each kind by itself.
	OpenApplication Action = "open_application"
	OpenConsent     Action = "open_consent"
	OpenReport      Action = "open_report"
	OpenLetter      Action = "open_letter"
	OpenFile        Action = "open_file"
	OpenAgreement   Action = "open_agreement"
	// What was written about an applicant, by kind of words.
	OpenWrittenChecks       Action = "open_written_checks"
	OpenWrittenRequirements Action = "open_written_requirements"
	OpenWrittenDecisions    Action = "open_written_decisions"
	OpenCertificate         Action = "open_certificate"
	Apply                   Action = "apply"         // hand in an application for somebody
	Correct                 Action = "correct"       // put an applicant's details right
	ReadPrograms            Action = "read_programs" // programs and notices, which are no secret
	ViewLists               Action = "view_lists"    // the public lists in force
	RefreshLists            Action = "refresh_lists"
	ViewAccess              Action = "view_access" // who did what, and what was refused
	ManageKeys              Action = "manage_keys" // API keys: make, rotate, revoke
	EndSessions             Action = "end_sessions"
	Search                  Action = "search"       // find an applicant by e-mail, phone or name
	ShareViews              Action = "share_views"  // keep a list for all staff
	UseVendor               Action = "use_vendor"   // move a check to another vendor
	PauseVendor             Action = "pause_vendor" // and resume it

	// Holds.
	ViewHolds Action = "view_holds" // whose data must not go, and whose hold it is
	SetHold   Action = "set_hold"   // and release it

	// ViewOnward sees to whom vendors hand data on.
	ViewOnward Action = "view_onward"

	// OpenKept opens what the law keeps of somebody who is erased, and lists it.
	OpenKept Action = "open_kept"

	// Support tickets.
	ViewTickets    Action = "view_tickets"     // one's own
	ViewAllTickets Action = "view_all_tickets" // and everybody else's
	OpenTicket     Action = "open_ticket"      // and close it

	// Legal process.
	ViewProcess    Action = "view_process"
	AskProcess     Action = "ask_process"     // open a case, put together what it asks for, tell the person
	ApproveProcess Action = "approve_process" // of somebody else's

	// Retention.
	ViewRetention Action = "view_retention" // how long things are kept, and what is due
	Purge         Action = "purge"          // have what is due destroyed

	// Invitations.
	ViewInvitations Action = "view_invitations" // how many were invited, and how far each is: nobody's address
	Invite          Action = "invite"           // send invitations, withdraw them, call a list off
	Announce        Action = "announce"         // write to applicants who asked for it about a program
	ReadStatistics  Action = "read_statistics"  // counts of groups that are large enough
	TakeComplaint   Action = "take_complaint"   // take in what somebody complains about by phone or mail
	AnswerComplaint Action = "answer_complaint" // read and answer a complaint
	RollOut         Action = "roll_out"         // tell everybody of a text that changes, or of a new owner
	ViewWebhooks    Action = "view_webhooks"    // integrators' endpoints and dead letters
	ReplayWebhooks  Action = "replay_webhooks"  // send a test event, and dead letters again
	ManageWebhooks  Action = "manage_webhooks"  // make, change, pause, rotate and delete endpoints
)

// Reach is how far an action goes.
type Reach string

// The reaches.
const (
	// OfProgram is about applicants: it reaches those of one's own programs.
	OfProgram Reach = "own programs"
	// OfHouse is about what belongs to no program and tells of nobody's applicants,
	// such as a public list or whether a vendor answers.
	OfHouse Reach = "house"
	// OfAll is about what touches every program, such as a key: it is for those alone
	// whose own programs are all of them.
	OfAll Reach = "all programs"
)

// Rule is a row of the table: what may be done, how far it reaches, and by whom.
type Rule struct {
	Action Action
	Reach  Reach
	Says   string // the action in words
	Roles  []Role
}

// everybody is every role.
var everybody = Roles()

// table is the one table of role × action × reach: a line for each action. Who
// reviews does not retry, who retries does not review, and who audits changes
// nothing. Personal data beyond an applicant's own words is for those alone who
// weigh it.
var table = []Rule{
	{ViewList, OfProgram, "see applicants in lists", everybody},
	{Search, OfProgram, "find applicants by e-mail, phone or name", everybody},
	{ShareViews, OfHouse, "keep a list for all staff", []Role{RoleRecruiter, RoleOps, RoleReviewer, RoleAdmin}},
	{ViewCase, OfProgram, "open an applicant's page", everybody},
	{ViewTimeline, OfProgram, "read what was done with an applicant", everybody},
	{Retry, OfProgram, "retry failed checks", []Role{RoleOps, RoleAdmin}},
	{Waive, OfProgram, "go on without a failed check", []Role{RoleOps, RoleAdmin}},
	{UseVendor, OfProgram, "move a failed check to another vendor", []Role{RoleOps, RoleAdmin}},
	{PauseVendor, OfAll, "pause a vendor, and resume it", []Role{RoleOps, RoleAdmin}},
	{Decide, OfProgram, "decide what the rules leave to a person", []Role{RoleReviewer, RoleAdmin}},
	{Revoke, OfProgram, "revoke a certificate", []Role{RoleReviewer, RoleAdmin}},
	{VerifyLedger, OfProgram, "prove a ledger whole", []Role{RolePrivacy, RoleAuditor, RoleAdmin}},
	{DecodePayloads, OfProgram, "read what Temporal keeps of an applicant, field by field", everybody},
	{ViewFindings, OfProgram, "see what a check found, and files", []Role{RoleReviewer, RoleAdmin}},
	{ViewOutages, OfHouse, "see which vendors do not answer", []Role{RoleRecruiter, RoleOps, RoleAdmin}},
	{AllowProof, OfProgram, "give new tries at proving an address", []Role{RoleRecruiter, RolePrivacy, RoleAdmin}},
	{Assess, OfProgram, "score a live assessment, look at declared equipment", []Role{RoleRecruiter, RoleReviewer, RoleAdmin}},
	{Accommodate, OfProgram, "waive a requirement, answer a wish for another way", []Role{RoleRecruiter, RoleReviewer, RoleAdmin}},
	{AnswerData, OfProgram, "answer a data request", []Role{RolePrivacy, RoleAdmin}},
	{InstructData, OfProgram, "instruct about an applicant's data, as their controller", []Role{RoleAdmin}},
	{ReadNotes, OfProgram, "read the notes of a case", []Role{RoleRecruiter, RoleReviewer, RolePrivacy, RoleAdmin}},
	{WriteNote, OfProgram, "write a note on a case", []Role{RoleRecruiter, RoleReviewer, RolePrivacy, RoleAdmin}},
	{AssignCase, OfProgram, "take a case, give it to another recruiter, hand it back", []Role{RoleRecruiter, RoleAdmin}},
	{OpenApplication, OfProgram, "open an application as it was handed in", []Role{RoleRecruiter, RoleReviewer, RolePrivacy, RoleAdmin}},
	{OpenConsent, OfProgram, "open receipts of consents", []Role{RoleRecruiter, RoleReviewer, RolePrivacy, RoleAuditor, RoleAdmin}},
	{OpenReport, OfProgram, "open the agency's report", []Role{RoleReviewer, RolePrivacy, RoleAdmin}},
	{OpenLetter, OfProgram, "open letters to an applicant", []Role{RoleRecruiter, RoleReviewer, RolePrivacy, RoleAdmin}},
	{OpenFile, OfProgram, "open files of an applicant", []Role{RoleReviewer, RolePrivacy, RoleAdmin}},
	{OpenAgreement, OfProgram, "open signed agreements", []Role{RoleRecruiter, RoleReviewer, RolePrivacy, RoleAdmin}},
	{OpenWrittenChecks, OfProgram, "read why checks were retried, waived or moved", everybody},
	{OpenWrittenRequirements, OfProgram, "read what was written about requirements and proofs", []Role{RoleRecruiter, RoleReviewer, RolePrivacy, RoleAdmin}},
	{OpenWrittenDecisions, OfProgram, "read decisions, assessments, disputes and statements", []Role{RoleReviewer, RolePrivacy, RoleAdmin}},
	{OpenCertificate, OfProgram, "open certificates", []Role{RoleRecruiter, RoleReviewer, RolePrivacy, RoleAdmin}},
	{Apply, OfProgram, "hand in an application", []Role{RoleAdmin}},
	{Correct, OfProgram, "put an applicant's details right", []Role{RoleAdmin}},
	{ViewInvitations, OfProgram, "see invitations, without addresses", everybody},
	{Invite, OfProgram, "invite people and withdraw invitations", []Role{RoleRecruiter, RoleAdmin}},
	{ViewHolds, OfProgram, "see holds, and read their reasons", []Role{RolePrivacy, RoleAuditor, RoleAdmin}},
	{SetHold, OfProgram, "set and release holds", []Role{RolePrivacy, RoleAdmin}},
	{ViewOnward, OfProgram, "see to whom vendors hand data on", []Role{RolePrivacy, RoleAuditor, RoleAdmin}},
	{OpenKept, OfProgram, "open what the law keeps of somebody who is erased, for a legal basis", []Role{RolePrivacy, RoleAdmin}},
	{ViewTickets, OfProgram, "see one's own support tickets", everybody},
	{ViewAllTickets, OfProgram, "see everybody's support tickets, and what they were for", []Role{RolePrivacy, RoleAuditor, RoleAdmin}},
	{OpenTicket, OfProgram, "open a support ticket, under which an applicant's data are read to help them, and close it", []Role{RoleRecruiter, RoleOps, RoleReviewer, RolePrivacy, RoleAdmin}},
	{Announce, OfProgram, "write to those who asked for it about a program", []Role{RoleRecruiter, RoleAdmin}},
	{ReadStatistics, OfProgram, "read counts that show nobody", everybody},
	{TakeComplaint, OfProgram, "take in a complaint", []Role{RoleRecruiter, RoleOps, RoleReviewer, RolePrivacy, RoleAdmin}},
	{AnswerComplaint, OfProgram, "read and answer complaints", []Role{RolePrivacy, RoleAdmin}},
	{RollOut, OfAll, "tell everybody of a text that changes, or of a new owner", []Role{RolePrivacy, RoleAdmin}},
	{ViewRetention, OfAll, "see what is due by the retention table", []Role{RolePrivacy, RoleAuditor, RoleAdmin}},
	{Purge, OfAll, "approve a purge, pause it, call it off", []Role{RolePrivacy, RoleAdmin}},
	{ViewProcess, OfAll, "see cases of legal process and emergencies", []Role{RolePrivacy, RoleAuditor, RoleAdmin}},
	{AskProcess, OfAll, "open a case of legal process, give what it asks for, tell the person", []Role{RolePrivacy, RoleAdmin}},
	{ApproveProcess, OfAll, "approve a case of legal process that somebody else has opened", []Role{RolePrivacy, RoleAdmin}},
	{ReadPrograms, OfHouse, "read programs and notices", everybody},
	{ViewLists, OfHouse, "see the public lists in force", []Role{RoleOps, RoleAuditor, RoleAdmin}},
	{RefreshLists, OfAll, "look for new public lists", []Role{RoleOps, RoleAdmin}},
	{ViewAccess, OfAll, "read who did what, and what was refused", []Role{RoleAuditor, RoleAdmin}},
	{ManageKeys, OfAll, "make, rotate and revoke API keys", []Role{RoleAdmin}},
	{EndSessions, OfAll, "end somebody's sessions", []Role{RoleAdmin}},
	{ViewWebhooks, OfProgram, "see integrators' webhook endpoints and dead letters", []Role{RoleOps, RoleAdmin}},
	{ReplayWebhooks, OfProgram, "send a test event, and dead letters again", []Role{RoleOps, RoleAdmin}},
	{ManageWebhooks, OfProgram, "make, change, pause and delete webhook endpoints", []Role{RoleAdmin}},
}

// Rules is the table.
func Rules() []Rule { return slices.Clone(table) }

// Actions lists every action, in the table's order.
func Actions() []Action {
	out := make([]Action, len(table))
	for i, r := range table {
		out[i] = r.Action
	}
	return out
}

// rule finds an action's row; the zero Rule lets nobody do it.
func rule(a Action) Rule {
	for _, r := range table {
		if r.Action == a {
			return r
		}
	}
	return Rule{}
}

// Known reports whether the table has the action.
func (a Action) Known() bool { return rule(a).Action != "" }

// Reach is how far the action goes; "" for one that is not in the table.
func (a Action) Reach() Reach { return rule(a).Reach }

// Allowed reports whether the role may do the action at all, in whichever
// program. What the table does not say is forbidden.
func Allowed(r Role, a Action) bool { return slices.Contains(rule(a).Roles, r) }

// Known reports whether it is a role that there is.
func (r Role) Known() bool { return slices.Contains(everybody, r) }

// within reports whether an action reaches a program for one whose own programs
// these are; none: all of them.
func (a Action) within(own []string, program string) bool {
	return len(own) == 0 || a.Reach() == OfHouse || a.Reach() == OfProgram && slices.Contains(own, program)
}

// withinAny is within for whichever program.
func (a Action) withinAny(own []string) bool { return len(own) == 0 || a.Reach() != OfAll }
