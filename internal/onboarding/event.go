package onboarding

import "time"

// EventType names what an integrator's endpoint can be told of.
type EventType string

// The events. They stand in the order in which an application meets them.
const (
	EventSubmitted         EventType = "application.submitted"
	EventStageChanged      EventType = "application.stage_changed"
	EventAttentionChanged  EventType = "application.attention_changed" // whom it waits for
	EventCheckFailed       EventType = "check.failed"                  // a check could not be done, and waits for ops
	EventOffered           EventType = "application.offered"           // the conditional offer was made
	EventCredentialIssued  EventType = "credential.issued"             // a first one
	EventCertified         EventType = "application.certified"
	EventCredentialRenewed EventType = "credential.renewed"
	EventCredentialRevoked EventType = "credential.revoked"
	EventCredentialExpired EventType = "credential.expired"
	EventDeclined          EventType = "application.declined"
	EventWithdrawn         EventType = "application.withdrawn"
	EventExpired           EventType = "application.expired"
	EventErased            EventType = "application.erased"
	// EventTest is sent when somebody asks for it, to one endpoint; nobody subscribes to it.
	EventTest EventType = "webhook.test"
)

// EventTypes lists what can be subscribed to.
func EventTypes() []EventType {
	return []EventType{EventSubmitted, EventStageChanged, EventAttentionChanged, EventCheckFailed, EventOffered, EventCredentialIssued, EventCertified,
		EventCredentialRenewed, EventCredentialRevoked, EventCredentialExpired, EventDeclined, EventWithdrawn, EventExpired, EventErased}
}

// Known reports whether it can be subscribed to.
func (t EventType) Known() bool {
	for _, k := range EventTypes() {
		if t == k {
			return true
		}
	}
	return false
}

// Event is one thing that has happened to one applicant, without any data of theirs.
type Event struct {
	Type EventType `json:"type"`
	// Number counts an applicant's events from 1 and orders them. When the process was
	// set back by hand it jumps ahead, and is still greater than any before.
	Number     int       `json:"number"`
	At         time.Time `json:"at"`
	Program    string    `json:"program"`
	Stage      Stage     `json:"stage"`
	Attention  Attention `json:"attention"`
	Check      CheckName `json:"check,omitempty"`      // of EventCheckFailed
	Problem    string    `json:"problem,omitempty"`    // its error's code
	Round      int       `json:"round,omitempty"`      // the round that failed
	Credential string    `json:"credential,omitempty"` // ID of its public page, where the event is about one
}
